"""
What searches see of one index: columns, vectors and words, all addressed by row.

Everything here is derived from the store and lives in memory, except the words,
which tantivy keeps on disk and which are caught up after a kill.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from local.search.columns.column import Mask, grown
from local.search.columns.table import Table
from local.search.columns.vectors import Vectors
from local.search.schema.definition import Definition
from local.search.schema.values import Vector
from local.search.storage.store import Change, Store
from local.search.text.rowsets import RowSets
from local.search.text.words import Words


class View:
    """Apply changes, commit and search one at a time; the caller holds the lock."""

    def __init__(self, definition: Definition, store: Store, folder: Path) -> None:
        self.definition = definition
        self.store = store
        self.table = Table(definition.fields)
        self.vectors = {one.name: Vectors(one.dimensions, definition.metric(one)) for one in definition.vectors}
        self.words = Words(folder, definition)
        self.rowsets = RowSets(self.words)
        self.rows = 0
        self.count = 0
        self.live: Mask = np.zeros(0, dtype=np.bool_)
        self._sequence = 0
        self._load()

    def _load(self) -> None:
        """Fill the columns from the store and index again what the words may lack."""
        if self.words.rebuilt:
            self.store.unsettle_all()
        behind = set(self.store.unsettled())
        self._grow(self.store.highest_row() + 1)
        for row, document in self.store.scan():
            self._place(row, document)
            if row in behind:
                behind.discard(row)
                self.words.put(row, document)
        for name, vectors in self.vectors.items():
            vectors.load(self.store.scan_vectors(name))
        for row in behind:
            self.words.put(row, None)
        self.words.commit()
        self.store.settle(2**62)

    def free_rows(self) -> list[int]:
        """Rows below the highest that hold no document, highest first."""
        return [int(row) for row in np.flatnonzero(~self.live[: self.rows])[::-1]]

    def apply(self, change: Change) -> None:
        """Take over one change; words become searchable with the next commit."""
        if change.document is None:
            self._remove(change.row)
        else:
            self._place(change.row, change.document)
            self._set_vectors(change.row, change.vectors)
        self.words.put(change.row, change.document)
        self._sequence = max(self._sequence, change.sequence)

    def commit(self) -> int:
        """Make all applied changes searchable and return the sequence of the last."""
        self.words.commit()
        self.rowsets.clear()
        self.table.compact()
        return self._sequence

    def _place(self, row: int, document: Mapping[str, Any]) -> None:
        self._grow(row + 1)
        self.table.set(row, document)
        self.count += not self.live[row]
        self.live[row] = True

    def _set_vectors(self, row: int, changed: Mapping[str, Vector | None]) -> None:
        for name, vector in changed.items():
            if name in self.vectors:
                self.vectors[name].set(row, vector)

    def _remove(self, row: int) -> None:
        self._grow(row + 1)
        self.count -= bool(self.live[row])
        self.live[row] = False
        self.table.clear(row)
        for vectors in self.vectors.values():
            vectors.set(row, None)

    def _grow(self, size: int) -> None:
        if size <= self.rows:
            return
        self.rows = size
        self.live = grown(self.live, size, False)
        self.table.grow(size)
        for vectors in self.vectors.values():
            vectors.grow(size)

    def close(self) -> None:
        self.words.close()
