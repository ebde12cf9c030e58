"""Count facets: how many matching documents there are per value, range or interval of a field."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from local.search.column_store.columns import Array, Column, PointColumn, StringColumn
from local.search.column_store.tables import ColumnTable, collect_values
from local.search.query.facets import Facet, invalid_facet
from local.search.schema.field import BOOLEAN, DATE, DOUBLE, STRING
from local.search.schema.values import format_date

DAY = 86_400_000  # milliseconds
WITHIN_A_DAY = ("minute", "hour")
NUMPY_UNITS = {"minute": "m", "hour": "h", "day": "D", "month": "M", "quarter": "M", "year": "Y"}


def count_facet(facet: Facet, table: ColumnTable, rows: Array) -> list[dict[str, Any]]:
    """Return the buckets of a facet over the matched rows; a document counts once per bucket."""
    if facet.values:
        return count_ranges(facet, *collect_values(table, facet.field.path, rows))
    column, values, counts = count_buckets(facet, table, rows)
    if facet.interval is not None:
        return [bucket(facet, column, value, count) for value, count in zip(values, counts, strict=True)]
    if facet.sort == "count" and 0 < facet.count < len(counts):
        # Only what can be among the most frequent is formatted and sorted by value.
        frequent = counts >= np.partition(counts, -facet.count)[-facet.count]
        values, counts = values[frequent], counts[frequent]
    pairs = [
        (format_value(column, value), count) for value, count in zip(values.tolist(), counts.tolist(), strict=True)
    ]
    pairs.sort(key=lambda pair: pair[0], reverse=facet.sort == "-value")
    if facet.sort in ("count", "-count"):
        pairs.sort(key=lambda pair: pair[1], reverse=facet.sort == "count")
    return [{"value": value, "count": count} for value, count in pairs[: facet.count or None]]


def count_buckets(facet: Facet, table: ColumnTable, rows: Array) -> tuple[Column, Array, Array]:
    """Return the column, the buckets that are not empty, ascending, and how many documents each of them holds."""
    path = facet.field.path
    if facet.field.element_type == STRING and (path in table.columns or path in table.children):
        return count_strings(table, path, rows)
    column, positions, owners = collect_values(table, path, rows)
    values = raw_values(column, positions)
    single = owners is positions  # one value per document
    if facet.interval is None:
        return column, *count_owners(values, owners, distinct=single)
    if not (single and facet.field.element_type == DATE and facet.interval not in WITHIN_A_DAY):
        return column, *count_owners(bucket_starts(facet, values), owners, distinct=single)
    # There are far fewer days than documents, and the calendar is slow.
    days, day_counts = count_owners((values + facet.offset) // DAY, owners, distinct=True)
    starts = floor_time(days * DAY, facet.interval) - facet.offset
    buckets, codes = np.unique(starts, return_inverse=True)
    return column, buckets, np.bincount(codes, weights=day_counts).astype(np.int64)


def count_strings(table: ColumnTable, name: str, rows: Array) -> tuple[Column, Array, Array]:
    """Count the strings of a plain field, or of a simple collection."""
    child = table.children.get(name)
    positions = rows if child is None else child.distinct(rows)
    column = table.columns[name] if child is None else child.columns[""]
    assert isinstance(column, StringColumn)
    counts = np.bincount(column.codes[positions] + 1)[1:]  # NO_VALUE is -1
    codes = np.flatnonzero(counts)
    return column, codes, counts[codes]


def raw_values(column: Column, positions: Array) -> Array:
    return np.asarray(column.codes[positions] if isinstance(column, StringColumn) else column.values[positions])


def bucket_starts(facet: Facet, values: Array) -> Array:
    """Return the start of the interval that each value falls into."""
    assert facet.interval
    if facet.field.element_type == DATE:
        return floor_time(values + facet.offset, facet.interval) - facet.offset
    width = float(facet.interval)
    lower = np.floor(values / width) * width
    is_integer = facet.field.element_type != DOUBLE and width.is_integer()
    return np.asarray(lower.astype(np.int64) if is_integer else lower)


def floor_time(values: Array, unit: str) -> Array:
    """Cut milliseconds since 1970 down to the start of their minute, hour, ... or year."""
    if unit == "week":
        # 1970 began on a Thursday; weeks begin on Sundays.
        days = values // DAY
        return np.asarray((days - (days + 4) % 7) * DAY)
    instants = values.astype("datetime64[ms]").astype(f"datetime64[{NUMPY_UNITS[unit]}]")
    if unit == "quarter":
        months = instants.astype(np.int64)
        instants = (months - months % 3).astype("datetime64[M]")
    return np.asarray(instants.astype("datetime64[ms]").astype(np.int64))


def count_owners(keys: Array, owners: Array, *, distinct: bool) -> tuple[Array, Array]:
    """Return the distinct keys, ascending, and how many owners each of them has; equal owners are neighbours."""
    if not len(keys):
        return keys, keys
    low, high = keys.min(), keys.max()
    if keys.dtype.kind == "f" or int(high) - int(low) > 4 * len(keys) + 4096:
        values, codes = np.unique(keys, return_inverse=True)
    else:
        # Whole numbers in a small range: counting them is much faster than sorting.
        values, codes = np.arange(low, high + 1), keys - low
    if not distinct and (owners[1:] == owners[:-1]).any():
        pairs = np.unique(codes.astype(np.int64) + len(values) * owners.astype(np.int64))
        codes = pairs % len(values)
    counts = np.bincount(codes, minlength=len(values))
    return values[counts > 0], counts[counts > 0]


def format_value(column: Column, value: Any) -> Any:
    """Return a column's value as the response spells it."""
    if isinstance(column, StringColumn):
        return column.vocabulary[int(value)]
    if column.field.element_type == DATE:
        return format_date(int(value))
    if column.field.element_type == BOOLEAN:
        return bool(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"
    return value


def bucket(facet: Facet, column: Column, value: Any, count: Any) -> dict[str, Any]:
    bound = format_date(int(value)) if facet.field.element_type == DATE else format_value(column, value.item())
    return {"value": bound, "count": int(count)}


def count_ranges(facet: Facet, column: Column, positions: Array, owners: Array) -> list[dict[str, Any]]:
    """Return a bucket below the first bound, one between each two, and one from the last on."""
    if isinstance(column, PointColumn | StringColumn):
        raise invalid_facet(f"The field '{facet.field.path}' has no ranges.")
    values = column.values[positions]
    range_numbers = np.searchsorted(np.array(facet.values), values, side="right")
    buckets = []
    for number, (low, high) in enumerate(zip((None, *facet.values), (*facet.values, None), strict=True)):
        bounds = {"from": low, "to": high}
        body = {name: format_bound(facet, bound) for name, bound in bounds.items() if bound is not None}
        buckets.append({**body, "count": len(np.unique(owners[range_numbers == number]))})
    return buckets


def format_bound(facet: Facet, bound: Any) -> Any:
    return format_date(bound) if facet.field.element_type == DATE else bound


def count_facets(facets: Iterable[Facet], table: ColumnTable, rows: Array) -> dict[str, list[dict[str, Any]]]:
    """Return every facet by the field's path."""
    return {facet.field.path: count_facet(facet, table, rows) for facet in facets}
