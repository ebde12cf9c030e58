"""Retry-After, in every spelling that services use."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from shared.retry_after import MAX_WAIT, parse_retry_after

WEEK = 604_800.0
HUGE_YEAR = "Wed, 21 Oct 99999999999999999999 07:28:00 GMT"
HUGE_ZONE = "Wed, 21 Oct 2015 07:28:00 +99999999999999"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": " 3 "}, 3.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"x-ms-retry-after-ms": "4000"}, 4.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),  # the more precise one counts
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after-ms": "0", "retry-after": "9"}, 0.0),
        ({"retry-after": "99999999"}, WEEK),
        ({"retry-after-ms": "1e300"}, WEEK),
        ({"retry-after": "Thu, 01 Jan 2099 00:00:00 GMT"}, WEEK),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, 0.0),  # a date that has passed
    ],
)
def test_what_a_service_says_is_read(headers: dict[str, str], seconds: float) -> None:
    assert parse_retry_after(headers) == seconds


@pytest.mark.parametrize(
    "value", ["", "soon", "-1", "nan", "inf", "-inf", "1 minute", "Mon, 99 Xyz 2026", "6m0s", HUGE_YEAR, HUGE_ZONE]
)
def test_nonsense_says_nothing(value: str) -> None:
    assert parse_retry_after({"retry-after": value}) is None
    assert parse_retry_after({"retry-after-ms": value}) is None


def test_no_header_says_nothing() -> None:
    assert parse_retry_after({}) is None


@pytest.mark.parametrize(
    "format_",
    [
        lambda moment: format_datetime(moment, usegmt=True),
        lambda moment: moment.strftime("%A, %d-%b-%y %H:%M:%S GMT"),  # RFC 850
        lambda moment: moment.strftime("%a %b %d %H:%M:%S %Y"),  # asctime
    ],
)
def test_the_three_date_formats_of_http_are_read(format_: object) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=90)

    seconds = parse_retry_after({"retry-after": format_(moment)})  # type: ignore[operator]

    assert seconds is not None
    assert 85 < seconds <= 90


def test_nothing_waits_longer_than_a_week() -> None:
    assert MAX_WAIT == WEEK
