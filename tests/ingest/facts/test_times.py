"""Dates as files write them: whole, in part, and nonsense."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from ingest.facts.times import (
    format_offset,
    offset_minutes,
    parse_iptc_moment,
    parse_mail_date,
    parse_moment,
    parse_offset,
)


@pytest.mark.parametrize(
    ("text", "local", "precision", "zone"),
    [
        ("2024:05:01 10:11:12", "2024-05-01 10:11:12", "second", None),
        ("2024-05-01T10:11:12", "2024-05-01 10:11:12", "second", None),
        ("2024/05/01 10:11:12", "2024-05-01 10:11:12", "second", None),
        ("2024-05-01T10:11:12.5+02:00", "2024-05-01 10:11:12.500000", "second", "+02:00"),
        ("2024-05-01T10:11:12.123456789Z", "2024-05-01 10:11:12.123456", "second", "+00:00"),
        ("2024-05-01T10:11-0530", "2024-05-01 10:11:00", "minute", "-05:30"),
        ("2024-05-01T10:11", "2024-05-01 10:11:00", "minute", None),
        ("2024-05-01", "2024-05-01 00:00:00", "day", None),
        ("2024:05:  :  ", "2024-05-01 00:00:00", "month", None),
        ("1969-07", "1969-07-01 00:00:00", "month", None),
        ("1969", "1969-01-01 00:00:00", "year", None),
        ("1969:00:00 00:00:00", "1969-01-01 00:00:00", "year", None),
        ("2024:05:01 24:10:00", "2024-05-01 00:10:00", "second", None),
        ("2016:12:31 23:59:60", "2016-12-31 23:59:59", "second", None),
        ("2024-05-01T10:11:12+99:00", "2024-05-01 10:11:12", "second", None),
        ("  2024:05:01 10:11:12  ", "2024-05-01 10:11:12", "second", None),
    ],
)
def test_a_date_is_kept_as_far_as_it_goes(text: str, local: str, precision: str, zone: str | None) -> None:
    result = parse_moment(text, "exif")

    assert result
    assert (str(result.local), result.precision, result.zone) == (local, precision, zone)


@pytest.mark.parametrize(
    "text",
    [
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "2024:13:45 10:00:00",
        "2024:02:30 10:00:00",
        "2024:05:01 25:00:00",
        "1799:01:01 00:00:00",
        "2999:01:01 00:00:00",
        "1970:01:01 00:00:00",
        "1904-01-01T00:00:00",
        "20240",
        "x",
        "",
    ],
)
def test_a_senseless_date_is_none(text: str) -> None:
    assert parse_moment(text, "exif") is None


def test_tomorrow_is_possible_and_next_week_is_not() -> None:
    now = datetime.now(UTC)

    assert parse_moment(f"{now + timedelta(days=1):%Y-%m-%d}", "exif")
    assert not parse_moment(f"{now + timedelta(days=7):%Y-%m-%d}", "exif")


@pytest.mark.parametrize(
    ("date", "time", "local", "precision", "zone"),
    [
        ("20240501", "101112+0200", "2024-05-01 10:11:12", "second", "+02:00"),
        ("20240501", "101112", "2024-05-01 10:11:12", "second", None),
        ("2024-05-01", "10:11:12-05:00", "2024-05-01 10:11:12", "second", "-05:00"),
        ("20240501", "", "2024-05-01 00:00:00", "day", None),
        ("20240500", "", "2024-05-01 00:00:00", "month", None),
        ("20240000", "", "2024-01-01 00:00:00", "year", None),
    ],
)
def test_iptc_has_dates_and_times_apart(date: str, time: str, local: str, precision: str, zone: str | None) -> None:
    result = parse_iptc_moment(date, time)

    assert result
    assert (str(result.local), result.precision, result.zone) == (local, precision, zone)


def test_zeros_are_no_iptc_date() -> None:
    assert parse_iptc_moment("00000000", "") is None
    assert parse_iptc_moment("soon", "101112") is None


@given(st.integers(-14 * 60, 14 * 60))
def test_an_offset_is_read_as_it_is_written(minutes: int) -> None:
    assert offset_minutes(format_offset(minutes)) == minutes
    assert parse_offset(format_offset(minutes)) == format_offset(minutes)


@given(st.text(max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    parse_moment(text, "exif", zone=text, fraction=text)
    parse_mail_date(text, "png_text")
    parse_iptc_moment(text, text)
    parse_offset(text)


@pytest.mark.parametrize(
    "text",
    [
        "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
        "Wed, 21 Oct 2015 07:28:00 +99999999999999",
        "Wed, 99999999999999999999 Oct 2015 07:28:00 GMT",
    ],
)
def test_numbers_that_no_date_can_hold_are_no_date(text: str) -> None:
    moment = parse_mail_date(text, "png_text")

    assert moment is None or moment.local.year == 2015
