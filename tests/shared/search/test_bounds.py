"""A part of the map as a filter."""

import re
from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError

from local.search.filters.geo import inside, parse_polygon
from shared.search.bounds import Bounds
from shared.search.filters import Filters

POLYGON = re.compile(r"geography'(POLYGON\(\(.*?\)\))'")


def lets_through(bounds: str, longitude: float, latitude: float) -> bool:
    odata = str(Filters.model_validate({"bounds": bounds}).odata())
    return any(
        inside(np.array([[longitude, latitude]]), parse_polygon(polygon))[0] for polygon in POLYGON.findall(odata)
    )


@pytest.mark.parametrize(
    ("bounds", "place", "is_inside"),
    [
        ("5.9,45.8,10.5,47.8", (8.54, 47.37), True),
        ("5.9,45.8,10.5,47.8", (8.54, 48.1), False),
        ("5.9,45.8,10.5,47.8", (5.0, 47.0), False),
        ("-180,-90,180,90", (-122.4, 37.8), True),
        ("-180,-90,180,90", (151.2, -33.9), True),
        ("170,-50,-170,-30", (178.0, -40.0), True),
        ("170,-50,-170,-30", (-178.0, -40.0), True),
        ("170,-50,-170,-30", (160.0, -40.0), False),
        ("170,-50,-170,-30", (0.0, -40.0), False),
        ("180,-50,-170,-30", (-178.0, -40.0), True),
        ("170,-50,-180,-30", (178.0, -40.0), True),
        ("179.9999999,-50,-170,-30", (-178.0, -40.0), True),
        ("0,80,10,90", (5.0, 89.9), True),
    ],
)
def test_photos_between_the_sides_pass(bounds: str, place: tuple[float, float], is_inside: bool) -> None:
    assert lets_through(bounds, *place) is is_inside


def test_no_polygon_is_wide_or_has_long_sides() -> None:
    polygons = POLYGON.findall(Bounds(west=-180, south=-90, east=180, north=90).odata())

    assert len(polygons) == 4
    for polygon in polygons:
        corners = [tuple(map(float, each.split())) for each in polygon[len("POLYGON((") : -2].split(", ")]
        longitudes = [longitude for longitude, _ in corners]
        assert corners[0] == corners[-1]
        assert max(longitudes) - min(longitudes) <= 90
        assert all(abs(one - other) <= 5.000001 for one, other in pairwise(longitudes))


FLAT = ["180,0,-180,1", "0,0,0.0000001,1", "0,1,1,1.0000001", "179.9999999,0,-179.9999999,1", "0,89.995,1,90"]


@pytest.mark.parametrize("bounds", ["1,2,3", "1,2,3,4,5", "here", "1,3,2,2", "1,2,1,3", "181,0,1,2", "0,0,1,91", *FLAT])
def test_what_is_no_part_of_the_map_is_refused(bounds: str) -> None:
    with pytest.raises(ValidationError):
        Filters.model_validate({"bounds": bounds})
