"""The period in which a photo was taken, as far as its date is known."""

from datetime import datetime

import pytest

from shared.photo import Photo
from shared.taken_period import LATEST, period_end, period_fields

LOCAL = "1969-07-01T00:00:00"


@pytest.mark.parametrize(
    ("local", "precision", "until", "month"),
    [
        ("1969-01-01T00:00:00", "year", "1970-01-01T00:00:00", "1969"),
        (LOCAL, "month", "1969-08-01T00:00:00", "1969-07"),
        ("1968-12-01T00:00:00", "month", "1969-01-01T00:00:00", "1968-12"),
        ("1968-02-29T00:00:00", "day", "1968-03-01T00:00:00", "1968-02"),
        ("1969-07-20T20:17:00", "minute", "1969-07-20T20:18:00", "1969-07"),
        ("1969-12-31T23:59:59", "second", "1970-01-01T00:00:00", "1969-12"),
        ("1969-07-20T20:17:40", None, "1969-07-20T20:17:41", "1969-07"),
    ],
)
def test_the_period_is_what_is_known_of_the_date(local: str, precision: str | None, until: str, month: str) -> None:
    assert period_fields(local, precision) == {"taken_until": until, "taken_month": month}


def test_without_a_date_there_is_no_period() -> None:
    assert period_fields(None, None) == {"taken_until": None, "taken_month": None}


@pytest.mark.parametrize("precision", ["year", "month", "day"])
def test_the_last_period_ends_with_the_calendar(precision: str) -> None:
    start = datetime(9999, 1, 1) if precision == "year" else datetime(9999, 12, 31 if precision == "day" else 1)

    assert period_end(start, precision) == LATEST


def test_a_document_without_its_period_gets_it_when_it_is_read() -> None:
    photo = Photo.from_document(
        {"id": "a", "path": "a", "taken_local": LOCAL + "Z", "taken_precision": "month", "sorted_at": LOCAL + "Z"}
    )

    assert (photo.taken_until, photo.taken_month) == ("1969-08-01T00:00:00", "1969-07")
    assert photo.to_document()["taken_until"] == "1969-08-01T00:00:00Z"
    assert Photo.from_document(photo.to_document()) == photo
