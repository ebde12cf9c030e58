"""EXIF facts, in the state cameras and phones leave them."""

import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL.Image import Exif

from ingest.facts import Facts, read_facts

UPLOADED = datetime(2026, 5, 1, tzinfo=UTC)


def facts(*, tags: dict[int, Any] | None = None, gps: dict[int, Any] | None = None, name: str = "a.jpg") -> Facts:
    exif = Exif()
    exif.update({tag: value for tag, value in (tags or {}).items() if tag < 0x8000})
    exif.get_ifd(0x8769).update({tag: value for tag, value in (tags or {}).items() if tag >= 0x8000})
    exif.get_ifd(0x8825).update(gps or {})
    return read_facts(exif, name=name, modified=UPLOADED)


def location(latitude: Any, north: Any, longitude: Any, east: Any) -> tuple[float, float] | None:
    return facts(gps={1: north, 2: latitude, 3: east, 4: longitude}).location


def test_the_original_date_wins_and_its_zone_is_kept() -> None:
    read = facts(tags={306: "2025:01:01 00:00:00", 36867: "2024:05:01 10:11:12", 36881: "+02:00"})

    assert read.taken_at == datetime(2024, 5, 1, 8, 11, 12, tzinfo=UTC)
    assert (read.source, read.zone) == ("exif", "+02:00")


def test_without_a_zone_the_cameras_clock_is_read_as_utc() -> None:
    read = facts(tags={36867: "2024:05:01 10:11:12"})

    assert (read.taken_at, read.zone) == (datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC), None)


@pytest.mark.parametrize(
    ("tags", "gps", "name", "source"),
    [
        ({36868: "2024:05:01 10:11:12"}, {}, "a.jpg", "exif_digitized"),
        ({306: "2024:05:01 10:11:12"}, {}, "a.jpg", "exif_modified"),
        ({}, {29: "2024:05:01", 7: (10.0, 11.0, 12.0)}, "a.jpg", "gps"),
        ({}, {}, "trip/IMG_20240501_101112.jpg", "file_name"),
        ({}, {}, "2024-05-01 at the lake.jpg", "file_name"),
        ({}, {}, "PXL_20240501_101112345.jpg", "file_name"),
        ({}, {}, "lake.jpg", "blob"),
        ({}, {}, "12345678.jpg", "blob"),
    ],
)
def test_the_date_comes_from_the_best_source_there_is(
    tags: dict[int, Any], gps: dict[int, Any], name: str, source: str
) -> None:
    read = facts(tags=tags, gps=gps, name=name)

    assert read.source == source
    assert read.taken_at is not None
    assert read.taken_at.date() == (UPLOADED if source == "blob" else datetime(2024, 5, 1, tzinfo=UTC)).date()


SENSELESS = [
    "0000:00:00 00:00:00",
    "    :  :     :  :  ",
    "2024:13:45 10:00:00",
    "1799:01:01 00:00:00",
    "x",
    7,
    b"\xff",
]


@pytest.mark.parametrize("date", [*SENSELESS, "2999:01:01 00:00:00"])
def test_a_senseless_date_is_passed_over(date: Any) -> None:
    assert facts(tags={36867: date}).source == "blob"


def test_gps_has_signs_by_its_refs() -> None:
    assert location((47.0, 22.0, 12.0), "N", (8.0, 32.0, 24.0), "E") == (8.54, 47.37)
    assert location((13.0, 9.0, 36.0), "S", (72.0, 32.0, 24.0), "W") == (-72.54, -13.16)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        ((91.0, 0.0, 0.0), (8.0, 0.0, 0.0)),
        ((47.0, 0.0, 0.0), (181.0, 0.0, 0.0)),
        ((float("nan"), 0.0, 0.0), (8.0, 0.0, 0.0)),
        (None, (8.0, 0.0, 0.0)),
        ("here", "there"),
        ((47.0, -3.0, 0.0), (8.0, 0.0, 0.0)),
    ],
)
def test_senseless_degrees_are_no_location(latitude: Any, longitude: Any) -> None:
    assert location(latitude, "N", longitude, "E") is None


def test_minus_zero_degrees_keep_their_minutes_and_lose_nothing() -> None:
    assert location((0.0, 30.0, 0.0), "S", (0.0, 0.0, 0.0), "W") == (0.0, -0.5)
    assert str(location((51.0, 0.0, 0.0), "N", (-0.0, 0.0, 0.0), "W")) == "(0.0, 51.0)"


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS R5", "Canon EOS R5"),
        ("Apple", "iPhone 15", "Apple iPhone 15"),
        ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
        ("FUJIFILM\0\0\0", "X100 \0junk", "FUJIFILM X100"),
        (None, None, None),
        ("  ", b"\0", None),
    ],
)
def test_the_camera_is_named_once(make: Any, model: Any, camera: str | None) -> None:
    tags = {tag: value for tag, value in ((271, make), (272, model)) if value is not None}

    assert facts(tags=tags).camera == camera


def test_a_broken_directory_is_the_same_as_none() -> None:
    class Broken(Exif):
        def get_ifd(self, tag: int) -> Any:
            raise struct.error("short")

        def __iter__(self) -> Any:
            raise KeyError(262)

    read = read_facts(Broken(), name="a.jpg", modified=UPLOADED)

    assert read == Facts(taken_at=UPLOADED, source="blob", zone="+00:00")


@pytest.mark.parametrize(
    ("offset", "hour", "zone"),
    [
        ("+02:00", 8, "+02:00"),
        ("-0330", 13, "-0330"),
        ("+14:00", 20, "+14:00"),
        ("+14:01", 10, None),
        ("02:00", 10, None),
        ("Z", 10, None),
        (None, 10, None),
    ],
)
def test_zones(offset: str | None, hour: int, zone: str | None) -> None:
    tags = {36867: "2024:05:01 10:11:12"} | ({36881: offset} if offset else {})

    read = facts(tags=tags)

    assert read.taken_at is not None
    assert (read.taken_at.astimezone(UTC).hour, read.zone) == (hour, zone)


@pytest.mark.parametrize(
    "text", ["2024:05:01 10:11:12", "2024-05-01T10:11:12", "2024/05/01 10:11:12", "2024:05:01 10:11:12.345+02:00"]
)
def test_the_variants_of_an_exif_date(text: str) -> None:
    assert facts(tags={36867: text}).taken_at == datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC)


def test_a_date_without_seconds_is_at_the_full_minute() -> None:
    assert facts(tags={36867: "2024:05:01 10:11"}).taken_at == datetime(2024, 5, 1, 10, 11, tzinfo=UTC)


def test_a_date_of_tomorrow_is_plausible_and_a_later_one_is_not() -> None:
    for days, source in ((1.9, "exif"), (2.1, "blob")):
        text = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y:%m:%d %H:%M:%S")
        assert facts(tags={36867: text}).source == source


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("IMG_20240501_101112.jpg", datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC)),
        ("2024-05-01 at 10.11.12.png", datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC)),
        ("2024.05.01.jpg", datetime(2024, 5, 1, tzinfo=UTC)),
        ("20241399 or 20240501.jpg", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-05-01/lake.jpg", None),  # a folder is no date of the photo
        ("120240501.jpg", None),
    ],
)
def test_dates_in_names(name: str, moment: datetime | None) -> None:
    read = facts(name=name)

    assert (read.taken_at, read.source) == ((moment, "file_name") if moment else (UPLOADED, "blob"))
    assert read.zone == (None if moment else "+00:00")


@pytest.mark.parametrize(
    ("date", "time", "moment"),
    [
        ("2024:05:01", (10.0, 11.0, 12.9), datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC)),
        ("2024-05-01", (10.0, 11.0, 12.0), datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC)),
        ("2024:05:01", (25.0, 0.0, 0.0), None),
        ("2024:05:01", (10.0, 11.0), None),
        ("2024:05:01", 7, None),
        ("2024:05", (10.0, 11.0, 12.0), None),
        (None, (10.0, 11.0, 12.0), None),
        ("2024:05:01", ("a", "b", "c"), None),
    ],
)
def test_the_time_of_gps(date: Any, time: Any, moment: datetime | None) -> None:
    read = facts(gps={29: date, 7: time} if date else {7: time})

    assert (read.taken_at, read.source, read.zone) == (
        (moment, "gps", "+00:00") if moment else (UPLOADED, "blob", "+00:00")
    )


def test_degrees_alone_are_enough_and_the_poles_and_the_date_line_are_places() -> None:
    assert location((47.5,), "N", (8.25,), "E") == (8.25, 47.5)
    assert location((90.0, 0.0, 0.0), "S", (180.0, 0.0, 0.0), "W") == (-180.0, -90.0)
    assert location((-13.5, 0.0, 0.0), "", (10.0, 0.0, 0.0), "E") == (10.0, -13.5)
    assert location((0.0, 0.0, 0.0), "N", (8.0, 0.0, 0.0), "E") == (8.0, 0.0)
    assert location((10.0, 0.0, 36.0), "n", (8.0, 0.0, 0.0), "w") == (-8.0, 10.01)


def test_lens_and_software_are_read() -> None:
    read = facts(tags={305: "Editor 1.0\0\0", 0xA434: b"50mm F1.8"})

    assert (read.software, read.lens) == ("Editor 1.0", "50mm F1.8")


def test_a_text_is_cut_and_has_no_odd_characters() -> None:
    assert facts(tags={305: "a\x07b" + "x" * 300}).software == "ab" + "x" * 198


def test_running_out_of_memory_in_a_directory_is_not_hidden() -> None:
    class Huge(Exif):
        def get_ifd(self, tag: int) -> Any:
            raise MemoryError

    with pytest.raises(MemoryError):
        read_facts(Huge(), name="a.jpg", modified=UPLOADED)
