"""Facets: what is asked of the index, and how callers see the counts."""

from collections.abc import Mapping, Sequence
from typing import Any

ASKED = (
    "tags,count:30",
    "keywords,count:20",
    "folder,count:30",
    "camera,count:20",
    "colors,count:20",
    "people,count:20",
    "setting,count:10",
    "city,count:30",
    "country,count:30",
    "taken_at,interval:month",
)
BY = {"month": "taken_at", "year": "taken_at"}  # what callers call it -> the field it is counted from

Counts = Sequence[tuple[str, int]]


def for_callers(counted: Mapping[str, Counts]) -> dict[str, list[dict[str, Any]]]:
    """`{"tags": [{"value", "count"}, ...], ...}`; dates as `month` and `year`, the latest first."""
    names = {name for name in counted if name != "taken_at"} | (set(BY) if "taken_at" in counted else set())
    return {name: [{"value": value, "count": count} for value, count in by(name, counted)] for name in sorted(names)}


def by(name: str, counted: Mapping[str, Counts]) -> list[tuple[str, int]]:
    """The counts of one facet; what has no value is left out."""
    found = counted.get(BY.get(name, name), ())
    if name not in BY:
        return [(value, count) for value, count in found if value != ""]
    length = len("2024" if name == "year" else "2024-05")
    sums: dict[str, int] = {}
    for value, count in found:
        sums[value[:length]] = sums.get(value[:length], 0) + count
    return sorted(sums.items(), reverse=True)
