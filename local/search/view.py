"""
What searches see of one index: columns, vectors and the text index, all addressed by row.

Everything here is derived from the document store and lives in memory, except the text index. tantivy keeps that on
disk, and after a kill it is brought up to date again.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from local.search.column_store.columns import Mask, grown
from local.search.column_store.compressed_vectors import CompressedVectors
from local.search.column_store.tables import ColumnTable
from local.search.column_store.vector_column import VectorColumn
from local.search.schema.definition import IndexDefinition
from local.search.schema.values import Vector
from local.search.schema.vector_search import VectorProfile
from local.search.storage.document_store import DocumentChange, DocumentStore
from local.search.storage.projection import DocumentProjection
from local.search.text.row_bitmaps import RowBitmaps
from local.search.text.text_index import TextIndex

EVERY_SEQUENCE = 2**62
MAX_PROJECTIONS = 100


def vector_column(dimensions: int, profile: VectorProfile) -> VectorColumn:
    """The column for the vectors of a field."""
    if profile.compression is None:
        return VectorColumn(dimensions, profile.metric)
    return CompressedVectors(dimensions, profile.metric, profile.compression)


class SearchView:
    """Apply changes, commit and search one at a time; the caller holds the lock."""

    def __init__(self, definition: IndexDefinition, store: DocumentStore, folder: Path) -> None:
        self.definition = definition
        self.store = store
        self.table = ColumnTable(definition.fields)
        self.vectors = {
            field.name: vector_column(field.dimensions, definition.vector_profile(field))
            for field in definition.vectors
        }
        self.text_index = TextIndex(folder, definition)
        self.bitmaps = RowBitmaps(self.text_index)
        self.row_count = 0
        self.count = 0
        self.live: Mask = np.zeros(0, dtype=np.bool_)
        self._sequence = 0
        self._projected = definition.fields
        self._projections: dict[frozenset[str] | None, DocumentProjection] = {}
        self._load()

    def _load(self) -> None:
        """Fill the columns from the store, and index again what the text index may lack."""
        if self.text_index.is_new:
            self.store.mark_all_unindexed()
        stale_rows = set(self.store.unindexed_rows())
        self._grow(self.store.highest_row() + 1)
        for row, document in self.store.scan():
            self._set_document(row, document)
            if row in stale_rows:
                stale_rows.discard(row)
                self.text_index.put(row, document)
        for name, column in self.vectors.items():
            column.load(self.store.scan_vectors(name))
        for row in stale_rows:
            self.text_index.put(row, None)
        self.text_index.commit()
        self.store.mark_indexed(EVERY_SEQUENCE)

    def projection(self, select: set[str] | None) -> DocumentProjection:
        """What a selection shows of documents; kept, as the searches of a program mostly select the same."""
        if self._projected is not self.definition.fields or len(self._projections) >= MAX_PROJECTIONS:
            self._projected, self._projections = self.definition.fields, {}
        key = None if select is None else frozenset(select)
        if key not in self._projections:
            self._projections[key] = DocumentProjection.of(self._projected, select)
        return self._projections[key]

    def free_rows(self) -> list[int]:
        """Return the rows below the highest that hold no document, highest first."""
        return [int(row) for row in np.flatnonzero(~self.live[: self.row_count])[::-1]]

    def apply(self, change: DocumentChange) -> None:
        """Take over one change; its text becomes searchable with the next commit."""
        if change.document is None:
            self._remove(change.row)
        else:
            self._set_document(change.row, change.document)
            self._set_vectors(change.row, change.vectors)
        self.text_index.put(change.row, change.document)
        self._sequence = max(self._sequence, change.sequence)

    def commit(self) -> int:
        """Make all applied changes searchable and return the sequence number of the last."""
        self.text_index.commit()
        self.bitmaps.clear()
        self.table.compact()
        return self._sequence

    def _set_document(self, row: int, document: Mapping[str, Any]) -> None:
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
        for column in self.vectors.values():
            column.set(row, None)

    def _grow(self, size: int) -> None:
        if size <= self.row_count:
            return
        self.row_count = size
        self.live = grown(self.live, size, False)
        self.table.grow(size)
        for column in self.vectors.values():
            column.grow(size)

    def close(self) -> None:
        self.text_index.close()
