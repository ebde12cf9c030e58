"""
Columns side by side, with one child table per collection.

A child table has a row per element and knows the parent row that owns it, so a
lambda such as `tags/any(t: t eq 'x')` is a comparison over the elements followed
by a jump to their owners, and nested collections work the same way once more.
Paths inside a table are relative to it; the elements of a simple collection are
the child's column with the empty path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from local.search.columns.column import Array, Column, Mask, StringColumn, column_for, grown
from local.search.schema.field import Field


class Table:
    """The columns of one level of a document and, by path, the tables of its collections."""

    def __init__(self, fields: Iterable[Field], prefix: str = "") -> None:
        self.columns: dict[str, Column] = {}
        self.children: dict[str, Elements] = {}
        for field in fields:
            self._add(field, prefix)

    def _add(self, field: Field, prefix: str) -> None:
        path = field.path.removeprefix(prefix)
        if field.is_vector:
            return
        if field.collection:
            if any(one.has_column for one in field.walk()):
                self.children[path] = Elements(field)
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
            column.set(row, dig(document, path))
        for path, child in self.children.items():
            child.replace(row, dig(document, path) or [])

    def clear(self, row: int) -> None:
        """Forget the values at a row."""
        self.set(row, {})

    def compact(self) -> None:
        """Give back what updates and deletes have left behind, where it is the majority."""
        for column in self.columns.values():
            if isinstance(column, StringColumn):
                column.compact()
        for child in self.children.values():
            child.compact()


class Elements(Table):
    """The elements of one collection field, over all documents; `owner` is -1 where one was removed."""

    def __init__(self, field: Field) -> None:
        self.field = field
        simple = not field.is_complex
        super().__init__([] if simple else field.fields, f"{field.path}/")
        if simple:
            self.columns[""] = column_for(field)
        self.size = 0
        self.removed = 0
        self.owner: Array = np.zeros(0, dtype=np.int32)
        self.repeated: Mask = np.zeros(0, dtype=np.bool_)
        self.repeats = False  # whether there ever was one
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
        for place, element in enumerate(elements, start=self.size):
            write(place, element)
        if isinstance(column := self.columns.get(""), StringColumn):
            self._mark_repeated(column.codes[self.size : self.size + len(elements)].tolist())
        self.first[parent], self.count[parent] = self.size, len(elements)
        self.size += len(elements)

    def _mark_repeated(self, codes: list[int]) -> None:
        """Note which of the elements about to be counted have occurred before in the same collection."""
        if len(set(codes)) == len(codes):
            return
        for place, code in enumerate(codes):
            self.repeated[self.size + place] = code in codes[:place]
        self.repeats = True

    def grow_to(self, size: int) -> None:
        if size > len(self.owner):
            self.owner = grown(self.owner, size, -1)
            self.repeated = grown(self.repeated, len(self.owner), False)
            self.grow(len(self.owner))

    def owners(self, mask: Mask, parents: int) -> Mask:
        """Turn a mask over elements into a mask over the first `parents` parent rows."""
        found = np.zeros(parents, dtype=np.bool_)
        chosen = self.owner[: self.size][mask[: self.size]]
        found[chosen[chosen >= 0]] = True
        return found

    def elements(self, parents: Array, tops: Array) -> tuple[Array, Array]:
        """Return the elements of some parents, and for each what `tops` holds for its parent."""
        counts = self.count[parents]
        return self._side_by_side(parents, counts), np.repeat(tops, counts)

    def distinct(self, parents: Array) -> Array:
        """Return the elements of some parents; of equal strings of one parent only the first."""
        places = self._side_by_side(parents, self.count[parents])
        return places[~self.repeated[places]] if self.repeats else places

    def _side_by_side(self, parents: Array, counts: Array) -> Array:
        """The elements of one parent stand side by side: from its first on, as many as it has."""
        ends = np.cumsum(counts)
        places = np.repeat(self.first[parents] - (ends - counts), counts)
        places += np.arange(len(places))
        return np.asarray(places)

    def live(self) -> Mask:
        """Which elements still have an owner."""
        return np.asarray(self.owner[: self.size] >= 0)

    def compact(self) -> None:
        """Move the elements together when most of them have been removed."""
        super().compact()
        if self.removed < 4096 or self.removed * 2 < self.size:
            return
        kept = np.flatnonzero(self.owner[: self.size] >= 0)
        self.reorder(kept)
        self.owner, self.repeated = self.owner[kept], self.repeated[kept]
        self.size, self.removed = len(kept), 0
        starts = np.flatnonzero(np.diff(self.owner, prepend=-2))
        self.first[self.owner[starts]] = starts

    def reorder(self, kept: Array) -> None:
        """Keep only these rows, in this order, in every column."""
        for column in self.columns.values():
            take(column, kept)
        for child in self.children.values():
            child.follow(kept)

    def follow(self, kept: Array) -> None:
        """Renumber the parents after the parent table has kept only these rows."""
        renumbered = np.full(max(len(self.first), 1), -1, dtype=np.int32)
        renumbered[kept] = np.arange(len(kept))
        live = self.owner >= 0
        self.owner[live] = renumbered[self.owner[live]]
        self.first, self.count = self.first[kept], self.count[kept]


def take(column: Column, kept: Array) -> None:
    """Keep only these rows of a column."""
    if isinstance(column, StringColumn):
        column.codes = column.codes[kept]
        return
    column.values, column.present = column.values[kept], column.present[kept]


def dig(document: Mapping[str, Any], path: str) -> Any:
    """Return the value at a slash-separated path; None where any part is missing."""
    value: Any = document.get(path)
    if value is None and "/" in path:
        head, _, rest = path.partition("/")
        inner = document.get(head)
        return dig(inner, rest) if isinstance(inner, Mapping) else None
    return value
