"""Files of every kind, made here: whole ones, and raw files with previews of any size."""

import io
import random
import struct
import zlib
from datetime import UTC, datetime
from typing import Any

import pillow_heif
from PIL import Image as Pillow

from ingest.image import Image, Limits, decoded_bytes, prepare
from shared.errors import BadPhoto

LIMITS = Limits(pixels=250_000_000, frames=10_000, memory=600_000_000, preview_side=1024, thumbnail_side=320)
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def prepared(data: bytes, name: str = "a.jpg", limits: Limits = LIMITS) -> Image:
    decoded_bytes(data, limits, name)
    return prepare(data, name=name, limits=limits)


def refusal(data: bytes, name: str = "a.jpg", limits: Limits = LIMITS) -> str:
    """Why a file is refused; empty when it is prepared. Anything but a BadPhoto is a defect and gets out."""
    try:
        prepared(data, name, limits)
    except BadPhoto as error:
        return str(error)
    return ""


def preview(image: Image) -> Pillow.Image:
    return Pillow.open(io.BytesIO(image.preview))


def textured(width: int = 640, height: int = 480) -> Pillow.Image:
    """A picture of which no two rows are alike, and none is a plain colour."""
    noise = random.Random(width * height).randbytes(-(-width // 8) * -(-height // 8) * 3)
    small = Pillow.frombytes("RGB", (-(-width // 8), -(-height // 8)), noise)
    return small.resize((width, height), Pillow.Resampling.BICUBIC)


def halves(size: tuple[int, int] = (400, 200)) -> Pillow.Image:
    """Red on the left and blue on the right."""
    image = Pillow.new("RGB", size, "red")
    image.paste(Pillow.new("RGB", (size[0] // 2, size[1]), "blue"), (size[0] // 2, 0))
    return image


def encoded(image: Pillow.Image, format_: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    if format_ == "HEIF":
        pillow_heif.from_pillow(image).save(out, **options)
    else:
        image.save(out, format_, **options)
    return out.getvalue()


def pixel(image: Image, x: int, y: int) -> tuple[int, ...]:
    value = preview(image).convert("RGB").getpixel((x, y))
    assert isinstance(value, tuple)
    return tuple(int(each) for each in value)


def is_red_then_blue(image: Image) -> bool:
    width, height = preview(image).size
    left, right = pixel(image, width // 8, height // 2), pixel(image, width - width // 8, height // 2)
    red, blue = left[0] > 180 and left[2] < 100, right[2] > 180 and right[0] < 100
    return red and blue


# -- PNG ----------------------------------------------------------------------------------


def png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8, kind: int = 2) -> bytes:
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([depth, kind, 0, 0, 0])
    return png_of((b"IHDR", head), *chunks, (b"IEND", b""))


def png_of(*parts: tuple[bytes, bytes]) -> bytes:
    framed = [
        len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big") for name, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def with_chunk(data: bytes, name: bytes, body: bytes, checksum: int | None = None) -> bytes:
    """A PNG with one more chunk after its header."""
    total = zlib.crc32(name + body) if checksum is None else checksum
    return data[:33] + len(body).to_bytes(4, "big") + name + body + total.to_bytes(4, "big") + data[33:]


def with_app1(data: bytes, payload: bytes) -> bytes:
    """A JPEG with one more APP1 segment."""
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + data[2:]


# -- raw files ----------------------------------------------------------------------------


def tiff_of(
    tags: dict[int, tuple[int, list[int]]], body: bytes = b"", magic: bytes = b"II*\0", start: int = 8
) -> bytes:
    """A little-endian TIFF with one directory; where a value is -1, the position of `body` stands."""
    count = len(tags)
    extra_at = start + 2 + 12 * count + 4
    packed: dict[int, bytes] = {}
    extra = b""
    sizes = {1: "B", 3: "H", 4: "I"}
    total = sum(
        len(values) * struct.calcsize(sizes[kind])
        for kind, values in tags.values()
        if len(values) * struct.calcsize(sizes[kind]) > 4
    )
    body_at = extra_at + total
    for tag, (kind, values) in tags.items():
        value = struct.pack(f"<{len(values)}{sizes[kind]}", *(body_at if each == -1 else each for each in values))
        if len(value) > 4:
            packed[tag] = struct.pack("<I", extra_at + len(extra))
            extra += value
        else:
            packed[tag] = value.ljust(4, b"\0")
    entries = b"".join(struct.pack("<HHI", tag, tags[tag][0], len(tags[tag][1])) + packed[tag] for tag in sorted(tags))
    head = magic + struct.pack("<I", start) + b"CR\x02\0\0\0\0\0"[: start - 8]
    return head + struct.pack("<H", count) + entries + bytes(4) + extra + body


def raw(kind: str, shown: bytes, *, orientation: int = 1) -> bytes:
    """A file of that kind's shape with one embedded preview. LibRaw knows no camera in it."""
    tags = {
        256: (4, [6000]), 257: (4, [4000]), 259: (3, [6]), 262: (3, [6]), 273: (4, [-1]), 274: (3, [orientation]),
        279: (4, [len(shown)]), 513: (4, [-1]), 514: (4, [len(shown)]),
    }  # fmt: skip
    sensor = random.Random(3).randbytes(5000)
    body = shown + sensor
    if kind == "dng":
        return tiff_of({**tags, 50706: (1, [1, 4, 0, 0])}, body)
    if kind in {"nef", "arw"}:
        return tiff_of({**tags, 258: (3, [14])} | {259: (3, [34713 if kind == "nef" else 32767])}, body)
    if kind == "cr2":
        return tiff_of(tags, body, start=16)
    if kind == "orf":
        return tiff_of(tags, body, magic=b"IIRO")
    if kind == "rw2":
        return tiff_of(tags, body, magic=b"IIU\0")
    if kind == "raf":
        return (
            b"FUJIFILMCCD-RAW 0201FF000001X-T5".ljust(84, b"\0")
            + struct.pack(">II", 148, len(shown))
            + bytes(56)
            + body
        )
    assert kind == "cr3"
    return b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + struct.pack(">I", len(body) + 8) + b"mdat" + body


RAW_KINDS = ["cr2", "cr3", "nef", "arw", "raf", "dng", "orf", "rw2"]


# -- Photoshop ----------------------------------------------------------------------------


def psd(
    channels: list[bytes],
    size: tuple[int, int],
    *,
    mode: int = 3,
    depth: int = 8,
    packed: bool = False,
    version: int = 1,
    palette: bytes = b"",
) -> bytes:
    """A Photoshop file without layers. Channels hold rows of big-endian values, one after the other."""
    width, height = size
    head = b"8BPS" + struct.pack(">H6xHIIHH", version, len(channels), height, width, depth, mode)
    layers = bytes(4 if version == 1 else 8)
    start = head + struct.pack(">I", len(palette)) + palette + bytes(4) + layers
    if not packed:
        return start + b"\0\0" + b"".join(channels)
    row = (width * depth + 7) // 8
    rows = [packbits(channel[at * row : (at + 1) * row]) for channel in channels for at in range(height)]
    lengths = b"".join(len(each).to_bytes(2 if version == 1 else 4, "big") for each in rows)
    return start + b"\0\1" + lengths + b"".join(rows)


def packbits(row: bytes) -> bytes:
    parts = [row[at : at + 128] for at in range(0, len(row), 128)]
    return b"".join(bytes([len(part) - 1]) + part for part in parts)
