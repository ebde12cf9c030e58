"""$orderby: fields, distances and the score, with nulls first when ascending and last when descending."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from odata_query import ast

from local.search.column_store.columns import Array, PointColumn
from local.search.column_store.tables import ColumnTable
from local.search.column_store.vector_column import Scores
from local.search.errors import BadRequestError
from local.search.filters.comparison import distances
from local.search.filters.parser import parse_expression
from local.search.schema.definition import IndexDefinition

MAX_CLAUSES = 32


@dataclass(frozen=True)
class SortClause:
    """What to sort by: a path, the distance of a path from a point, or `search.score()` (both None)."""

    path: str | None
    point: str | None
    descending: bool


def parse_orderby(text: str, definition: IndexDefinition) -> tuple[SortClause, ...]:
    """Return the clauses; BadRequestError names a field that cannot be sorted."""
    clauses = split_clauses(text)
    if len(clauses) > MAX_CLAUSES:
        raise invalid(f"There can be at most {MAX_CLAUSES} clauses.")
    return tuple(parse_clause(clause, definition) for clause in clauses)


def split_clauses(text: str) -> list[str]:
    """Cut at the commas outside parentheses and quotes."""
    clauses, depth, quoted = [""], 0, False
    for char in text:
        quoted ^= char == "'"
        depth += (not quoted) * ((char == "(") - (char == ")"))
        if char == "," and not depth and not quoted:
            clauses.append("")
        else:
            clauses[-1] += char
    return [clause.strip() for clause in clauses]


def parse_clause(text: str, definition: IndexDefinition) -> SortClause:
    expression, direction = text, "asc"
    head, _, last = text.rpartition(" ")
    if head and last in ("asc", "desc"):
        expression, direction = head.strip(), last
    node = parse_expression(expression, "$orderby")
    if isinstance(node, ast.Call):
        return function_clause(node, definition, direction == "desc")
    return SortClause(sortable_path(node, definition), None, direction == "desc")


def function_clause(call: Any, definition: IndexDefinition, descending: bool) -> SortClause:
    name = call.func.full_name()
    if name == "search.score" and not call.args:
        return SortClause(None, None, descending)
    if name == "geo.distance" and len(call.args) == 2:
        for field, point in (call.args, call.args[::-1]):
            if isinstance(point, ast.Geography):
                return SortClause(sortable_path(field, definition), point.val, descending)
    raise invalid(f"Function '{name}' is not supported.")


def sortable_path(node: Any, definition: IndexDefinition) -> str:
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


def invalid(message: str) -> BadRequestError:
    return BadRequestError.for_parameter(f"Invalid expression: {message}", "$orderby")


def sort_positions(clauses: Sequence[SortClause], table: ColumnTable, rows: Array, scores: Scores) -> Array:
    """Return positions into `rows` in the order of the clauses; ties by score, then by row."""
    keys: list[Array] = [rows, -scores]
    for clause in reversed(clauses):
        keys += sort_keys(clause, table, rows, scores)
    return np.lexsort(keys)


def sort_keys(clause: SortClause, table: ColumnTable, rows: Array, scores: Scores) -> list[Array]:
    """Return the keys of one clause, least significant first; sorting them ascending gives the clause's order."""
    sign = -1 if clause.descending else 1
    if clause.path is None:
        return [sign * scores]
    column = table.columns[clause.path]
    size = int(rows.max(initial=-1)) + 1
    present = column.present[:size][rows]
    if clause.point is not None:
        values = distances(column, clause.point, size, "$orderby")[rows]
    elif isinstance(column, PointColumn):
        raise invalid(f"'{clause.path}' can only be sorted by geo.distance.")
    else:
        values = column.sort_keys()[:size][rows]
    if values.dtype == np.int64:
        # The negative of the smallest 64-bit number is itself; the complement reverses the order safely.
        return [np.where(present, ~values if clause.descending else values, 0), sign * present.astype(np.int8)]
    return [np.where(present, sign * values, 0), sign * present.astype(np.int8)]
