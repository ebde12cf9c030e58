"""Degrees in, the names of city and country out, from a gazetteer that ships with the app."""

import gzip
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

GAZETTEER = Path(__file__).with_name("gazetteer") / "places.tsv.gz"
FARTHEST = 60.0  # kilometres from a city at which a photo still is "from" there
CROWD = 3000.0  # people to a square kilometre of city, which tells how far a city of so many people reaches
MIDST = 0.5  # kilometres around its middle in which even a small place does not yet outweigh the city around it
KM_A_DEGREE = 111.2


@dataclass(frozen=True)
class Place:
    """Where a photo was taken, in English names; empty where nothing is near, as at sea."""

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


def place(longitude: float, latitude: float) -> Place:
    """
    The city a spot belongs to, and its country.

    Not simply the nearest: the middle of Rome is nearer to its own districts than to its
    centre, so distance is measured against how far a city of that size reaches.
    """
    near = [(city, _kilometres(latitude, longitude, city)) for city in _around(latitude, longitude)]
    near = [(city, km) for city, km in near if km <= FARTHEST]
    if not near:
        return Place()
    city, _ = min(near, key=lambda each: (each[1] + MIDST) / each[0].reach)
    return Place(city.name, city.country)


def _around(latitude: float, longitude: float) -> list[City]:
    """The cities in the squares of one degree around a spot; near the poles a degree is narrow, so more of them."""
    span = min(180, math.ceil(FARTHEST / KM_A_DEGREE / max(0.01, math.cos(math.radians(latitude)))))
    rows = range(math.floor(latitude) - 1, math.floor(latitude) + 2)
    columns = {_wrapped(math.floor(longitude) + step) for step in range(-span, span + 1)}
    squares = _squares()
    return [city for row in rows for column in columns for city in squares.get((row, column), ())]


def _wrapped(column: int) -> int:
    return (column + 180) % 360 - 180


def _kilometres(latitude: float, longitude: float, city: City) -> float:
    north, south = math.radians(latitude), math.radians(city.latitude)
    half = (
        math.sin((south - north) / 2) ** 2
        + math.cos(north) * math.cos(south) * math.sin(math.radians(city.longitude - longitude) / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(half)))


@cache
def _squares() -> dict[tuple[int, int], list[City]]:
    """All cities by their square of one degree; read once, 70,000 lines in about a fifth of a second."""
    countries: dict[str, str] = {}
    squares: dict[tuple[int, int], list[City]] = {}
    for line in gzip.decompress(GAZETTEER.read_bytes()).decode().splitlines():
        parts = line.split("\t")
        if len(parts) == 2:
            countries[parts[0]] = parts[1]
            continue
        code, latitude, longitude, people, name = parts
        reach = max(1.0, math.sqrt(int(people) / CROWD / math.pi))
        city = City(float(latitude), float(longitude), reach, name, countries.get(code, ""))
        squares.setdefault((math.floor(city.latitude), math.floor(city.longitude)), []).append(city)
    return squares
