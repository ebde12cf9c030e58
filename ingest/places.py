"""Finds the city and country for coordinates, in a gazetteer that ships with the app."""

import gzip
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

GAZETTEER = Path(__file__).with_name("gazetteer") / "places.tsv.gz"
MAX_DISTANCE = 60.0  # kilometres from a city within which a photo counts as taken there
POPULATION_DENSITY = 3000.0  # people per square kilometre of a city, which tells how far a city reaches
CENTRE_RADIUS = 0.5  # kilometres that every distance grows by, so that a district does not outweigh its city
KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class Place:
    """Where a photo was taken, in English; empty if no city is near, as at sea."""

    city: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class City:
    """A populated place; `reach` is the radius in kilometres that its people would fill."""

    latitude: float
    longitude: float
    reach: float
    name: str
    country: str


def find_place(longitude: float, latitude: float) -> Place:
    """
    The city that a point (in degrees) belongs to, and its country.

    It is not simply the nearest one: most of Rome is nearer to one of its districts than to its
    centre. So the distance is divided by how far a city of that size reaches.
    """
    near = [(city, _kilometres(latitude, longitude, city)) for city in _cities_near(latitude, longitude)]
    near = [(city, km) for city, km in near if km <= MAX_DISTANCE]
    if not near:
        return Place()
    city, _ = min(near, key=lambda each: (each[1] + CENTRE_RADIUS) / each[0].reach)
    return Place(city.name, city.country)


def _cities_near(latitude: float, longitude: float) -> list[City]:
    """The cities in the squares of one degree around a point; near the poles these are narrow, so it takes more."""
    span = min(180, math.ceil(MAX_DISTANCE / KM_PER_DEGREE / max(0.01, math.cos(math.radians(latitude)))))
    rows = range(math.floor(latitude) - 1, math.floor(latitude) + 2)
    columns = {_wrap(math.floor(longitude) + step) for step in range(-span, span + 1)}
    squares = _cities_by_square()
    return [city for row in rows for column in columns for city in squares.get((row, column), ())]


def _wrap(column: int) -> int:
    return (column + 180) % 360 - 180


def _kilometres(latitude: float, longitude: float, city: City) -> float:
    north, south = math.radians(latitude), math.radians(city.latitude)
    half = (
        math.sin((south - north) / 2) ** 2
        + math.cos(north) * math.cos(south) * math.sin(math.radians(city.longitude - longitude) / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(half)))


@cache
def _cities_by_square() -> dict[tuple[int, int], list[City]]:
    """All cities by their square of one degree; read once: 70,000 lines, in about a fifth of a second."""
    countries: dict[str, str] = {}
    squares: dict[tuple[int, int], list[City]] = {}
    for line in gzip.decompress(GAZETTEER.read_bytes()).decode().splitlines():
        parts = line.split("\t")
        if len(parts) == 2:
            countries[parts[0]] = parts[1]
            continue
        code, latitude, longitude, people, name = parts
        reach = max(1.0, math.sqrt(int(people) / POPULATION_DENSITY / math.pi))
        city = City(float(latitude), float(longitude), reach, name, countries.get(code, ""))
        squares.setdefault((math.floor(city.latitude), math.floor(city.longitude)), []).append(city)
    return squares
