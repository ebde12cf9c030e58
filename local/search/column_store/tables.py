"""
Columns side by side, with one child table per collection.

A child table has a row per element and knows the parent row that owns it. A lambda such as `tags/any(t: t eq 'x')` is
therefore a comparison over the elements, followed by a jump to their owners, and nested collections work the same way
once more. Paths inside a table are relative to it; the elements of a simple collection are the child's column with
the empty path.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from local.search.column_store.columns import Array, Column, Mask, StringColumn, column_for, grown
from local.search.schema.field import IndexField


class ColumnTable:
    """The columns of one level of a document and, by path, the tables of its collections."""

    def __init__(self, fields: Iterable[IndexField], prefix: str = "") -> None:
        self.columns: dict[str, Column] = {}
        self.children: dict[str, CollectionTable] = {}
        for field in fields:
            self._add(field, prefix)

    def _add(self, field: IndexField, prefix: str) -> None:
        path = field.path.removeprefix(prefix)
        if field.is_vector:
            return
        if field.is_collection:
            if any(descendant.has_column for descendant in field.walk()):
                self.children[path] = CollectionTable(field)
        elif field.is_complex:
            for child in field.fields:
                self._add(child, prefix)
        elif field.has_column:
            self.columns[path] = column_for(field)

    def grow(self, size: int) -> None:
        """Make room for `size` rows."""
        for column in self.columns.values():
            column.grow(size)
        for child in self.children.values():
            child.grow_parents(size)

    def set(self, row: int, document: Mapping[str, Any]) -> None:
        """Write a document's values at a row, replacing what was there."""
        for path, column in self.columns.items():
            column.set(row, value_at_path(document, path))
        for path, child in self.children.items():
            child.replace(row, value_at_path(document, path) or [])

    def clear(self, row: int) -> None:
        """Forget the values at a row."""
        self.set(row, {})

    def compact(self) -> None:
        """Release what updates and deletes have left behind, where it is the majority."""
        for column in self.columns.values():
            if isinstance(column, StringColumn):
                column.compact()
        for child in self.children.values():
            child.compact()


class CollectionTable(ColumnTable):
    """The elements of one collection field, over all documents; `owner` is -1 where one was removed."""

    def __init__(self, field: IndexField) -> None:
        self.field = field
        simple = not field.is_complex
        super().__init__([] if simple else field.fields, f"{field.path}/")
        if simple:
            self.columns[""] = column_for(field)
        self.size = 0
        self.removed = 0
        self.owner: Array = np.zeros(0, dtype=np.int32)
        self.is_repeat: Mask = np.zeros(0, dtype=np.bool_)
        self.has_repeats = False  # whether there has ever been one
        self.first: Array = np.zeros(0, dtype=np.int32)
        self.count: Array = np.zeros(0, dtype=np.int32)

    def grow_parents(self, size: int) -> None:
        self.first = grown(self.first, size, 0)
        self.count = grown(self.count, size, 0)

    def replace(self, parent: int, elements: list[Any]) -> None:
        """Make these the elements of a parent row."""
        first, count = int(self.first[parent]), int(self.count[parent])
        self.owner[first : first + count] = -1
        self.removed += count
        self.grow_to(self.size + len(elements))
        self.owner[self.size : self.size + len(elements)] = parent
        write = self.set if self.field.is_complex else self.columns[""].set
        for position, element in enumerate(elements, start=self.size):
            write(position, element)
        if isinstance(column := self.columns.get(""), StringColumn):
            self._mark_repeats(column.codes[self.size : self.size + len(elements)].tolist())
        self.first[parent], self.count[parent] = self.size, len(elements)
        self.size += len(elements)

    def _mark_repeats(self, codes: list[int]) -> None:
        """Note which of the elements just written have occurred before in the same collection."""
        if len(set(codes)) == len(codes):
            return
        for position, code in enumerate(codes):
            self.is_repeat[self.size + position] = code in codes[:position]
        self.has_repeats = True

    def grow_to(self, size: int) -> None:
        if size > len(self.owner):
            self.owner = grown(self.owner, size, -1)
            self.is_repeat = grown(self.is_repeat, len(self.owner), False)
            self.grow(len(self.owner))

    def owners(self, mask: Mask, parents: int) -> Mask:
        """Turn a mask over elements into a mask over the first `parents` parent rows."""
        parent_mask = np.zeros(parents, dtype=np.bool_)
        owners = self.owner[: self.size][mask[: self.size]]
        parent_mask[owners[owners >= 0]] = True
        return parent_mask

    def elements(self, parents: Array, labels: Array) -> tuple[Array, Array]:
        """Return the elements of some parents, and for each of them its parent's label."""
        counts = self.count[parents]
        return self._element_positions(parents, counts), np.repeat(labels, counts)

    def distinct(self, parents: Array) -> Array:
        """Return the elements of some parents; of equal strings of one parent only the first."""
        positions = self._element_positions(parents, self.count[parents])
        return positions[~self.is_repeat[positions]] if self.has_repeats else positions

    def _element_positions(self, parents: Array, counts: Array) -> Array:
        """Return where the elements of some parents are: side by side, from the first of each parent on."""
        ends = np.cumsum(counts)
        positions = np.repeat(self.first[parents] - (ends - counts), counts)
        positions += np.arange(len(positions))
        return np.asarray(positions)

    def live(self) -> Mask:
        """Return which elements still have an owner."""
        return np.asarray(self.owner[: self.size] >= 0)

    def compact(self) -> None:
        """Move the elements together when most of them have been removed."""
        super().compact()
        if self.removed < 4096 or self.removed * 2 < self.size:
            return
        kept_rows = np.flatnonzero(self.owner[: self.size] >= 0)
        self._keep_rows(kept_rows)
        self.owner, self.is_repeat = self.owner[kept_rows], self.is_repeat[kept_rows]
        self.size, self.removed = len(kept_rows), 0
        starts = np.flatnonzero(np.diff(self.owner, prepend=-2))
        self.first[self.owner[starts]] = starts

    def _keep_rows(self, kept_rows: Array) -> None:
        """Keep only these rows, in this order, in every column and child."""
        for column in self.columns.values():
            keep_column_rows(column, kept_rows)
        for child in self.children.values():
            child.renumber_parents(kept_rows)

    def renumber_parents(self, kept_rows: Array) -> None:
        """Renumber the parents after the parent table has kept only these rows."""
        renumbered = np.full(max(len(self.first), 1), -1, dtype=np.int32)
        renumbered[kept_rows] = np.arange(len(kept_rows))
        live = self.owner >= 0
        self.owner[live] = renumbered[self.owner[live]]
        self.first, self.count = self.first[kept_rows], self.count[kept_rows]


def keep_column_rows(column: Column, kept_rows: Array) -> None:
    """Keep only these rows of a column."""
    if isinstance(column, StringColumn):
        column.codes = column.codes[kept_rows]
        return
    column.values, column.present = column.values[kept_rows], column.present[kept_rows]


def value_at_path(document: Mapping[str, Any], path: str) -> Any:
    """Return the value at a slash-separated path; None where any part is missing."""
    value: Any = document.get(path)
    if value is None and "/" in path:
        head, _, rest = path.partition("/")
        inner = document.get(head)
        return value_at_path(inner, rest) if isinstance(inner, Mapping) else None
    return value


def collect_values(table: ColumnTable, path: str, rows: Array) -> tuple[Column, Array, Array]:
    """
    Return the column of a path, the positions in it that belong to these rows and hold a value, and their rows.

    Positions and rows are the same array where there is one value per row.
    """
    positions = owners = rows
    while path not in table.columns:
        name = next(name for name in table.children if path == name or path.startswith(f"{name}/"))
        child = table.children[name]
        positions, owners = child.elements(positions, owners)
        table, path = child, path[len(name) :].removeprefix("/")
    column = table.columns[path]
    has_value = column.has_value(positions)
    if has_value.all():
        return column, positions, owners
    filled = positions[has_value]
    return column, filled, filled if owners is positions else owners[has_value]
