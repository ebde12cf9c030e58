"""
Cells of the world at three levels, so that the index can count how many photos lie where.

A cell is a geohash (http://geohash.org), whose first characters name the cells around it: of two characters it is
about 1,250 km wide at the equator, of three 156 km, of five 5 km.
"""

from collections.abc import Iterator

GEO_CELL = "geo_cell"  # the field of the index
ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"
LENGTHS = (2, 3, 5)  # characters of the cells of each level, the widest first
BITS = 5  # that a character stands for


def cells_of(location: tuple[float, float] | None) -> list[str]:
    """The cell of each level that a place lies in, (longitude, latitude) in degrees; none without a place."""
    if location is None:
        return []
    geohash = _geohash(*location, max(LENGTHS))
    return [geohash[:length] for length in LENGTHS]


def bounds_of(cell: str) -> tuple[float, float, float, float]:
    """West, south, east and north of a cell, in degrees."""
    longitudes, latitudes = [-180.0, 180.0], [-90.0, 90.0]
    for position, bit in enumerate(_bits(cell)):
        side = longitudes if position % 2 == 0 else latitudes
        side[1 - bit] = sum(side) / 2
    return longitudes[0], latitudes[0], longitudes[1], latitudes[1]


def _bits(cell: str) -> Iterator[int]:
    for character in cell:
        number = ALPHABET.index(character)
        yield from (number >> shift & 1 for shift in reversed(range(BITS)))


def _geohash(longitude: float, latitude: float, length: int) -> str:
    sides = [[-180.0, 180.0], [-90.0, 90.0]]
    values = (longitude, latitude)
    numbers = [0] * length
    for position in range(length * BITS):
        side = sides[position % 2]
        middle = sum(side) / 2
        bit = values[position % 2] >= middle
        side[1 - bit] = middle
        numbers[position // BITS] = numbers[position // BITS] * 2 + bit
    return "".join(ALPHABET[number] for number in numbers)
