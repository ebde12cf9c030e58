"""Facets: how many matching documents there are per value, range or interval of a field."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from local.search.columns.column import Array, Column, PointColumn, StringColumn
from local.search.columns.table import Table
from local.search.errors import BadRequest
from local.search.schema.definition import Definition
from local.search.schema.field import BOOLEAN, DATE, DOUBLE, STRING, Field
from local.search.schema.values import milliseconds, spell_instant

DEFAULT_COUNT = 10
SORTS = ("count", "-count", "value", "-value")
DAY = 86_400_000  # milliseconds
LARGEST = 2**63  # of whole numbers
WITHIN_A_DAY = ("minute", "hour")
UNITS = {"minute": "m", "hour": "h", "day": "D", "week": "W", "month": "M", "quarter": "M", "year": "Y"}
OFFSET = re.compile(r"([+-]?)(\d\d?):(\d\d)", re.ASCII)


@dataclass(frozen=True)
class Facet:
    """One facet expression; `values` are range borders, `interval` a width or a unit of time."""

    field: Field
    count: int = DEFAULT_COUNT
    sort: str = "count"
    values: tuple[Any, ...] = ()
    interval: str | None = None
    offset: int = 0


def invalid(message: str) -> BadRequest:
    return BadRequest.parameter(message, "facets")


def parse_facet(text: str, definition: Definition) -> Facet:
    """Read `tags,count:20,sort:value`; BadRequest says what is wrong."""
    name, *options = (part.strip() for part in text.split(","))
    field = definition.by_path.get(name)
    if field is None:
        raise invalid(f"Invalid expression: Could not find a property named '{name}' on type 'search.document'.")
    if not field.facetable:
        raise invalid(f"The field '{name}' is not facetable. Only facetable fields can be used in facet expressions.")
    given = dict(parse_option(option, text) for option in options)
    if len(given) != len(options):
        raise invalid(f"The facet expression '{text}' repeats an option.")
    if ("interval" in given and given.keys() & {"count", "sort", "values"}) or len(
        {"values", "sort"} & given.keys()
    ) == 2:
        raise invalid(f"The facet expression '{text}' combines options that exclude each other.")
    return build(field, given, text)


def parse_option(option: str, text: str) -> tuple[str, str]:
    name, colon, value = option.partition(":")
    if not colon or name not in ("count", "sort", "values", "interval", "timeoffset"):
        raise invalid(f"The facet expression '{text}' has an unknown option '{option}'.")
    return name, value.strip()


def build(field: Field, given: Mapping[str, str], text: str) -> Facet:
    count = given.get("count", str(DEFAULT_COUNT))
    if not (count.isascii() and count.isdigit() and len(count) < 10):
        raise invalid(f"'count' in the facet expression '{text}' must be a whole number.")
    sort = given.get("sort", "count")
    if sort not in SORTS:
        raise invalid(f"'sort' in the facet expression '{text}' must be one of {', '.join(SORTS)}.")
    borders = given["values"].split("|") if "values" in given else []
    return Facet(
        field=field,
        count=int(count),
        sort=sort,
        values=tuple(sorted(border(one, field, text) for one in borders)),
        interval=check_interval(given.get("interval"), field, text),
        offset=parse_offset(given.get("timeoffset"), field, text),
    )


def border(value: str, field: Field, text: str) -> float | int:
    """Read one border of a range."""
    try:
        if field.element == DATE:
            return milliseconds(value.strip())
        if field.element in (STRING, BOOLEAN):
            raise ValueError(value)
        number = float(value)
    except (ValueError, OverflowError):
        raise invalid(f"'{value}' in the facet expression '{text}' is not a border for '{field.type}'.") from None
    if not math.isfinite(number):
        raise invalid(f"'{value}' in the facet expression '{text}' is not a border for '{field.type}'.")
    if field.element != DOUBLE and abs(number) >= LARGEST:
        raise invalid(f"'{value}' in the facet expression '{text}' is too large for '{field.type}'.")
    return number if field.element == DOUBLE or not number.is_integer() else int(number)


def check_interval(value: str | None, field: Field, text: str) -> str | None:
    """An interval is a unit of time for dates and a positive number for numbers."""
    if value is None:
        return None
    if field.element == DATE and value in UNITS:
        return value
    if field.element not in (DATE, STRING, BOOLEAN):
        try:
            if 0 < float(value) < 1e18:
                return value
        except ValueError:
            pass
    raise invalid(f"'{value}' in the facet expression '{text}' is not an interval for '{field.type}'.")


def parse_offset(value: str | None, field: Field, text: str) -> int:
    """Return a time offset in milliseconds."""
    if value is None:
        return 0
    match = OFFSET.fullmatch(value)
    if not match or field.element != DATE or int(match[2]) > 14 or int(match[3]) > 59:
        raise invalid(f"'{value}' in the facet expression '{text}' is not a time offset.")
    minutes = int(match[2]) * 60 + int(match[3])
    return (-1 if match[1] == "-" else 1) * minutes * 60_000


def count_facet(facet: Facet, table: Table, rows: Array) -> list[dict[str, Any]]:
    """Return the buckets of a facet over the matched rows; a document counts once per bucket."""
    if facet.values:
        return ranges(facet, *gather(table, facet.field.path, rows))
    column, values, counts = count_keys(facet, table, rows)
    if facet.interval is not None:
        return [bucket(facet, column, value, count) for value, count in zip(values, counts, strict=True)]
    if facet.sort == "count" and 0 < facet.count < len(counts):
        # Only what can be among the most frequent is spelled and sorted by its name.
        often = counts >= np.partition(counts, -facet.count)[-facet.count]
        values, counts = values[often], counts[often]
    listed = [(spell(column, value), count) for value, count in zip(values.tolist(), counts.tolist(), strict=True)]
    listed.sort(key=lambda pair: pair[0], reverse=facet.sort == "-value")
    if facet.sort in ("count", "-count"):
        listed.sort(key=lambda pair: pair[1], reverse=facet.sort == "count")
    return [{"value": value, "count": count} for value, count in listed[: facet.count or None]]


def count_keys(facet: Facet, table: Table, rows: Array) -> tuple[Column, Array, Array]:
    """Return the column, the buckets that hold something, ascending, and how many documents each."""
    path = facet.field.path
    if facet.field.element == STRING and (path in table.columns or path in table.children):
        return count_strings(table, path, rows)
    column, places, owners = gather(table, path, rows)
    values = raw_values(column, places)
    single = owners is places  # one value a document
    if facet.interval is None:
        return column, *once_per_owner(values, owners, distinct=single)
    if not (single and facet.field.element == DATE and facet.interval not in WITHIN_A_DAY):
        return column, *once_per_owner(bucket_keys(facet, values), owners, distinct=single)
    # There are far fewer days than documents, and the calendar is slow.
    days, held = once_per_owner((values + facet.offset) // DAY, owners, distinct=True)
    starts = floor_time(days * DAY, facet.interval) - facet.offset
    keys, codes = np.unique(starts, return_inverse=True)
    return column, keys, np.bincount(codes, weights=held).astype(np.int64)


def count_strings(table: Table, name: str, rows: Array) -> tuple[Column, Array, Array]:
    """Count the strings of a plain field, or of a simple collection."""
    child = table.children.get(name)
    places = rows if child is None else child.distinct(rows)
    column = table.columns[name] if child is None else child.columns[""]
    assert isinstance(column, StringColumn)
    counts = np.bincount(column.codes[places] + 1)[1:]  # NOTHING is -1
    codes = np.flatnonzero(counts)
    return column, codes, counts[codes]


def gather(table: Table, path: str, rows: Array) -> tuple[Column, Array, Array]:
    """
    Return the column of a path, the places in it that belong to these rows and hold a value, and their rows.

    Places and rows are the same array where there is one value a row.
    """
    places = owners = rows
    while path not in table.columns:
        name = next(name for name in table.children if path == name or path.startswith(f"{name}/"))
        child = table.children[name]
        places, owners = child.elements(places, owners)
        table, path = child, path[len(name) :].removeprefix("/")
    column = table.columns[path]
    held = column.held(places)
    if held.all():
        return column, places, owners
    kept = places[held]
    return column, kept, kept if owners is places else owners[held]


def raw_values(column: Column, places: Array) -> Array:
    return np.asarray(column.codes[places] if isinstance(column, StringColumn) else column.values[places])


def bucket_keys(facet: Facet, values: Array) -> Array:
    """Return the interval each value falls into."""
    assert facet.interval
    if facet.field.element == DATE:
        return floor_time(values + facet.offset, facet.interval) - facet.offset
    width = float(facet.interval)
    lower = np.floor(values / width) * width
    whole = facet.field.element != DOUBLE and width.is_integer()
    return np.asarray(lower.astype(np.int64) if whole else lower)


def floor_time(values: Array, unit: str) -> Array:
    """Cut milliseconds since 1970 down to the start of their minute, hour, ... or year."""
    if unit == "week":
        # 1970 began on a Thursday; weeks begin on Sundays.
        days = values // DAY
        return np.asarray((days - (days + 4) % 7) * DAY)
    moments = values.astype("datetime64[ms]").astype(f"datetime64[{UNITS[unit]}]")
    if unit == "quarter":
        months = moments.astype(np.int64)
        moments = (months - months % 3).astype("datetime64[M]")
    return np.asarray(moments.astype("datetime64[ms]").astype(np.int64))


def once_per_owner(keys: Array, owners: Array, *, distinct: bool) -> tuple[Array, Array]:
    """Return the distinct keys, ascending, and how many owners each has; owners come in runs."""
    if not len(keys):
        return keys, keys
    low, high = keys.min(), keys.max()
    if keys.dtype.kind == "f" or int(high) - int(low) > 4 * len(keys) + 4096:
        values, codes = np.unique(keys, return_inverse=True)
    else:
        # Few distinct whole numbers: counting them is much faster than sorting.
        values, codes = np.arange(low, high + 1), keys - low
    if not distinct and (owners[1:] == owners[:-1]).any():
        pairs = np.unique(codes.astype(np.int64) + len(values) * owners.astype(np.int64))
        codes = pairs % len(values)
    counts = np.bincount(codes, minlength=len(values))
    return values[counts > 0], counts[counts > 0]


def spell(column: Column, value: Any) -> Any:
    """Write a column's value as the wire does."""
    if isinstance(column, StringColumn):
        return column.vocabulary[int(value)]
    if column.field.element == DATE:
        return spell_instant(int(value))
    if column.field.element == BOOLEAN:
        return bool(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"
    return value


def bucket(facet: Facet, column: Column, value: Any, count: Any) -> dict[str, Any]:
    shown = spell_instant(int(value)) if facet.field.element == DATE else spell(column, value.item())
    return {"value": shown, "count": int(count)}


def ranges(facet: Facet, column: Column, places: Array, owners: Array) -> list[dict[str, Any]]:
    """Return a bucket below the first border, between each two, and from the last on."""
    if isinstance(column, PointColumn | StringColumn):
        raise invalid(f"The field '{facet.field.path}' has no ranges.")
    values = column.values[places]
    inner = np.searchsorted(np.array(facet.values), values, side="right")
    buckets = []
    for number, (low, high) in enumerate(zip((None, *facet.values), (*facet.values, None), strict=True)):
        shown = {"from": low, "to": high}
        limits = {name: edge(facet, limit) for name, limit in shown.items() if limit is not None}
        buckets.append({**limits, "count": len(np.unique(owners[inner == number]))})
    return buckets


def edge(facet: Facet, limit: Any) -> Any:
    return spell_instant(limit) if facet.field.element == DATE else limit


def count_facets(facets: Iterable[Facet], table: Table, rows: Array) -> dict[str, list[dict[str, Any]]]:
    """Return every facet by the field's path."""
    return {facet.field.path: count_facet(facet, table, rows) for facet in facets}
