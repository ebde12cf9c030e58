"""The other containers: WebP, GIF, Photoshop, boxes, SVG, and raw files."""

import io
import struct
import zlib

import pillow_heif
import pytest
from PIL import Image as Pillow

from tests.ingest.facts.builders import facts, iptc, jpeg_with, picture, resource, tiff, xmp

PACKET = xmp("<dc:title>Lake</dc:title>")
EXIF = tiff({0x013B: b"A. Writer"})


def box(kind: bytes, body: bytes) -> bytes:
    return (len(body) + 8).to_bytes(4, "big") + kind + body


def test_webp() -> None:
    result = facts(picture("WEBP", exif=b"Exif\0\0" + EXIF, xmp=PACKET), format_="webp")

    assert (result.title, result.creators) == ("Lake", ("A. Writer",))


def test_gif() -> None:
    magic = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    plain = picture("GIF", comment=b"Roses in June")
    at = 13 + (3 << ((plain[10] & 7) + 1) if plain[10] & 0x80 else 0)
    data = plain[:at] + b"\x21\xff\x0bXMP DataXMP" + PACKET + magic + plain[at:]

    result = facts(data, format_="gif")

    assert (result.title, result.description) == ("Lake", "Roses in June")


def test_photoshop() -> None:
    block = resource(0x0404, iptc((2, 80, b"A. Writer"))) + resource(0x0424, PACKET)
    data = b"8BPS\0\1" + bytes(20) + bytes(4) + len(block).to_bytes(4, "big") + block

    result = facts(data, format_="psd")

    assert (result.title, result.creators) == ("Lake", ("A. Writer",))


def test_jpeg_2000() -> None:
    head = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    data = (
        head
        + box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + PACKET)
        + box(b"uuid", b"JpgTiffExif->JP2" + EXIF)
    )

    result = facts(data, format_="jpeg2000")

    assert (result.title, result.creators) == ("Lake", ("A. Writer",))


def test_canons_cr3_has_a_directory_a_box() -> None:
    canon = box(b"CMT1", EXIF) + box(b"CMT2", tiff({0x9003: b"2024:05:01 10:11:12"}))
    canon += box(b"CMT4", tiff({1: b"N", 2: (47.0, 22.0, 12.0), 3: b"E", 4: (8.0, 32.0, 24.0)}))
    movie = box(b"moov", box(b"uuid", bytes.fromhex("85c0b687820f11e08111f4ce462b6a48") + canon))
    data = box(b"ftyp", b"crx \0\0\0\1crx isom") + movie

    result = facts(data, format_="cr3")

    assert (result.creators, result.location) == (("A. Writer",), (8.54, 47.37))
    assert str(result.taken_local) == "2024-05-01 10:11:12"


def test_fujifilms_raf_has_it_all_in_its_preview() -> None:
    head = b"FUJIFILMCCD-RAW 0201".ljust(84, b"\0") + struct.pack(">II", 100, 5000)

    assert facts(head.ljust(100, b"\0") + jpeg_with(exif=EXIF), format_="raf").creators == ("A. Writer",)


@pytest.mark.parametrize(
    "inner",
    [
        PACKET.decode(),
        "<title>Lake</title>",
        "<metadata><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
        "xmlns:cc='http://creativecommons.org/ns#' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        "<cc:Work><dc:title>Lake</dc:title></cc:Work></rdf:RDF></metadata>",
    ],
)
def test_svg(inner: str) -> None:
    data = f"<svg xmlns='http://www.w3.org/2000/svg'>{inner}<g><title>a part</title></g></svg>".encode()

    assert facts(data, format_="svg").title == "Lake"


def test_what_the_decoder_found_counts_where_the_file_is_no_container_of_ours() -> None:
    result = facts(b"\0\0\0\x18ftypheic", format_="heif", exif=b"Exif\0\0" + EXIF, xmp=PACKET)

    assert (result.title, result.creators) == ("Lake", ("A. Writer",))


@pytest.mark.parametrize("format_", ["HEIF", "AVIF"])
def test_heif_and_avif_hand_over_their_blocks(format_: str) -> None:

    pillow_heif.register_heif_opener()
    data = picture(format_, exif=b"Exif\0\0" + EXIF, xmp=PACKET)
    info = Pillow.open(io.BytesIO(data)).info

    result = facts(data, format_=format_.lower(), exif=info["exif"], xmp=info["xmp"])

    assert (result.title, result.creators) == ("Lake", ("A. Writer",))


@pytest.mark.parametrize(
    "data",
    [
        b"8BPS" + bytes(22) + b"\xff\xff\xff\xff",
        b"GIF89a" + bytes(7) + b"\x21\xfe\xff",
        b"RIFF\xff\xff\xff\xffWEBPEXIF\xff\xff\xff\xff",
        b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0\0\0\1uuid\0\0\0\0\0\0\0\0" * 3,
        b"FUJIFILMCCD-RAW",
        b"\xff\xd8",
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffzTXt",
        zlib.compress(b"nothing"),
        b"",
    ],
)
def test_a_container_cut_short_has_no_facts(data: bytes) -> None:
    assert facts(data, format_="other") == facts(b"")


def test_minoltas_mrw_has_its_exif_in_a_block() -> None:
    blocks = b"".join(
        name + len(body).to_bytes(4, "big") + body
        for name, body in ((b"\0PRD", bytes(24)), (b"\0TTW", EXIF), (b"\0WBG", bytes(12)))
    )
    data = b"\0MRM" + len(blocks).to_bytes(4, "big") + blocks + b"\0TTW" * 100

    assert facts(data, format_="mrw").creators == ("A. Writer",)
