"""Distances and areas on the globe."""

import re
from itertools import pairwise

import numpy as np

from local.search.column_store.columns import Array, Mask

EARTH_KM = 6371.0088
NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
POINT = re.compile(rf"POINT\s*\(\s*({NUMBER})\s+({NUMBER})\s*\)", re.ASCII)
POLYGON = re.compile(r"POLYGON\s*\(\s*\(([^()]*)\)\s*\)", re.ASCII)
PAIR = re.compile(rf"\s*({NUMBER})\s+({NUMBER})\s*", re.ASCII)


def parse_point(text: str) -> tuple[float, float]:
    """Return longitude and latitude; ValueError if it isn't a point on the globe."""
    match = POINT.fullmatch(text.strip())
    if not match:
        raise ValueError(f"'{text}' is not a point")
    return check_coordinates(float(match[1]), float(match[2]))


def parse_polygon(text: str) -> Array:
    """Return the corners, last equal to first; ValueError if it isn't a closed polygon."""
    match = POLYGON.fullmatch(text.strip())
    pairs = [PAIR.fullmatch(part) for part in match[1].split(",")] if match else []
    corners = [check_coordinates(float(pair[1]), float(pair[2])) for pair in pairs if pair]
    if not match or len(corners) != len(pairs) or len(corners) < 4 or corners[0] != corners[-1]:
        raise ValueError(f"'{text}' is not a closed polygon")
    return np.array(corners)


def check_coordinates(longitude: float, latitude: float) -> tuple[float, float]:
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise ValueError(f"{longitude} {latitude} is not on the globe")
    return longitude, latitude


def distance(points: Array, longitude: float, latitude: float) -> Array:
    """Great-circle distance in kilometres from each (longitude, latitude) to one point."""
    points_radians = np.radians(points)
    origin = np.radians((longitude, latitude))
    haversine_halves = np.sin((points_radians - origin) / 2) ** 2
    haversine = haversine_halves[:, 1] + np.cos(points_radians[:, 1]) * np.cos(origin[1]) * haversine_halves[:, 0]
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(haversine, 0, 1))))


def inside(points: Array, corners: Array) -> Mask:
    """Which points lie in the polygon, by counting how many of its sides are crossed going east."""
    mask = np.zeros(len(points), dtype=np.bool_)
    x, y = points[:, 0], points[:, 1]
    for (x1, y1), (x2, y2) in pairwise(corners):
        if y1 != y2:
            crosses = ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
            mask ^= crosses
    return mask
