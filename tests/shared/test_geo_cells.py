"""Cells of the map."""

import random

import pytest

from shared.geo_cells import LENGTHS, bounds_of, cells_of


@pytest.mark.parametrize(
    ("place", "geohash"),
    [
        ((-5.6, 42.6), "ezs42"),  # the example of geohash.org's inventor
        ((8.54, 47.37), "u0qj6"),
        ((-180.0, -90.0), "00000"),
        ((180.0, 90.0), "zzzzz"),
        ((0.0, 0.0), "s0000"),
    ],
)
def test_a_place_lies_in_a_cell_of_each_level(place: tuple[float, float], geohash: str) -> None:
    assert cells_of(place) == [geohash[:2], geohash[:3], geohash]


def test_a_photo_without_a_place_lies_in_none() -> None:
    assert cells_of(None) == []


def test_every_place_lies_within_the_bounds_of_its_cells() -> None:
    dice = random.Random(7)
    for _ in range(300):
        longitude, latitude = dice.uniform(-180, 180), dice.uniform(-90, 90)
        for cell, length in zip(cells_of((longitude, latitude)), LENGTHS, strict=True):
            west, south, east, north = bounds_of(cell)
            assert len(cell) == length
            assert west <= longitude <= east
            assert south <= latitude <= north
