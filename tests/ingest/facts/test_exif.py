"""EXIF, in the state cameras, phones and Windows leave it."""

from typing import Any

import pytest

from ingest.facts.facts import Facts
from tests.ingest.facts.builders import facts, jpeg_with, tiff


def exif_facts(
    photo: dict[int, Any] | None = None, exif: dict[int, Any] | None = None, gps: dict[int, Any] | None = None
) -> Facts:
    return facts(jpeg_with(exif=tiff(photo, exif, gps)))


def spot(latitude: Any, north: bytes, longitude: Any, east: bytes) -> tuple[float, float] | None:
    return exif_facts(gps={1: north, 2: latitude, 3: east, 4: longitude}).location


def test_the_original_time_wins_and_its_fraction_and_zone_are_kept() -> None:
    result = exif_facts(
        {0x0132: b"2025:01:01 00:00:00"},
        {0x9003: b"2024:05:01 10:11:12", 0x9011: b"+02:00", 0x9291: b"045", 0x9004: b"2024:06:01 00:00:00"},
    )

    assert str(result.taken_local) == "2024-05-01 10:11:12.045000"
    assert str(result.taken_at) == "2024-05-01 08:11:12.045000+00:00"
    assert (result.taken_source, result.taken_zone, result.taken_precision) == ("exif", "+02:00", "second")


def test_without_a_zone_there_is_no_instant() -> None:
    result = exif_facts(exif={0x9003: b"2024:05:01 10:11:12"})

    assert (str(result.taken_local), result.taken_zone, result.taken_at) == ("2024-05-01 10:11:12", None, None)


@pytest.mark.parametrize(
    ("photo", "exif", "source"),
    [
        ({}, {0x9004: b"2024:05:01 10:11:12"}, "exif_digitized"),
        ({0x0132: b"2024:05:01 10:11:12"}, {}, "exif_modified"),
        ({}, {0x9003: b"0000:00:00 00:00:00", 0x9004: b"2024:05:01 10:11:12"}, "exif_digitized"),
    ],
)
def test_other_times_count_where_there_is_no_original(photo: dict[int, Any], exif: dict[int, Any], source: str) -> None:
    result = exif_facts(photo, exif)

    assert (str(result.taken_local), result.taken_source) == ("2024-05-01 10:11:12", source)


def test_gps_has_signs_by_its_refs() -> None:
    assert spot((47.0, 22.0, 12.0), b"N", (8.0, 32.0, 24.0), b"E") == (8.54, 47.37)
    assert spot((13.0, 9.0, 36.0), b"S", (72.0, 32.0, 24.0), b"W") == (-72.54, -13.16)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        ((91.0, 0.0, 0.0), (8.0, 0.0, 0.0)),
        ((47.0, 0.0, 0.0), (181.0, 0.0, 0.0)),
        (b"here", b"there"),
        (47, 8),
    ],
)
def test_what_is_no_place_is_none(latitude: Any, longitude: Any) -> None:
    place = spot(latitude, b"N", longitude, b"E")

    assert place in {None, (8.0, 47.0)}
    assert place is None or latitude == 47


def test_minutes_may_be_missing_and_minus_zero_loses_nothing() -> None:
    assert spot((47.5,), b"N", (8.25,), b"W") == (-8.25, 47.5)
    assert spot((0.0, 30.0, 0.0), b"S", (0.0, 0.0, 0.0), b"W") == (0.0, -0.5)
    assert str(spot((51.0, 0.0, 0.0), b"N", (0.0, 0.0, 0.0), b"W")) == "(0.0, 51.0)"


@pytest.mark.parametrize(("ref", "height"), [(bytearray(b"\0"), 417.5), (bytearray(b"\1"), -417.5)])
def test_an_altitude_below_the_sea_is_negative(ref: bytearray, height: float) -> None:
    gps = {1: b"N", 2: (31.0, 30.0, 0.0), 3: b"E", 4: (35.0, 30.0, 0.0), 5: ref, 6: (417.5,)}

    assert exif_facts(gps=gps).altitude == height


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        (b"Canon", b"Canon EOS R5", "Canon EOS R5"),
        (b"Apple", b"iPhone 15", "Apple iPhone 15"),
        (b"NIKON CORPORATION", b"NIKON D70", "NIKON D70"),
        (b"FUJIFILM\0\0\0", b"X100 \0junk", "FUJIFILM X100"),
        (b"  ", b"\0", None),
    ],
)
def test_the_camera_is_named_once(make: bytes, model: bytes, camera: str | None) -> None:
    assert exif_facts({0x010F: make, 0x0110: model}).camera == camera


def test_how_it_was_taken_is_read_and_nonsense_is_not() -> None:
    result = exif_facts(
        {0x0112: 6}, {0x8827: 400, 0x829D: (2.8,), 0x829A: (0.005,), 0x920A: (35.0,), 0xA434: b"35mm f/2"}
    )
    nonsense = exif_facts({0x0112: 9}, {0x8827: 0, 0x829D: (0.0,), 0x829A: (0.0,), 0x920A: (0.0,)})

    assert (result.iso, result.f_number, result.exposure_time, result.focal_length) == (400, 2.8, 0.005, 35.0)
    assert (result.lens, result.orientation) == ("35mm f/2", 6)
    assert nonsense == Facts()


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        (b"ASCII\0\0\0Roses in June\0\0", "Roses in June"),
        (b"UNICODE\0" + "Fähre".encode("utf-16-le"), "Fähre"),
        (b"UNICODE\0" + "Fähre".encode("utf-16-be"), "Fähre"),
        (b"UNICODE\0" + "Fähre".encode("utf-16"), "Fähre"),
        (b"JIS\0\0\0\0\0" + "東京".encode("shift_jis"), "東京"),
        (b"\0" * 8 + b"Roses in June", "Roses in June"),
        (b"Roses in June", "Roses in June"),
        (b"ASCII\0\0\0" + b" " * 100, ""),
        (b"UNICODE\0\xff", ""),
    ],
)
def test_a_comment_is_read_in_its_encoding(comment: bytes, text: str) -> None:
    assert exif_facts(exif={0x9286: bytearray(comment)}).description == text


def test_windows_fields_count_where_nothing_else_does() -> None:
    def utf16(text: str) -> bytearray:
        return bytearray(text.encode("utf-16-le") + b"\0\0")

    fields = {0x9C9B: utf16("Kran"), 0x9C9C: utf16("Am Hafen"), 0x9C9D: utf16("A; B"), 0x9C9E: utf16("hafen;kran")}
    result = exif_facts(fields)

    assert (result.title, result.description) == ("Kran", "Am Hafen")
    assert (result.creators, result.keywords) == (("A", "B"), ("hafen", "kran"))
    assert exif_facts({**fields, 0x010E: b"A crane"}).description == "A crane"


def test_photographer_and_editor_both_have_rights() -> None:
    assert exif_facts({0x8298: b"(c) A. Writer\0(c) B. Other"}).rights == "(c) A. Writer; (c) B. Other"
    assert exif_facts({0x8298: b" \0(c) B. Other"}).rights == "(c) B. Other"
    assert exif_facts({0x8298: b"    "}).rights == ""


@pytest.mark.parametrize("text", ["Jaroslav Kropáček".encode(), "Fähre".encode("latin-1")])
def test_a_text_is_read_in_the_encoding_it_has(text: bytes) -> None:
    assert exif_facts({0x013B: text}).creators in {("Jaroslav Kropáček",), ("Fähre",)}
