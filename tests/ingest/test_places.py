"""Degrees become the names people would say."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import places
from ingest.places import City, Place, find_place


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


def test_a_city_is_near_within_sixty_kilometres(monkeypatch: pytest.MonkeyPatch) -> None:
    city = City(0.0, 0.0, 1.0, "Null Island", "Nowhere")
    monkeypatch.setattr(places, "_cities_by_square", lambda: {(0, 0): [city]})

    assert find_place(59.9 / 111.19, 0.0) == Place("Null Island", "Nowhere")
    assert find_place(60.1 / 111.19, 0.0) == Place()


def test_a_large_city_reaches_farther_than_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    large, small = City(0.0, 0.0, 10.0, "Large", "X"), City(0.0, 0.1, 1.0, "Small", "X")
    monkeypatch.setattr(places, "_cities_by_square", lambda: {(0, 0): [large, small]})

    assert find_place(0.09, 0.0).city == "Large"  # 10 km from it, 1.1 km from the small one
    assert find_place(0.099, 0.0).city == "Small"


def test_the_distance_is_that_of_a_great_circle() -> None:
    rome = City(41.8919, 12.5113, 1.0, "Rome", "Italy")

    assert places._kilometres(48.8566, 2.3522, rome) == pytest.approx(1107, abs=5)
    assert places._kilometres(41.8919, 12.5113, rome) == 0


def test_the_reach_of_a_city_is_the_radius_its_people_fill() -> None:
    cities = {
        city.name: city for square in places._cities_by_square().values() for city in square if city.country == "Italy"
    }

    assert cities["Rome"].reach == pytest.approx(math.sqrt(2_300_000 / 3000 / math.pi), rel=0.1)
    assert min(city.reach for city in cities.values()) == 1.0
