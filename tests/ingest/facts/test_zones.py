"""Offsets by place, by season, and by two clocks."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from ingest.facts.zones import local_at, offset_at, offset_between

OSLO, PARIS, SYDNEY, KATHMANDU, ATLANTIC = (10.75, 59.91), (2.35, 48.86), (151.2, -33.87), (85.32, 27.7), (-30.0, 30.0)


@pytest.mark.parametrize(
    ("spot", "local", "offset"),
    [
        (OSLO, datetime(2024, 7, 1, 12), "+02:00"),
        (OSLO, datetime(2024, 1, 1, 12), "+01:00"),
        (SYDNEY, datetime(2024, 1, 1, 12), "+11:00"),
        (KATHMANDU, datetime(2024, 1, 1, 12), "+05:45"),
        (ATLANTIC, datetime(2024, 1, 1, 12), "-02:00"),
        ((0.0, 90.0), datetime(2024, 1, 1, 12), "+00:00"),
        (PARIS, datetime(1870, 1, 1, 12), None),  # every town had its own time, to the second
    ],
)
def test_the_offset_is_that_of_the_place_at_that_time(
    spot: tuple[float, float], local: datetime, offset: str | None
) -> None:
    assert offset_at(spot, local) == offset


def test_an_instant_is_shown_as_the_clock_there_showed_it() -> None:
    assert local_at(OSLO, datetime(2024, 7, 1, 23, 30)) == (datetime(2024, 7, 2, 1, 30), "+02:00")


@pytest.mark.parametrize(
    ("difference", "offset"),
    [
        (timedelta(hours=2), "+02:00"),
        (timedelta(hours=-5, seconds=40), "-05:00"),
        (timedelta(hours=5, minutes=45, seconds=-90), "+05:45"),
        (timedelta(0), "+00:00"),
        (timedelta(hours=2, minutes=5), None),
        (timedelta(hours=2, minutes=15), None),  # no zone on earth
        (timedelta(hours=15), None),
        (timedelta(days=30), None),
    ],
)
def test_two_clocks_tell_the_offset_if_there_is_such_a_zone(difference: timedelta, offset: str | None) -> None:
    utc = datetime(2024, 5, 1, 12)

    assert offset_between(utc + difference, utc) == offset


@given(st.floats(-180, 180), st.floats(-90, 90), st.datetimes(datetime(1826, 1, 1), datetime(2100, 1, 1)))
def test_any_spot_at_any_time_has_an_answer(longitude: float, latitude: float, local: datetime) -> None:
    offset_at((longitude, latitude), local)
    local_at((longitude, latitude), local)
