"""
One index at work: writes are acknowledged once stored, and seen by every search that begins later.

A write waits for the store alone, never for a search. What it changed is queued and
applied to the view by the next search, by the clock, or by the writer when the queue
is long. With a lag, the queue is simply applied later.
"""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from local.search.errors import NotFound
from local.search.schema.definition import Definition
from local.search.schema.values import Vector
from local.search.storage.documents import Action, Outcome, Shape, merged, shown_vectors
from local.search.storage.store import Change, Store
from local.search.view import View

LONGEST_QUEUE = 2000


class SearchIndex:
    """Documents in, documents out; safe to use from several threads."""

    def __init__(self, definition: Definition, folder: Path, *, lag: float = 0.0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.definition = definition
        self.store = Store(folder / "documents.sqlite", [one.name for one in definition.vectors])
        self._folder = folder
        self._lag = lag
        self._writing = RLock()
        self._viewing = RLock()
        self._view = View(definition, self.store, folder / "words")
        self._free = self._view.free_rows()
        self._rows = self._view.rows
        self._queue: deque[tuple[float, Change]] = deque()
        self._sequence = 0
        self._queued = 0
        self._applied = 0
        self._unsettled = 0
        self._closed = False

    def write(self, actions: Sequence[Action]) -> list[Outcome]:
        """Apply actions in order and return what became of each; on return they are durable."""
        with self._writing:
            self._check_open()
            batch = Batch(self)
            outcomes = [batch.add(action) for action in actions]
            self.store.write(list(batch.changes.values()))
            due = time.monotonic() + self._lag
            self._queue.extend((due, change) for change in batch.changes.values())
            self._queued = self._sequence
        if len(self._queue) > LONGEST_QUEUE and not self._lag:
            self.refresh()
        return outcomes

    @property
    def written(self) -> int:
        """The number of the newest change that a search must see."""
        return self._queued

    def lookup(self, key: str, select: set[str] | None) -> dict[str, Any]:
        """Return a document as the service shows it, as stored this moment; NotFound."""
        self._check_open()
        found = self.store.find(key)
        if found is None:
            raise NotFound("Document not found.")
        row, document = found

        def read(name: str) -> Vector | None:
            return self.store.read_vectors(name, [row]).get(row)

        return {
            **Shape.of(self.definition.fields, select).show(document),
            **shown_vectors(self.definition.vectors, select, read),
        }

    def count(self) -> int:
        """How many documents searches see."""
        with self.searching() as view:
            return view.count

    def statistics(self) -> dict[str, int]:
        """Documents, bytes on disk, and bytes of vectors."""
        with self.searching() as view:
            vectors = sum(4 * one.dimensions * one.count() for one in view.vectors.values())
            return {"documentCount": view.count, "storageSize": self.store.size(), "vectorIndexSize": vectors}

    @contextmanager
    def searching(self, arrived: int | None = None) -> Iterator[View]:
        """
        Give exclusive use of the view, with every due change in it that was there on arrival.

        `arrived` is what `written` was then, for those who have been standing in line since.
        """
        arrived = self.written if arrived is None else arrived
        with self._viewing:
            self._check_open()
            # Whoever held the view meanwhile may have caught up for everybody who was waiting.
            if self._lag or self._applied < arrived:
                self._catch_up()
            yield self._view

    def refresh(self) -> None:
        """Apply what is due, and tell the store what the words now hold."""
        if not self._queue and not self._unsettled:
            return
        with self._viewing:
            if self._closed:
                return
            self._catch_up()
            with self._writing:
                if self._unsettled:
                    self.store.settle(self._unsettled)
                self._unsettled = 0

    def redefine(self, definition: Definition) -> None:
        """Take over a changed definition; new fields are empty in old documents."""
        with self._viewing, self._writing:
            self._check_open()
            self._catch_up(everything=True)
            before = self.definition
            self.definition = self._view.definition = definition
            if (before.fields, before.suggester) != (definition.fields, definition.suggester):
                self._view.close()
                self.store.add_vector_fields(one.name for one in definition.vectors)
                self._view = View(definition, self.store, self._folder / "words")

    def close(self) -> None:
        """Stop using the folder."""
        with self._viewing, self._writing:
            if not self._closed:
                self._closed = True
                self._view.close()
                self.store.close()

    def destroy(self) -> None:
        """Close and remove the folder."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def new_row(self) -> int:
        """Return a row no live or still visible document uses."""
        if self._free:
            return self._free.pop()
        self._rows += 1
        return self._rows - 1

    def next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def _catch_up(self, *, everything: bool = False) -> None:
        """Apply the queued changes whose time has come."""
        now = time.monotonic()
        freed = []
        applied = False
        while self._queue and (everything or self._queue[0][0] <= now):
            _, change = self._queue.popleft()
            self._view.apply(change)
            applied = True
            if change.document is None:
                freed.append(change.row)
        if applied:
            self._applied = self._unsettled = self._view.commit()
            # A row may be given away again only now, when no search can meet its former document.
            self._free.extend(freed)

    def _check_open(self) -> None:
        if self._closed:
            raise NotFound(f"The index '{self.definition.name}' was not found.")


class Batch:
    """The changes of one request, each key with its latest state."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self.changes: dict[str, Change] = {}

    def add(self, action: Action) -> Outcome:
        """Apply one action on top of what the batch and the store hold."""
        row, old = self._current(action.key)
        if action.kind == "delete":
            if row is not None:
                self._put(row, action.key, None, {})
            return Outcome(action.key, 200)
        if old is None and action.kind == "merge":
            return Outcome(action.key, 404, "Document not found.")
        self._write(action, row, old)
        return Outcome(action.key, 201 if old is None else 200)

    def _write(self, action: Action, row: int | None, old: dict[str, Any] | None) -> None:
        definition = self._index.definition
        new_row = self._index.new_row() if row is None else row
        if old is None or action.kind == "upload":
            vectors = {one.name: action.vectors.get(one.name) for one in definition.vectors}
            self._put(new_row, action.key, dict(action.values), vectors)
        else:
            document = merged(old, action.values, definition.fields)
            self._put(new_row, action.key, document, dict(action.vectors))

    def _current(self, key: str) -> tuple[int | None, dict[str, Any] | None]:
        """Return the row a key has and its document, which is None once deleted."""
        if change := self.changes.get(key):
            return change.row, None if change.document is None else dict(change.document)
        return self._index.store.find(key) or (None, None)

    def _put(self, row: int, key: str, document: dict[str, Any] | None, vectors: dict[str, Any]) -> None:
        earlier = self.changes.pop(key, None)
        if earlier and document is not None:
            vectors = {**earlier.vectors, **vectors}
        self.changes[key] = Change(self._index.next_sequence(), row, key, document, vectors)
