"""A day is the day that was lived, whichever sources tell of it."""

import json
from datetime import datetime
from typing import Any

import pytest

from ingest.facts.facts import Facts
from ingest.facts.sidecar import Sidecar
from tests.ingest.facts.builders import facts, iptc, jpeg_with, tiff, xmp

OSLO = {1: b"N", 2: (59.0, 54.0, 36.0), 3: b"E", 4: (10.0, 45.0, 0.0)}
EPOCH_OF_NOON = 1714557600  # 1 May 2024, 10:00 UTC: noon in Oslo


def gps_time(text: bytes = b"2024:05:01", clock: tuple[float, ...] = (10.0, 0.0, 5.0)) -> dict[int, Any]:
    return {29: text, 7: clock}


def facts_of(
    exif: dict[int, Any] | None = None,
    gps: dict[int, Any] | None = None,
    photo: dict[int, Any] | None = None,
    **more: Any,
) -> Facts:
    blocks = {key: more.pop(key) for key in ("xmp", "iptc") if key in more}
    return facts(jpeg_with(exif=tiff(photo, exif, gps), **blocks), **more)


def takeout(seconds: int = EPOCH_OF_NOON, latitude: float = 0.0, longitude: float = 0.0) -> Sidecar:
    geo = {"latitude": latitude, "longitude": longitude}
    content = json.dumps({"photoTakenTime": {"timestamp": str(seconds)}, "geoData": geo})
    return Sidecar("photo.jpg.json", content.encode())


def summary(result: Facts) -> tuple[str, str | None, str | None]:
    return str(result.taken_local), result.taken_zone, result.taken_source


def test_a_file_without_a_date_was_taken_at_no_time() -> None:
    result = facts(jpeg_with())

    assert (result.taken_local, result.taken_zone, result.taken_at, result.taken_source) == (None, None, None, None)


def test_the_day_stays_the_one_that_was_lived() -> None:
    result = facts_of({0x9003: b"2024:12:31 22:30:00", 0x9011: b"-05:00"})

    assert summary(result) == ("2024-12-31 22:30:00", "-05:00", "exif")
    assert str(result.taken_at) == "2025-01-01 03:30:00+00:00"


def test_the_place_tells_the_zone_that_the_file_does_not() -> None:
    assert summary(facts_of({0x9003: b"2024:05:01 12:00:00"}, OSLO)) == ("2024-05-01 12:00:00", "+02:00", "exif")
    assert summary(facts_of({0x9003: b"2024:01:01 12:00:00"}, OSLO)) == ("2024-01-01 12:00:00", "+01:00", "exif")


def test_a_stated_zone_wins_over_the_place() -> None:
    result = facts_of({0x9003: b"2024:05:01 12:00:00", 0x9011: b"+09:00"}, {**OSLO, **gps_time()})

    assert result.taken_zone == "+09:00"


def test_the_satellites_tell_the_zone_of_a_camera_left_on_the_time_at_home() -> None:
    result = facts_of({0x9003: b"2024:05:01 19:00:00"}, {**OSLO, **gps_time()})

    assert summary(result) == ("2024-05-01 19:00:00", "+09:00", "exif")


def test_an_old_fix_of_the_satellites_tells_nothing() -> None:
    assert (
        facts_of({0x9003: b"2024:05:01 12:00:00"}, {**OSLO, **gps_time(clock=(9.0, 30.0, 0.0))}).taken_zone == "+02:00"
    )
    assert (
        facts_of({0x9003: b"2024:05:01 12:00:00"}, {**OSLO, **gps_time(clock=(8.0, 22.0, 0.0))}).taken_zone == "+02:00"
    )


def test_without_a_wall_clock_the_satellites_time_is_shown_as_the_clock_there_showed_it() -> None:
    assert summary(facts_of(gps={**OSLO, **gps_time()})) == ("2024-05-01 12:00:05", "+02:00", "gps")
    assert summary(facts_of(gps=gps_time())) == ("2024-05-01 10:00:05", "+00:00", "gps")


def test_the_same_time_told_twice_has_the_zone_that_either_states() -> None:
    packet = xmp(attributes="photoshop:DateCreated='2024-05-01T12:00:00+02:00'")

    assert summary(facts_of({0x9003: b"2024:05:01 12:00:00"}, xmp=packet)) == ("2024-05-01 12:00:00", "+02:00", "exif")
    assert facts_of({0x9003: b"2024:05:01 12:00:09"}, xmp=packet).taken_zone is None


@pytest.mark.parametrize(
    ("attributes", "local", "precision"),
    [
        ("photoshop:DateCreated='1969-07-20T20:17:40'", "1969-07-20 20:17:40", "second"),
        ("photoshop:DateCreated='1969-07'", "1969-07-01 00:00:00", "month"),
        ("photoshop:DateCreated='1969'", "1969-01-01 00:00:00", "year"),
        ("exif:DateTimeOriginal='1969-07-20T20:17:40'", "1969-07-20 20:17:40", "second"),
        ("xmp:CreateDate='1969-07-20T20:17:40'", "1969-07-20 20:17:40", "second"),
    ],
)
def test_xmp_tells_when(attributes: str, local: str, precision: str) -> None:
    result = facts(jpeg_with(xmp=xmp(attributes=attributes)))

    assert (str(result.taken_local), result.taken_precision, result.taken_source) == (local, precision, "xmp")


def test_when_a_picture_was_made_counts_more_than_when_it_was_scanned_or_edited() -> None:
    result = facts_of(
        {0x9004: b"2020:02:02 12:00:00"}, photo={0x0132: b"2021:01:01 00:00:00"}, iptc=iptc((2, 55, b"19690720"))
    )

    assert (str(result.taken_local), result.taken_precision) == ("1969-07-20 00:00:00", "day")


def test_a_date_without_a_time_takes_the_time_of_that_day_from_another_source() -> None:
    result = facts_of({0x9004: b"1969:07:20 20:17:40"}, iptc=iptc((2, 55, b"19690720")))

    assert summary(result) == ("1969-07-20 20:17:40", None, "exif_digitized")


def test_a_name_counts_more_than_an_edit_unless_the_edit_knows_the_hour_of_that_day() -> None:
    def modified(text: bytes) -> tuple[str, str | None, str | None]:
        return summary(facts_of(photo={0x0132: text}, name="IMG-20240501-WA0003.jpg"))

    assert modified(b"2024:05:01 10:11:12") == ("2024-05-01 10:11:12", None, "exif_modified")
    assert modified(b"2025:09:09 10:11:12") == ("2024-05-01 00:00:00", None, "file_name")


def test_googles_instant_leaves_the_wall_clock_of_the_file_and_adds_its_zone() -> None:
    result = facts_of({0x9003: b"2024:05:01 12:00:00"}, sidecars=[takeout()], name="photo.jpg")

    assert summary(result) == ("2024-05-01 12:00:00", "+02:00", "exif")
    assert str(result.taken_at) == "2024-05-01 10:00:00+00:00"


def test_googles_instant_that_repeats_the_wall_clock_tells_no_zone() -> None:
    """Google reads a clock without a zone as UTC."""
    result = facts_of({0x9003: b"2024:05:01 10:00:00"}, sidecars=[takeout()], name="photo.jpg")

    assert summary(result) == ("2024-05-01 10:00:00", None, "exif")


def test_googles_instant_wins_where_somebody_corrected_the_date() -> None:
    result = facts_of(
        {0x9003: b"2004:05:01 12:00:00"}, sidecars=[takeout(latitude=59.91, longitude=10.75)], name="photo.jpg"
    )

    assert summary(result) == ("2024-05-01 12:00:00", "+02:00", "sidecar")


def test_googles_instant_alone_is_utc() -> None:
    assert summary(facts(jpeg_with(), sidecars=[takeout()], name="photo.jpg")) == (
        "2024-05-01 10:00:00",
        "+00:00",
        "sidecar",
    )
    assert summary(facts(jpeg_with(), sidecars=[takeout(-14182940)])) == ("1969-07-20 20:17:40", "+00:00", "sidecar")


def test_a_sidecars_date_wins_over_the_files() -> None:
    sidecar = Sidecar("photo.xmp", xmp(attributes="photoshop:DateCreated='2019-08-01T10:00:00'"))

    assert summary(facts_of({0x9003: b"2024:05:01 12:00:00"}, sidecars=[sidecar])) == (
        "2019-08-01 10:00:00",
        None,
        "sidecar",
    )


@pytest.mark.parametrize("clock", [(99.0, 0.0, 0.0), (10.0,), (10.0, 70.0, 0.0)])
def test_a_senseless_time_of_satellites_is_passed_over(clock: tuple[float, ...]) -> None:
    assert facts_of(gps=gps_time(clock=clock)).taken_local is None


def test_milliseconds_in_a_name_are_shown_as_the_clock_at_the_place_showed_them() -> None:
    result = facts_of(gps=OSLO, name="IMG_1714557600000.jpg")

    assert (result.taken_local, result.taken_zone) == (datetime(2024, 5, 1, 12), "+02:00")
