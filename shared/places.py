"""Degrees in, the names of city and country out, from a gazetteer that ships with the app."""

import gzip
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tzfpy

GAZETTEER = Path(__file__).with_name("gazetteer") / "places.tsv.gz"
FARTHEST = 60.0  # kilometres from a city at which a photo still is "from" there
CROWD = 3000.0  # people to a square kilometre of city, which tells how far a city of so many people reaches
MIDST = 0.5  # kilometres around its middle in which even a small place does not yet outweigh the city around it
KM_A_DEGREE = 111.2


@dataclass(frozen=True)
class Place:
    """Where a photo was taken, in English names unless the file has others; empty where nothing is near, as at sea."""

    city: str = ""
    country: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class City:
    """A populated place; `reach` is the radius in kilometres that its people would fill."""

    latitude: float
    longitude: float
    reach: float
    name: str
    code: str


@dataclass(frozen=True)
class Gazetteer:
    """Countries by their codes of two and of three letters, countries by time zone, cities by square of one degree."""

    countries: dict[str, str]
    zones: dict[str, tuple[str, ...]]
    squares: dict[tuple[int, int], list[City]]


def countries() -> dict[str, str]:
    """The names of countries by their codes of two and of three letters."""
    return _gazetteer().countries


def zone_name(longitude: float, latitude: float) -> str:
    """The time zone around a spot by its name; at sea, one of a multiple of 15 degrees."""
    return tzfpy.get_tz(longitude, latitude)


def place(longitude: float, latitude: float) -> Place:
    """
    The city a spot belongs to, and its country.

    Not simply the nearest city: the middle of Rome is nearer to its own districts than to its
    centre, so distance is measured against how far a city of that size reaches. The time zone
    tells the country, also where no city is near, and which side of a border counts.
    """
    gazetteer = _gazetteer()
    codes = gazetteer.zones.get(zone_name(longitude, latitude), ())
    near = [
        (city, _kilometres(latitude, longitude, city))
        for city in _around(latitude, longitude)
        if not codes or city.code in codes
    ]
    near = [(city, km) for city, km in near if km <= FARTHEST]
    if near:
        city, _ = min(near, key=lambda each: (each[1] + MIDST) / each[0].reach)
        return Place(city.name, gazetteer.countries.get(city.code, ""))
    if not codes:
        return Place()
    code = codes[0] if len(codes) == 1 else _nearest(latitude, longitude, codes)
    return Place(country=gazetteer.countries.get(code, ""))


def _nearest(latitude: float, longitude: float, codes: Iterable[str]) -> str:
    """The country of the nearest city of these countries; tens of milliseconds, for the few zones that two share."""
    cities = (city for square in _gazetteer().squares.values() for city in square if city.code in codes)
    nearest = min(cities, key=lambda city: _kilometres(latitude, longitude, city), default=None)
    return nearest.code if nearest else ""


def _around(latitude: float, longitude: float) -> list[City]:
    """The cities in the squares of one degree around a spot; near the poles a degree is narrow, so more of them."""
    span = min(180, math.ceil(FARTHEST / KM_A_DEGREE / max(0.01, math.cos(math.radians(latitude)))))
    rows = range(math.floor(latitude) - 1, math.floor(latitude) + 2)
    columns = {_wrapped(math.floor(longitude) + step) for step in range(-span, span + 1)}
    squares = _gazetteer().squares
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
def _gazetteer() -> Gazetteer:
    """All of it, read once: 70,000 lines in about a fifth of a second."""
    gazetteer = Gazetteer({}, {}, {})
    for line in gzip.decompress(GAZETTEER.read_bytes()).decode().splitlines():
        parts = line.split("\t")
        if len(parts) == 2:
            gazetteer.zones[parts[0]] = tuple(parts[1].split())
        elif len(parts) == 3:
            gazetteer.countries.update({parts[0]: parts[2], parts[1]: parts[2]})
        else:
            code, latitude, longitude, people, name = parts
            reach = max(1.0, math.sqrt(int(people) / CROWD / math.pi))
            city = City(float(latitude), float(longitude), reach, name, code)
            gazetteer.squares.setdefault((math.floor(city.latitude), math.floor(city.longitude)), []).append(city)
    return gazetteer
