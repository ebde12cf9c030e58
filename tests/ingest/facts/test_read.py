"""The entry point: the cases with known answers, and any bytes at all."""

import io
import logging
import random
from datetime import datetime

import pytest
from hypothesis import given, strategies as st
from PIL import Image as Pillow

from ingest.facts.facts import Facts
from ingest.facts.sidecar import Sidecar
from tests.ingest.facts.builders import facts, iptc, jpeg, jpeg_with, picture, png, segment, tiff, xmp

WHOLE = {
    "exif": tiff(
        {0x010E: b"Harbour crane, second berth", 0x013B: b"A. Writer", 0x8298: b"(c) A. Writer", 0x4746: 4},
        {0x9003: b"2024:05:01 10:11:12", 0x9011: b"+02:00", 0x9286: bytearray(b"UNICODE\0a\0b\0")},
        {1: b"N", 2: (47.0, 22.0, 12.0), 3: b"E", 4: (8.0, 32.0, 24.0), 29: b"2024:05:01", 7: (8.0, 11.0, 12.0)},
    ),
    "xmp": xmp("<dc:title>Lake</dc:title>", "exif:GPSLatitude='60,16.2N' exif:GPSLongitude='8,46.2E' xmp:Rating='5'"),
    "iptc": iptc((1, 90, b"\x1b%G"), (2, 25, b"boats"), (2, 55, b"20240501"), (2, 60, b"101112+0200")),
}


def test_broken_exif_costs_only_itself() -> None:
    result = facts(
        jpeg(segment(0xE1, b"Exif\0\0hello world"), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + WHOLE["xmp"]))
    )

    assert (result.title, result.rating) == ("Lake", 5)
    assert facts(png((b"eXIf", b"II*\0\xff\xff\xff\x7f"), (b"tEXt", b"Title\0Lake"))).title == "Lake"


def test_words_in_exif() -> None:
    exif = tiff(
        {
            0x010E: b"Harbour crane, second berth",
            0x013B: b"Example Photographer",
            0x8298: b"(c) 2023 Example Pictures",
            0x4746: 4,
            0x9C9B: bytearray("Kran am Hafen".encode("utf-16-le") + b"\0\0"),
            0x9C9E: bytearray("hafen;kran".encode("utf-16-le") + b"\0\0"),
        }
    )

    assert facts(jpeg_with(exif=exif)) == Facts(
        title="Kran am Hafen",
        description="Harbour crane, second berth",
        keywords=("hafen", "kran"),
        creators=("Example Photographer",),
        rights="(c) 2023 Example Pictures",
        rating=4,
    )


PACKET = xmp(
    "<dc:subject><rdf:Bag><rdf:li>moon</rdf:li></rdf:Bag></dc:subject>"
    "<lr:hierarchicalSubject><rdf:Bag><rdf:li>space|moon|landing</rdf:li></rdf:Bag></lr:hierarchicalSubject>",
    "photoshop:DateCreated='1969-07-20T20:17:40' photoshop:City='Example Bay' photoshop:Country='Norway' "
    "photoshop:Credit='Example Archive' xmp:Rating='5' exif:GPSLatitude='60,16.2N' exif:GPSLongitude='8,46.2E'",
)


def test_date_place_and_rating_in_xmp() -> None:
    result = facts(jpeg_with(xmp=PACKET))

    assert (result.city, result.country, result.location) == ("Example Bay", "Norway", (8.77, 60.27))
    assert (result.rating, result.credit) == (5, "Example Archive")
    assert (result.keywords, result.keyword_paths) == (("moon",), ("space > moon > landing",))
    assert (result.taken_local, result.taken_zone) == (datetime(1969, 7, 20, 20, 17, 40), "+01:00")


def test_a_sidecar_of_xmp_and_one_of_takeout() -> None:
    by_xmp = facts(picture(), name="DSC_1.jpg", sidecars=[Sidecar("DSC_1.xmp", PACKET)])
    content = (
        b'{"description": "The old lighthouse", "photoTakenTime": {"timestamp": "1564653600"}, '
        b'"geoData": {"latitude": 60.27, "longitude": 8.77}}'
    )
    by_google = facts(picture(), name="IMG_7.jpg", sidecars=[Sidecar("IMG_7.jpg.supplemental-metadata.json", content)])

    assert (by_xmp.rating, by_xmp.taken_source) == (5, "sidecar")
    assert (by_google.description, by_google.location) == ("The old lighthouse", (8.77, 60.27))
    assert (by_google.taken_local, by_google.taken_zone) == (datetime(2019, 8, 1, 12), "+02:00")


FILES = {
    "jpeg": jpeg_with(**WHOLE),
    "png": png((b"eXIf", WHOLE["exif"]), (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + WHOLE["xmp"])),
    "webp": picture("WEBP", exif=b"Exif\0\0" + WHOLE["exif"], xmp=WHOLE["xmp"]),
    "tiff": tiff({0x010E: b"A crane", 0x02BC: bytearray(WHOLE["xmp"]), 0x83BB: bytearray(WHOLE["iptc"])}),
    "gif": picture("GIF", comment=b"Roses in June"),
}


@pytest.mark.parametrize("format_", FILES)
def test_a_file_cut_anywhere_has_an_answer(format_: str) -> None:
    data = FILES[format_]

    for length in range(0, len(data), max(1, len(data) // 400)):
        facts(data[:length], format_=format_)


@pytest.mark.parametrize("format_", FILES)
def test_a_file_with_flipped_bytes_has_an_answer(format_: str) -> None:
    data, chance = FILES[format_], random.Random(format_)

    for _ in range(400):
        broken = bytearray(data)
        for _ in range(chance.randint(1, 12)):
            broken[chance.randrange(len(broken))] = chance.choice([0, 1, 0x7F, 0xFF, chance.randrange(256)])
        facts(bytes(broken), format_=format_)


@given(st.data())
def test_mutated_blocks_have_an_answer(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(WHOLE)))
    block = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(block)))
        block[start : start + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))

    result = facts(jpeg_with(**{**WHOLE, name: bytes(block[:60_000])}))

    assert isinstance(result, Facts)


@given(
    st.binary(max_size=200),
    st.sampled_from([b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"GIF89a", b"8BPS", b"<svg>"]),
)
def test_any_bytes_have_an_answer(data: bytes, start: bytes) -> None:
    facts(start + data, format_="svg", exif=data, xmp=data, sidecars=[Sidecar("a.xmp", data), Sidecar("a.json", data)])


def test_the_log_names_blocks_and_never_what_they_hold(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        facts(jpeg(segment(0xE1, b"Exif\0\0a secret of somebody")), name="secret.jpg")

    assert "EXIF" in caplog.text
    assert "secret" not in caplog.text


def test_twelve_megapixels_cost_no_more_than_their_blocks() -> None:
    """Pixels are never looked at: a large file takes as long as a small one."""
    large = io.BytesIO()
    Pillow.effect_noise((1000, 1000), 50).save(large, "JPEG", quality=95)
    blocks = jpeg_with(**WHOLE)[2 : -len(picture()) + 2]

    assert facts(b"\xff\xd8" + blocks + large.getvalue()[2:]) == facts(jpeg_with(**WHOLE))
