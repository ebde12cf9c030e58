"""Metadata goes into files, and nothing else of them changes."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from catalogue.export.embed import jpeg
from catalogue.export.embed.formats import embed_packet
from catalogue.export.embed.pieces import CannotEmbed, write_pieces
from catalogue.export.xmp.packet import merged_packet, new_packet
from catalogue.export.xmp.properties import Property
from tests.catalogue.files import XMP, picture, pixels

RATING = [Property("xmp:Rating", "text", ["5"])]


def exif() -> Pillow.Exif:
    tags = Pillow.Exif()
    tags[0x010F] = "A maker"
    tags[0x0112] = 6
    return tags


def png_text(*, zip_: bool) -> PngInfo:
    text = PngInfo()
    text.add_text("Comment", "of somebody")
    text.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=zip_)
    return text


def pages() -> bytes:
    first, second = (Pillow.new("RGB", (8, 8), color) for color in ("red", "blue"))
    out = io.BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=[second])
    return out.getvalue()


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "plain JPEG": ("jpeg", picture),
    "JPEG with EXIF": ("jpeg", lambda: picture(exif=exif())),
    "JPEG with XMP": ("jpeg", lambda: picture(xmp=XMP)),
    "JPEG and a movie behind it": ("jpeg", lambda: picture(xmp=XMP) + b"\0\0\0\x18ftypmp42" + bytes(100)),
    "plain PNG": ("png", lambda: picture("PNG")),
    "PNG with XMP": ("png", lambda: picture("PNG", pnginfo=png_text(zip_=False))),
    "PNG with XMP, compressed": ("png", lambda: picture("PNG", pnginfo=png_text(zip_=True))),
    "lossy WebP": ("webp", lambda: picture("WEBP")),
    "lossless WebP": ("webp", lambda: picture("WEBP", lossless=True)),
    "lossless WebP with transparency": ("webp", lambda: picture("WEBP", "RGBA", lossless=True)),
    "lossy WebP with transparency": ("webp", lambda: picture("WEBP", "RGBA")),
    "WebP with XMP": ("webp", lambda: picture("WEBP", xmp=XMP, exif=exif())),
    "TIFF": ("tiff", lambda: picture("TIFF")),
    "TIFF with XMP": ("tiff", lambda: picture("TIFF", tiffinfo={700: XMP})),
    "TIFF of several pages": ("tiff", pages),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_gets_the_metadata_and_keeps_its_pixels_and_all_else(name: str) -> None:
    format_, make = FILES[name]
    before = make()

    after = embedded(before, format_)

    assert pixels(after) == pixels(before)
    assert b"<xmp:Rating>5</xmp:Rating>" in xmp_of(after)
    assert all_but_xmp(after) == all_but_xmp(before)
    if "with XMP" in name:
        assert b"left &amp; right" in xmp_of(after)
    if format_ == "jpeg":
        assert after.endswith(before[before.index(b"\xff\xda") :])


@pytest.mark.parametrize("name", FILES)
def test_embedding_again_changes_nothing(name: str) -> None:
    format_, make = FILES[name]
    once = embedded(make(), format_)

    assert pixels(embedded(once, format_)) == pixels(once)
    assert xmp_of(embedded(once, format_)) == xmp_of(once)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_cut_off_is_refused_or_keeps_its_bytes(name: str) -> None:
    format_, make = FILES[name]
    whole = make()

    for end in {0, 1, 3, 8, 11, 13, 20, 25, 30, 100, len(whole) // 2, len(whole) - 1}:
        try:
            after = embedded(whole[:end], format_)
        except CannotEmbed:
            continue
        assert len(after) >= end


@pytest.mark.parametrize(
    ("format_", "data", "reason"),
    [
        ("heif", b"\0\0\0\x18ftypheic" + bytes(50), "files of this format"),
        ("gif", picture("GIF"), "files of this format"),
        ("nef", picture("TIFF"), "files of this format"),
        ("jpeg", picture(xmp=b"<x:xmpmeta>not sound"), "cannot be read"),
        ("jpeg", picture(xmp=b'<!DOCTYPE a [<!ENTITY b "c">]><x:xmpmeta xmlns:x="adobe:ns:meta/"/>'), "cannot be read"),
        ("tiff", b"II\x2b\0\x08\0\0\0" + bytes(50), "kind that isn't known"),
    ],
)
def test_what_cannot_be_written_without_a_loss_says_so(format_: str, data: bytes, reason: str) -> None:
    with pytest.raises(CannotEmbed, match=reason):
        embedded(data, format_)


def test_files_with_content_credentials_are_left_alone() -> None:
    data = picture()
    box = b"JP\0\1\0\0\0\1" + bytes(8) + b"jumbc2pa"
    signed = data[:2] + b"\xff\xeb" + struct.pack(">H", 2 + len(box)) + box + data[2:]

    with pytest.raises(CannotEmbed, match="Content Credentials"):
        embedded(signed, "jpeg")


def test_a_packet_too_large_for_a_segment_of_jpeg_is_refused() -> None:
    long = [Property("dc:description", "alternatives", ["x" * jpeg.LARGEST])]

    with pytest.raises(CannotEmbed, match="larger than a segment"):
        embed_packet(picture(), "jpeg", lambda _: new_packet(long))


def embedded(data: bytes, format_: str) -> bytes:
    def make(packet: bytes | None) -> bytes:
        return new_packet(RATING) if packet is None else merged_packet(packet, RATING)

    return b"".join(write_pieces(embed_packet(data, format_, make), data))


def xmp_of(data: bytes) -> bytes:
    """The packet as Pillow finds it."""
    with Pillow.open(io.BytesIO(data)) as image:
        if image.format == "TIFF":
            return bytes(image.tag_v2[700])  # type: ignore[attr-defined]
        packet = image.info.get("xmp") or image.info["XML:com.adobe.xmp"]
    return packet if isinstance(packet, bytes) else packet.encode()


def all_but_xmp(data: bytes) -> list[object]:
    """What Pillow tells of a file beside its XMP."""
    with Pillow.open(io.BytesIO(data)) as image:
        info = {name: value for name, value in image.info.items() if "xmp" not in str(name).lower()}
        frames = getattr(image, "n_frames", 1)
        return [info, frames, {tag: value for tag, value in image.getexif().items() if tag != 700}]


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", 2 + len(body)) + body


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def riff(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def refused_files() -> dict[str, tuple[str, bytes, str]]:
    """Files of each format that cannot take metadata: the format, the bytes, and the reason."""
    xmp = segment(0xE1, jpeg.XMP + XMP)
    photo, icon, moving = picture(), picture("PNG"), picture("WEBP")
    return {
        "JPEG with two packets": ("jpeg", photo[:2] + xmp + xmp + photo[2:], "several packets"),
        "JPEG with its packet behind an index of pictures": (
            "jpeg",
            photo[:2] + segment(0xE2, b"MPF\0MM") + xmp + photo[2:],
            "further pictures",
        ),
        "JPEG with a segment longer than the file": ("jpeg", photo[:2] + b"\xff\xe1\xff\xff", "broken"),
        "JPEG without an end of its segments": ("jpeg", photo[:2] + segment(0xFE, b"x") + b"x", "broken"),
        "signed PNG": ("png", icon[:33] + chunk(b"caBX", b"x") + icon[33:], "Content Credentials"),
        "PNG without a header": ("png", icon[:8] + chunk(b"IEND", b""), "no header"),
        "PNG with XMP that does not unpack": (
            "png",
            icon[:33] + chunk(b"zTXt", b"XML:com.adobe.xmp\0\0broken") + icon[33:],
            "cannot be read",
        ),
        "PNG with XMP as plain text that isn't sound": (
            "png",
            icon[:33] + chunk(b"tEXt", b"XML:com.adobe.xmp\0<broken") + icon[33:],
            "cannot be read",
        ),
        "signed WebP": ("webp", riff(moving[12:], b"C2PA\2\0\0\0xx"), "Content Credentials"),
        "WebP of an unknown kind": ("webp", riff(b"VP9 \x0a\0\0\0" + bytes(10)), "isn't known"),
        "another RIFF file": ("webp", b"RIFF\x20\0\0\0AVI " + bytes(40), "isn't a WebP"),
        "WebP with a chunk longer than the file": ("webp", riff(b"VP8 \xff\0\0\0" + bytes(30)), "broken"),
        "TIFF without tags": ("tiff", b"II*\0\x08\0\0\0" + bytes(10), "empty"),
        "TIFF whose directory is beyond it": ("tiff", b"MM\0*\0\0\xff\xff" + bytes(10), "broken"),
        "TIFF whose packet is beyond it": (
            "tiff",
            b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 700, 1, 900, 900) + bytes(4),
            "cannot be read",
        ),
    }


@pytest.mark.parametrize("name", refused_files())
def test_files_that_cannot_take_it_are_left_alone(name: str) -> None:
    format_, data, reason = refused_files()[name]

    with pytest.raises(CannotEmbed, match=reason):
        embedded(data, format_)


def test_padding_between_segments_of_a_jpeg_is_passed_over() -> None:
    data = picture()
    padded = data[:2] + segment(0xFE, b"note") + b"\xff\xff" + data[2:]

    assert pixels(embedded(padded, "jpeg")) == pixels(data)
