"""Degrees become the names people would say."""

import pytest
import tzfpy
from hypothesis import given, strategies as st

from ingest.facts.facts import Facts
from ingest.places import place_of
from shared.places import Place, _gazetteer, place


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
    assert place(longitude, latitude) == Place(city, country)


@pytest.mark.parametrize(
    ("longitude", "latitude", "country"),
    [
        (8.77, 60.27, "Norway"),
        (25.75, 71.1, "Norway"),
        (12.3, 62.4, "Sweden"),  # the nearest town is in Norway
        (-40, 75, "Greenland"),
        (135, -25, "Australia"),
        (178.7, -49.7, "New Zealand"),
        (0, -90, "Antarctica"),
        (180, 65, "Russia"),
        (-180, 65, "Russia"),
        (103.2, 22.4, "Vietnam"),  # its north shares its time zone with Thailand
    ],
)
def test_a_spot_far_from_a_city_has_a_country(longitude: float, latitude: float, country: str) -> None:
    assert place(longitude, latitude).country == country


@pytest.mark.parametrize(
    ("longitude", "latitude", "city", "country"),
    [
        (9.175, 47.645, "Kreuzlingen", "Switzerland"),
        (9.17, 47.665, "Konstanz", "Germany"),
        (12.45, 41.903, "Vatican City", "Vatican"),
        (21.16, 42.66, "Pristina", "Kosovo"),
        (-5.35, 36.13, "Gibraltar", "Gibraltar"),
        (105.8, 21.02, "Hanoi", "Vietnam"),
        (-109.35, -27.12, "Hanga Roa", "Chile"),
    ],
)
def test_a_city_across_the_border_is_not_near(longitude: float, latitude: float, city: str, country: str) -> None:
    assert place(longitude, latitude) == Place(city, country)


@pytest.mark.parametrize(("longitude", "latitude"), [(-30, 30), (0, 90), (3.7, 56.5), (180, 0)])
def test_the_open_sea_is_nowhere(longitude: float, latitude: float) -> None:
    assert place(longitude, latitude) == Place()


@pytest.mark.parametrize("zone", tzfpy.timezonenames())
def test_every_time_zone_on_land_has_a_country(zone: str) -> None:
    assert zone in _gazetteer().zones or zone.startswith("Etc/")
    assert all(code in _gazetteer().countries for code in _gazetteer().zones.get(zone, ()))


MUNICH, NOWHERE_NEAR = (11.58, 48.14), (8.77, 60.27)


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        (Facts(), Place()),
        (Facts(location=MUNICH), Place("Munich", "Germany")),
        (Facts(location=MUNICH, country="Germany"), Place("Munich", "Germany")),
        (Facts(location=MUNICH, country="Deutschland"), Place("Munich", "Deutschland")),
        (Facts(location=MUNICH, country="DEU"), Place("Munich", "DEU")),
        (Facts(location=MUNICH, country="Austria"), Place("", "Austria")),
        (Facts(location=MUNICH, city="Schwabing", state="Bayern"), Place("Schwabing", "Germany", "Bayern")),
        (Facts(location=MUNICH, state="Bayern"), Place("", "Germany", "Bayern")),
        (Facts(city="Example Bay", country="Norway", location=NOWHERE_NEAR), Place("Example Bay", "Norway")),
        (Facts(country_code="NOR"), Place("", "Norway")),
        (Facts(country_code="NO", city="Bergen"), Place("Bergen", "Norway")),
        (Facts(country_code="XX"), Place()),
    ],
)
def test_words_in_the_file_win_and_the_gazetteer_completes_them(facts: Facts, place: Place) -> None:
    assert place_of(facts) == place


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_any_spot_on_earth_has_an_answer(longitude: float, latitude: float) -> None:
    assert isinstance(place(longitude, latitude), Place)
