"""PNG: only the chunks that make the picture are trusted; large ones are read a band of rows at a time."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import Image as Pillow, ImageFile

from ingest.decoding.byte_source import Data
from ingest.decoding.missing_rows import read_what_is_there
from ingest.decoding.picture_file import (
    HEADLESS,
    PictureFile,
    Pixels,
    orientation_of,
    profile_of,
    raise_if_out_of_memory,
)
from ingest.decoding.pillow_formats import open_with_pillow
from ingest.decoding.row_bands import BandedPicture
from shared.errors import BadPhoto

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PICTURE_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT"}
LARGE = 12_000_000  # pixels from which on a band at a time takes less memory and no more time
BYTES_PER_PIXEL = 5
CHUNK = 1 << 18  # bytes that are inflated at a time
# By depth and colour type: the mode and raw mode in which Pillow holds a row's very bytes.
ROW_MODES = {
    (1, 0): ("1", "1"), (2, 0): ("L", "L;2"), (4, 0): ("L", "L;4"), (8, 0): ("L", "L"),
    (8, 2): ("RGB", "RGB"), (8, 6): ("RGBA", "RGBA"), (8, 4): ("LA", "LA"), (8, 3): ("P", "P"),
    (4, 3): ("P", "P;4"), (2, 3): ("P", "P;2"), (1, 3): ("P", "P;1"),
}  # fmt: skip
IN_BANDS = {(8, 0), (8, 2), (8, 6), (8, 4), (8, 3), (1, 0)}


@dataclass
class _Chunks:
    header: bytes = b""
    exif: bytes = b""
    others: list[tuple[bytes, bytes]] = field(default_factory=list)
    data: list[tuple[int, int]] = field(default_factory=list)


def png_file(data: Data) -> PictureFile:
    """A PNG, or the first picture of an animated one."""
    try:
        picture = open_with_pillow(data, "PNG")
    except BadPhoto:
        picture = open_with_pillow(_without_metadata(data), "PNG")
    chunks = _chunks(data)
    if chunks.exif:
        picture.info.setdefault("exif", b"Exif\0\0" + chunks.exif)
    in_bands = _in_bands(chunks, picture.size)
    return PictureFile(
        format="png",
        size=picture.size,
        memory=_memory(picture.size, chunks, in_bands=in_bands),
        read=lambda side: _read_bands(data, chunks, side) if in_bands else _read(data),
        orientation=orientation_of(picture),
        source=picture,
        info=picture.info,
    )


def _memory(size: tuple[int, int], chunks: _Chunks, *, in_bands: bool) -> int:
    if in_bands:
        return 64_000_000 + size[0] * 64
    sixteen_bit_grey = chunks.header[8:10] == b"\x10\0"
    return size[0] * size[1] * (6 if sixteen_bit_grey else BYTES_PER_PIXEL)


def _read(data: Data) -> Pixels:
    try:
        picture = open_with_pillow(data, "PNG")
        picture.load()
    except Exception as error:
        raise_if_out_of_memory(error)
        plain = _without_metadata(data)
        pixels = read_what_is_there(lambda: open_with_pillow(plain, "PNG"))
        return Pixels(picture=pixels.picture, profile=_profile(data), first=pixels.first, last=pixels.last)
    return Pixels(picture=picture, profile=profile_of(picture))


def _profile(data: Data) -> bytes | None:
    try:
        return profile_of(open_with_pillow(data, "PNG"))
    except BadPhoto:
        return None


def _chunks(data: Data) -> _Chunks:
    """Where the picture is, as far as the file goes; a broken name or length ends it."""
    chunks, position = _Chunks(), len(SIGNATURE)
    while position + 8 <= len(data):
        length, name = int.from_bytes(data[position : position + 4], "big"), bytes(data[position + 4 : position + 8])
        start, stop = position + 8, min(position + 8 + length, len(data))
        if not name.isalpha() or name == b"IEND":
            break
        if name == b"IHDR" and not chunks.header:
            chunks.header = bytes(data[start:stop])
        elif name == b"IDAT":
            chunks.data.append((start, stop))
        elif name == b"eXIf":
            chunks.exif = bytes(data[start:stop])
        elif name in PICTURE_CHUNKS and not chunks.data:
            chunks.others.append((name, bytes(data[start:stop])))
        position += 12 + length
    return chunks


def _without_metadata(data: Data) -> bytes:
    chunks = _chunks(data)
    if len(chunks.header) < 13 or not chunks.data:
        raise BadPhoto(HEADLESS)
    parts = [(b"IHDR", chunks.header), *chunks.others]
    parts += [(b"IDAT", bytes(data[start:stop])) for start, stop in chunks.data]
    return SIGNATURE + b"".join(_framed(*part) for part in [*parts, (b"IEND", b"")])


def _framed(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def _in_bands(chunks: _Chunks, size: tuple[int, int]) -> bool:
    """Whether it is large, of a kind of which rows can be read one after the other, and not interlaced."""
    if len(chunks.header) < 13 or size[0] * size[1] < LARGE:
        return False
    depth, kind, interlaced = chunks.header[8], chunks.header[9], chunks.header[12]
    return (depth, kind) in IN_BANDS and not interlaced


def _read_bands(data: Data, chunks: _Chunks, side: int) -> Pixels:
    """Inflate a band of rows at a time and shrink each: a large picture is never in memory at once."""
    opened = _opened(data)
    width, height = opened.size
    depth, kind = chunks.header[8], chunks.header[9]
    mode, raw = ROW_MODES[depth, kind]
    row = 1 + (width * depth * Pillow.getmodebands(mode) + 7) // 8
    banded = BandedPicture((width, height), side)
    before = b""
    for rows in _rows(data, chunks, row, banded.band, height):
        count = len(rows) // row
        framed = (b"\0" + before if before else b"") + rows
        try:
            part = Pillow.frombytes(mode, (width, count + bool(before)), zlib.compress(framed, 0), "zip", raw, False)
        except Exception as error:
            raise_if_out_of_memory(error)
            break
        if before:
            part = part.crop((0, 1, width, count + 1))
        before = part.crop((0, count - 1, width, count)).tobytes("raw", raw)
        banded.add(_ready(part, opened))
    return banded.pixels(profile_of(opened))


def _opened(data: Data) -> ImageFile.ImageFile:
    try:
        return open_with_pillow(data, "PNG")
    except BadPhoto:
        return open_with_pillow(_without_metadata(data), "PNG")


def _ready(part: Pillow.Image, opened: ImageFile.ImageFile) -> Pillow.Image:
    """A band in a mode that can be averaged."""
    clear = opened.info.get("transparency")
    if part.mode == "P" and opened.palette:
        part.putpalette(opened.palette.palette, opened.palette.rawmode or "RGB")
    if clear is not None:
        part.info["transparency"] = clear
        return part.convert("RGBA")
    return part.convert("RGB") if part.mode == "P" else part.convert("L") if part.mode == "1" else part


def _rows(data: Data, chunks: _Chunks, row: int, band: int, height: int) -> Iterator[bytes]:
    """The filtered rows, a band at a time, as far as the stream can be inflated."""
    inflate, rows, left = zlib.decompressobj(), bytearray(), height
    for piece in _pieces(data, chunks):
        try:
            rows += inflate.decompress(piece, 64 * CHUNK)
            while inflate.unconsumed_tail and len(rows) < row * left:
                while len(rows) >= row * min(band, left) > 0:
                    yield bytes(rows[: row * min(band, left)])
                    del rows[: row * min(band, left)]
                    left -= min(band, left)
                rows += inflate.decompress(inflate.unconsumed_tail, 64 * CHUNK)
        except zlib.error:
            break
        while left and len(rows) >= row * min(band, left):
            count = min(band, left)
            yield bytes(rows[: row * count])
            del rows[: row * count]
            left -= count
        if not left:
            return
    if left and len(rows) >= row:
        yield bytes(rows[: len(rows) // row * row])


def _pieces(data: Data, chunks: _Chunks) -> Iterator[bytes]:
    for start, stop in chunks.data:
        for at in range(start, stop, CHUNK):
            yield bytes(data[at : min(stop, at + CHUNK)])
