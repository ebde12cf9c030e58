"""Facets of photos that are at hand, counted as the index counts them: what is here need not be asked for."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from shared.catalogue.in_force import catalogue
from shared.geo_cells import GEO_CELL, cells_of
from shared.search.results import Hit

DEFAULT_COUNT = 10  # values of a facet that names no number, as the service documents

Counts = Mapping[str, list[tuple[str, int]]]


def count_hits(hits: Sequence[Hit], requests: Sequence[str]) -> Counts:
    """What the index would answer for exactly these photos: the most frequent values of each facet, then by value."""
    decimals = {each.index_name for each in catalogue().fields if each.type == "number"}
    return dict(_count(hits, *_parse(request), decimals) for request in requests)


def _parse(request: str) -> tuple[str, int]:
    """The field of a request such as `tags,count:30`, and how many values it asks for; 0 means all."""
    name, _, count = request.partition(",count:")
    return name, int(count) if count else DEFAULT_COUNT


def _count(hits: Sequence[Hit], name: str, most: int, decimals: set[str]) -> tuple[str, list[tuple[str, int]]]:
    counts = Counter(_values(hits, name))
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[: most or None]
    return name, [(str(float(value) if name in decimals else value), count) for value, count in ranked]


def _values(hits: Sequence[Hit], name: str) -> Iterable[Any]:
    """The values of a field in all photos, each once for a photo."""
    if name == GEO_CELL:
        values: list[Any] = [cells_of(hit.photo.location) for hit in hits]
    else:
        values = [value for hit in hits if (value := hit.document.get(name)) is not None]
    are_lists = bool(values) and isinstance(values[0], list)  # so are all of a field, or none
    return chain.from_iterable(map(set, values)) if are_lists else values
