"""
One index at work: writes are acknowledged once stored, and seen by every search that begins later.

A write waits for the store alone, never for a search. What it changed is queued, and applied to the view by the next
search, by the periodic refresh, or by the writer when the queue is long. With a lag, the queue is applied later.
"""

import shutil
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from local.search.errors import ResourceNotFoundError
from local.search.schema.definition import IndexDefinition
from local.search.schema.values import Vector
from local.search.storage.batch import DocumentResult, IndexAction, merge_documents
from local.search.storage.document_store import DocumentChange, DocumentStore
from local.search.storage.projection import DocumentProjection, project_vectors
from local.search.view import SearchView

MAX_QUEUE_LENGTH = 2000


class SearchIndex:
    """Documents in, documents out; safe to use from several threads."""

    def __init__(self, definition: IndexDefinition, folder: Path, *, lag: float = 0.0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.definition = definition
        self.store = DocumentStore(folder / "documents.sqlite", [field.name for field in definition.vectors])
        self._folder = folder
        self._lag = lag
        self._write_lock = RLock()
        self._view_lock = RLock()
        self._view = SearchView(definition, self.store, folder / "words")
        self._free_rows = self._view.free_rows()
        self._row_count = self._view.row_count
        self._queue: deque[tuple[float, DocumentChange]] = deque()
        self._sequence = 0
        self._queued_sequence = 0
        self._applied_sequence = 0
        self._unrecorded_sequence = 0  # applied, but the store has not been told yet
        self._closed = False

    def write(self, actions: Sequence[IndexAction]) -> list[DocumentResult]:
        """Apply actions in order and return the result of each; by then they are durable."""
        with self._write_lock:
            self._check_open()
            batch = WriteBatch(self)
            results = [batch.add(action) for action in actions]
            self.store.write(list(batch.changes.values()))
            due_at = time.monotonic() + self._lag
            self._queue.extend((due_at, change) for change in batch.changes.values())
            self._queued_sequence = self._sequence
        if len(self._queue) > MAX_QUEUE_LENGTH and not self._lag:
            self.refresh()
        return results

    @property
    def last_sequence(self) -> int:
        """The number of the newest change that a search must see."""
        return self._queued_sequence

    def get_document(self, key: str, select: set[str] | None) -> dict[str, Any]:
        """Return a document as the service shows it, as it is stored at this moment; ResourceNotFoundError."""
        self._check_open()
        stored = self.store.find(key)
        if stored is None:
            raise ResourceNotFoundError("Document not found.")
        row, document = stored

        def read_vector(name: str) -> Vector | None:
            return self.store.read_vectors(name, [row]).get(row)

        return {
            **DocumentProjection.of(self.definition.fields, select).apply(document),
            **project_vectors(self.definition.vectors, select, read_vector),
        }

    def count(self) -> int:
        """Return how many documents searches see."""
        with self.search_view() as view:
            return view.count

    def statistics(self) -> dict[str, int]:
        """Return the number of documents, the bytes on disk and the bytes of vectors."""
        with self.search_view() as view:
            vectors = sum(column.vector_bytes() for column in view.vectors.values())
            return {"documentCount": view.count, "storageSize": self.store.size(), "vectorIndexSize": vectors}

    @contextmanager
    def search_view(self, arrival_sequence: int | None = None) -> Iterator[SearchView]:
        """
        Give exclusive use of the view, with every due change in it that was there when the search arrived.

        `arrival_sequence` is what `last_sequence` was at that time, for searches that have been queued since.
        """
        arrival_sequence = self.last_sequence if arrival_sequence is None else arrival_sequence
        with self._view_lock:
            self._check_open()
            # The search before may have applied what this one needs.
            if self._lag or self._applied_sequence < arrival_sequence:
                self._apply_queued()
            yield self._view

    def refresh(self) -> None:
        """Apply the changes that are due, and tell the store what the text index now holds."""
        if not self._queue and not self._unrecorded_sequence:
            return
        with self._view_lock:
            if self._closed:
                return
            self._apply_queued()
            with self._write_lock:
                if self._unrecorded_sequence:
                    self.store.mark_indexed(self._unrecorded_sequence)
                self._unrecorded_sequence = 0

    def set_lag(self, seconds: float) -> None:
        """Change how long writes stay invisible; those that are waiting become visible now."""
        with self._view_lock:
            self._check_open()
            self._lag = seconds
            self._apply_queued(not_yet_due=True)

    def update_definition(self, definition: IndexDefinition) -> None:
        """Take over a changed definition; new fields are empty in old documents."""
        with self._view_lock, self._write_lock:
            self._check_open()
            self._apply_queued(not_yet_due=True)
            old = self.definition
            self.definition = self._view.definition = definition
            if (old.fields, old.suggester) != (definition.fields, definition.suggester):
                self._view.close()
                self.store.add_vector_fields(field.name for field in definition.vectors)
                self._view = SearchView(definition, self.store, self._folder / "words")

    def close(self) -> None:
        """Stop using the folder."""
        with self._view_lock, self._write_lock:
            if not self._closed:
                self._closed = True
                self._view.close()
                self.store.close()

    def destroy(self) -> None:
        """Close the index and remove its folder."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def allocate_row(self) -> int:
        """Return a row that no live or still visible document uses."""
        if self._free_rows:
            return self._free_rows.pop()
        self._row_count += 1
        return self._row_count - 1

    def next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def _apply_queued(self, *, not_yet_due: bool = False) -> None:
        """Apply the queued changes that are due, or all of them."""
        now = time.monotonic()
        freed = []
        applied = False
        while self._queue and (not_yet_due or self._queue[0][0] <= now):
            _, change = self._queue.popleft()
            self._view.apply(change)
            applied = True
            if change.document is None:
                freed.append(change.row)
        if applied:
            self._applied_sequence = self._unrecorded_sequence = self._view.commit()
            # Only now may a row be given to another document: no search can meet its former one any more.
            self._free_rows.extend(freed)

    def _check_open(self) -> None:
        if self._closed:
            raise ResourceNotFoundError(f"The index '{self.definition.name}' was not found.")


class WriteBatch:
    """The changes of one request, each key with its latest state."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self.changes: dict[str, DocumentChange] = {}

    def add(self, action: IndexAction) -> DocumentResult:
        """Apply one action on top of what the batch and the store hold."""
        row, old = self._current(action.key)
        if action.kind == "delete":
            if row is not None:
                self._put(row, action.key, None, {})
            return DocumentResult(action.key, 200)
        if old is None and action.kind == "merge":
            return DocumentResult(action.key, 404, "Document not found.")
        self._write(action, row, old)
        return DocumentResult(action.key, 201 if old is None else 200)

    def _write(self, action: IndexAction, row: int | None, old: dict[str, Any] | None) -> None:
        definition = self._index.definition
        new_row = self._index.allocate_row() if row is None else row
        if old is None or action.kind == "upload":
            vectors = {field.name: action.vectors.get(field.name) for field in definition.vectors}
            self._put(new_row, action.key, dict(action.values), vectors)
        else:
            document = merge_documents(old, action.values, definition.fields)
            self._put(new_row, action.key, document, dict(action.vectors))

    def _current(self, key: str) -> tuple[int | None, dict[str, Any] | None]:
        """Return the row of a key and its document, which is None once deleted."""
        if change := self.changes.get(key):
            return change.row, None if change.document is None else dict(change.document)
        return self._index.store.find(key) or (None, None)

    def _put(self, row: int, key: str, document: dict[str, Any] | None, vectors: dict[str, Any]) -> None:
        earlier = self.changes.pop(key, None)
        if earlier and document is not None:
            vectors = {**earlier.vectors, **vectors}
        self.changes[key] = DocumentChange(self._index.next_sequence(), row, key, document, vectors)
