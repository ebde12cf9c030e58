"""PNG's chunks: plain, compressed, in hexadecimal digits, and of any size."""

import time
import zlib

import pytest

from tests.ingest.facts.builders import facts, iptc, png, resource, tiff, xmp

PACKET = xmp("<dc:title>Lake</dc:title>")
EXIF = tiff({0x010E: b"A crane", 0x013B: b"A. Writer"})


def itxt(text: bytes, *, compressed: bool = False, keyword: bytes = b"XML:com.adobe.xmp") -> tuple[bytes, bytes]:
    body = zlib.compress(text) if compressed else text
    return b"iTXt", keyword + b"\0" + bytes([compressed, 0]) + b"en\0translated\0" + body


def profile(kind: bytes, block: bytes, rest: bytes = b"") -> tuple[bytes, bytes]:
    digits = block.hex().encode()
    lines = b"\n".join(digits[start : start + 72] for start in range(0, len(digits), 72))
    return b"zTXt", b"Raw profile type " + kind + b"\0\0" + zlib.compress(
        b"\n%s\n%8d\n%s\n%s" % (kind, len(block), lines, rest)
    )


@pytest.mark.parametrize(
    "chunk",
    [
        itxt(PACKET),
        itxt(PACKET, compressed=True),
        (b"tEXt", b"XML:com.adobe.xmp\0" + PACKET),
        (b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(PACKET)),
        profile(b"xmp", PACKET),
        profile(b"APP1", b"http://ns.adobe.com/xap/1.0/\0" + PACKET),
        (b"tEXt", b"Title\0Lake"),
        itxt(b"Lake", keyword=b"Title"),
    ],
)
def test_xmp_and_a_title_are_found_in_every_form(chunk: tuple[bytes, bytes]) -> None:
    assert facts(png(chunk)).title == "Lake"


@pytest.mark.parametrize(
    "chunk",
    [
        (b"eXIf", EXIF),
        (b"eXIf", b"Exif\0\0" + EXIF),
        profile(b"exif", b"Exif\0\0" + EXIF),
        profile(b"APP1", b"Exif\0\0" + EXIF),
        profile(b"exif", b"Exif\0\0" + EXIF, b'\n$"\x1d!/\x91'),
        profile(b"iptc", resource(0x0404, iptc((2, 80, b"A. Writer")))),
        profile(b"8bim", resource(0x0404, iptc((2, 80, b"A. Writer")))),
        (b"tEXt", b"Author\0A. Writer"),
        (b"tEXt", b"Artist\0A. Writer"),
    ],
)
def test_the_creator_is_found_in_every_form(chunk: tuple[bytes, bytes]) -> None:
    assert facts(png(chunk)).creators == ("A. Writer",)


@pytest.mark.parametrize(
    ("text", "local", "zone"),
    [
        (b"Sat, 20 Dec 2008 17:00:46 -0600", "2008-12-20 17:00:46", "-06:00"),
        (b"2008:12:20 17:00:46", "2008-12-20 17:00:46", None),
        (b"2008-12-20T17:00:46+01:00", "2008-12-20 17:00:46", "+01:00"),
        (b"some day", "None", None),
    ],
)
def test_the_creation_time_is_read(text: bytes, local: str, zone: str | None) -> None:
    result = facts(png((b"tEXt", b"Creation Time\0" + text)))

    assert (str(result.taken_local), result.taken_zone) == (local, zone)


def test_the_creation_time_is_read_under_a_name_without_a_blank() -> None:
    result = facts(png((b"zTXt", b"CreationTime\0\0" + zlib.compress(b"1999:01:01 00:08:50"))))

    assert str(result.taken_local) == "1999-01-01 00:08:50"


def test_a_broken_chunk_costs_only_itself() -> None:
    chunks = [
        (b"zTXt", b"Title\0\0not compressed"),
        (b"tEXt", b"without an end" * 10),
        (b"iTXt", b"XML:com.adobe.xmp\0\1"),
        (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 4\nxyz!")),
        (b"eXIf", b"II*\0\xff\xff\xff\x7f"),
        (b"tEXt", b"Author\0A. Writer"),
    ]

    assert facts(png(*chunks)).creators == ("A. Writer",)


def test_texts_of_any_size_cost_little() -> None:
    bomb = zlib.compress(bytes(50_000_000))
    chunks = [(b"zTXt", b"Comment\0\0" + bomb)] * 50 + [(b"zTXt", b"Unknown\0\0" + bomb)] * 50
    start = time.process_time()

    result = facts(png(*chunks, (b"tEXt", b"Author\0A. Writer")))

    assert result.creators == ("A. Writer",)
    assert time.process_time() - start < 2
