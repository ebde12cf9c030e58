"""$orderby: fields, distances and the score, with nulls first going up and last going down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from odata_query import ast

from local.search.columns.column import Array, PointColumn
from local.search.columns.table import Table
from local.search.columns.vectors import Scores
from local.search.errors import BadRequest
from local.search.filters.comparison import distances
from local.search.filters.grammar import parse
from local.search.schema.definition import Definition

MOST_CLAUSES = 32


@dataclass(frozen=True)
class Clause:
    """What to sort by: a path, `search.score()` (both None), or the distance of a path from a place."""

    path: str | None
    place: str | None
    descending: bool


def parse_orderby(text: str, definition: Definition) -> tuple[Clause, ...]:
    """Return the clauses; BadRequest names a field that cannot be sorted."""
    parts = split_clauses(text)
    if len(parts) > MOST_CLAUSES:
        raise invalid(f"There can be at most {MOST_CLAUSES} clauses.")
    return tuple(parse_clause(part, definition) for part in parts)


def split_clauses(text: str) -> list[str]:
    """Cut at the commas that are outside parentheses and quotes."""
    parts, depth, quoted = [""], 0, False
    for char in text:
        quoted ^= char == "'"
        depth += (not quoted) * ((char == "(") - (char == ")"))
        if char == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


def parse_clause(text: str, definition: Definition) -> Clause:
    expression, direction = text, "asc"
    head, _, last = text.rpartition(" ")
    if head and last in ("asc", "desc"):
        expression, direction = head.strip(), last
    node = parse(expression, "$orderby")
    if isinstance(node, ast.Call):
        return function_clause(node, definition, direction == "desc")
    path = sortable_path(node, definition)
    return Clause(path, None, direction == "desc")


def function_clause(call: Any, definition: Definition, descending: bool) -> Clause:
    name = call.func.full_name()
    if name == "search.score" and not call.args:
        return Clause(None, None, descending)
    if name == "geo.distance" and len(call.args) == 2:
        for field, place in (call.args, call.args[::-1]):
            if isinstance(place, ast.Geography):
                return Clause(sortable_path(field, definition), place.val, descending)
    raise invalid(f"Function '{name}' is not supported.")


def sortable_path(node: Any, definition: Definition) -> str:
    """Return the path a node names, if it can be sorted."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(str(node.attr))
        node = node.owner
    if not isinstance(node, ast.Identifier) or node.namespace:
        raise invalid("A field name, geo.distance or search.score() was expected.")
    path = "/".join([*parts, node.name][::-1])
    field = definition.by_path.get(path)
    if field is None:
        raise invalid(f"Could not find a property named '{path}' on type 'search.document'.")
    if not field.sortable:
        raise invalid(f"'{path}' is not a sortable field. Only sortable fields can be used in $orderby.")
    return path


def invalid(message: str) -> BadRequest:
    return BadRequest.parameter(f"Invalid expression: {message}", "$orderby")


def order(clauses: Sequence[Clause], table: Table, rows: Array, scores: Scores) -> Array:
    """Return positions into `rows` in the order asked for; ties by score, then by row."""
    keys: list[Array] = [rows, -scores]
    for clause in reversed(clauses):
        keys += sort_keys(clause, table, rows, scores)
    return np.lexsort(keys)


def sort_keys(clause: Clause, table: Table, rows: Array, scores: Scores) -> list[Array]:
    """Return the keys of one clause, least significant first, ascending after the sign."""
    sign = -1 if clause.descending else 1
    if clause.path is None:
        return [sign * scores]
    column = table.columns[clause.path]
    size = int(rows.max(initial=-1)) + 1
    present = column.present[:size][rows]
    if clause.place is not None:
        values = distances(column, clause.place, size, "$orderby")[rows]
    elif isinstance(column, PointColumn):
        raise invalid(f"'{clause.path}' can only be sorted by geo.distance.")
    else:
        values = column.sort_keys()[:size][rows]
    if values.dtype == np.int64:
        # The negative of the smallest 64-bit number is itself; the complement reverses the order safely.
        return [np.where(present, ~values if clause.descending else values, 0), sign * present.astype(np.int8)]
    return [np.where(present, sign * values, 0), sign * present.astype(np.int8)]
