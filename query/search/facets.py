"""Facets: which ones the index is asked for, and how callers see the counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.catalogue.definition import NO, PREFIX, YES
from shared.catalogue.in_force import catalogue

FACET_REQUESTS = (
    "tags,count:30",
    "keywords,count:30",
    "keyword_path_prefixes,count:100",
    "creators,count:30",
    "persons,count:30",
    "rating",
    "reviewed",
    "folder,count:30",
    "camera,count:20",
    "colors,count:20",
    "people,count:20",
    "setting,count:10",
    "city,count:30",
    "state,count:30",
    "country,count:30",
    "taken_month,count:0",  # all of them, counted exactly
)
DATE_FACETS = {"month": "taken_month", "year": "taken_month"}  # facet of ours -> the field it is counted from
PATH_FACETS = {"keyword_paths": "keyword_path_prefixes"}  # a path is counted with all the paths below it

COUNTED = 50  # values of a field of the library's own
FIELD = "field."  # before its name, as filters say it

Counts = Sequence[tuple[str, int]]


def facet_requests() -> tuple[str, ...]:
    """What the index is asked to count: also the library's own fields that are facets."""
    return FACET_REQUESTS + tuple(f"{each.index_name},count:{COUNTED}" for each in catalogue().fields if each.facet)


def facet_records(index_facets: Mapping[str, Counts]) -> dict[str, list[dict[str, Any]]]:
    """`{"tags": [{"value", "count"}, ...], ...}`; dates as `month` and `year`, the latest first."""
    custom = {each.index_name: FIELD + each.name for each in catalogue().fields}
    names = {custom.get(name, name) for name in index_facets} - {"taken_month", *PATH_FACETS.values()}
    names |= {name for name, field in PATH_FACETS.items() if field in index_facets}
    if "taken_month" in index_facets:
        names |= set(DATE_FACETS)
    return {
        name: [{"value": value, "count": count} for value, count in facet_counts(name, index_facets)]
        for name in sorted(names)
    }


def facet_counts(name: str, index_facets: Mapping[str, Counts]) -> list[tuple[str, int]]:
    """The counts of one facet; empty values are left out. A photo known to the year alone is in no month."""
    if name.startswith(FIELD):
        return _custom_counts(name.removeprefix(FIELD), index_facets)
    counts = index_facets.get((DATE_FACETS | PATH_FACETS).get(name, name), ())
    if name not in DATE_FACETS:
        return [(value, count) for value, count in counts if value != ""]
    length = len("2024" if name == "year" else "2024-05")
    totals: dict[str, int] = {}
    for value, count in counts:
        if len(value) >= length:
            totals[value[:length]] = totals.get(value[:length], 0) + count
    return sorted(totals.items(), reverse=True)


def _custom_counts(name: str, index_facets: Mapping[str, Counts]) -> list[tuple[str, int]]:
    """The counts of a field of the library's own, each value as a filter takes it."""
    counts = index_facets.get(PREFIX + name, ())
    answers = {"True": YES, "False": NO}
    is_number = (field := catalogue().by_name.get(name)) is not None and field.type == "number"
    return [(value.removesuffix(".0") if is_number else answers.get(value, value), count) for value, count in counts]
