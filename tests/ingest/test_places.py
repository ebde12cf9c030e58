"""Degrees become the names people would say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.places import Place, find_place


@pytest.mark.parametrize(
    ("longitude", "latitude", "city", "country"),
    [
        (12.4922, 41.8902, "Rome", "Italy"),
        (12.467, 41.883, "Rome", "Italy"),  # the middle of one of its districts
        (2.2945, 48.8584, "Paris", "France"),
        (2.12, 48.80, "Versailles", "France"),
        (8.54, 47.37, "Zürich", "Switzerland"),
        (-73.985, 40.748, "New York City", "United States"),
        (15.6, 78.2, "Longyearbyen", "Svalbard and Jan Mayen"),
        (179.9, -16.5, "Labasa", "Fiji"),  # beside the line where degrees start anew
    ],
)
def test_a_spot_is_named_after_the_city_it_belongs_to(
    longitude: float, latitude: float, city: str, country: str
) -> None:
    assert find_place(longitude, latitude) == Place(city, country)


def test_the_open_sea_is_nowhere() -> None:
    assert find_place(-30, 30) == Place()


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_any_spot_on_earth_has_an_answer(longitude: float, latitude: float) -> None:
    assert isinstance(find_place(longitude, latitude), Place)
