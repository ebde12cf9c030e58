"""EXIF facts, in the state cameras and phones leave them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from PIL.Image import Exif

from ingest.facts import Facts, read_facts

UPLOADED = datetime(2026, 5, 1, tzinfo=UTC)


def known(*, tags: dict[int, Any] | None = None, gps: dict[int, Any] | None = None, name: str = "a.jpg") -> Facts:
    exif = Exif()
    exif.update({tag: value for tag, value in (tags or {}).items() if tag < 0x8000})
    exif.get_ifd(0x8769).update({tag: value for tag, value in (tags or {}).items() if tag >= 0x8000})
    exif.get_ifd(0x8825).update(gps or {})
    return read_facts(exif, name=name, modified=UPLOADED)


def place(latitude: Any, north: Any, longitude: Any, east: Any) -> tuple[float, float] | None:
    return known(gps={1: north, 2: latitude, 3: east, 4: longitude}).location


def test_the_original_date_wins_and_its_zone_is_kept() -> None:
    found = known(tags={306: "2025:01:01 00:00:00", 36867: "2024:05:01 10:11:12", 36881: "+02:00"})

    assert found.taken_at == datetime(2024, 5, 1, 8, 11, 12, tzinfo=UTC)
    assert (found.source, found.zone) == ("exif", "+02:00")


def test_without_a_zone_the_cameras_clock_is_read_as_utc() -> None:
    found = known(tags={36867: "2024:05:01 10:11:12"})

    assert (found.taken_at, found.zone) == (datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC), None)


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
    found = known(tags=tags, gps=gps, name=name)

    assert found.source == source
    assert found.taken_at is not None
    assert found.taken_at.date() == (UPLOADED if source == "blob" else datetime(2024, 5, 1, tzinfo=UTC)).date()


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
    assert known(tags={36867: date}).source == "blob"


def test_gps_has_signs_by_its_refs() -> None:
    assert place((47.0, 22.0, 12.0), "N", (8.0, 32.0, 24.0), "E") == (8.54, 47.37)
    assert place((13.0, 9.0, 36.0), "S", (72.0, 32.0, 24.0), "W") == (-72.54, -13.16)


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
def test_what_is_no_place_is_none(latitude: Any, longitude: Any) -> None:
    assert place(latitude, "N", longitude, "E") is None


def test_minus_zero_degrees_keep_their_minutes_and_lose_nothing() -> None:
    assert place((0.0, 30.0, 0.0), "S", (0.0, 0.0, 0.0), "W") == (0.0, -0.5)
    assert str(place((51.0, 0.0, 0.0), "N", (-0.0, 0.0, 0.0), "W")) == "(0.0, 51.0)"


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

    assert known(tags=tags).camera == camera
