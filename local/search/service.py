"""
The service: every index in one folder, which one process owns at a time.

`service.sqlite` holds the definitions, opened exclusively: that is the lock, and it is
released however the process ends.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from threading import Event, RLock, Thread

from local.search.errors import AlreadyExists, NotFound, PreconditionFailed
from local.search.index import SearchIndex
from local.search.schema.definition import Definition, parse_definition
from local.search.schema.rules import check_update

TICK_SECONDS = 0.25
TABLE = """
CREATE TABLE IF NOT EXISTS indexes (name TEXT PRIMARY KEY, folder TEXT, etag TEXT, definition TEXT)
"""


class FolderInUse(Exception):
    """Another process serves this folder."""


@dataclass(frozen=True)
class Conditions:
    """If-Match and If-None-Match of a request."""

    match: str | None = None
    none_match: str | None = None

    def check(self, etag: str | None) -> None:
        """Raise PreconditionFailed unless they hold for the current etag (None: no such index)."""
        if self.match is not None and (etag is None or self.match not in ("*", etag)):
            raise PreconditionFailed
        if self.none_match is not None and etag is not None and self.none_match in ("*", etag):
            raise PreconditionFailed


@dataclass(frozen=True)
class Entry:
    """An index that exists, with the etag of its definition."""

    index: SearchIndex
    etag: str

    def body(self) -> dict[str, object]:
        """The definition as the service gives it back."""
        return {"@odata.etag": self.etag, **self.index.definition.raw}


class Service:
    """Create, change, find and delete indexes."""

    def __init__(self, folder: Path, *, lag: float = 0.0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lag = lag
        self._lock = RLock()
        self._database = own(folder)
        self._entries = {name: self._load(*rest) for name, *rest in self._saved()}
        self._remove_leftovers()
        self._stopping = Event()
        self._clock = Thread(target=self._tick, name="refresh", daemon=True)
        self._clock.start()

    def names(self) -> list[str]:
        with self._lock:
            return sorted(self._entries)

    def entries(self) -> list[Entry]:
        with self._lock:
            return [self._entries[name] for name in sorted(self._entries)]

    def entry(self, name: str) -> Entry:
        """Return an index for administration; NotFound in the words used there."""
        return self._find(name, f"No index with the name '{name}' was found in the service 'local'.")

    def index(self, name: str) -> SearchIndex:
        """Return an index for its documents; NotFound in the words used there."""
        return self._find(name, f"The index '{name}' for service 'local' was not found.").index

    def _find(self, name: str, missing: str) -> Entry:
        # Without the lock: who changes an index holds it for as long as that takes, and nobody else need wait.
        entry = self._entries.get(name)
        if entry is None:
            raise NotFound(missing)
        return entry

    def create(self, raw: object) -> Entry:
        """Create an index; AlreadyExists if there is one of that name."""
        definition = parse_definition(raw)
        with self._lock:
            if definition.name in self._entries:
                raise AlreadyExists(
                    f"Cannot create index '{definition.name}' because it already exists.",
                    detail_code="CannotCreateExistingIndex",
                )
            return self._add(definition)

    def put(self, name: str, raw: object, conditions: Conditions, *, downtime: bool) -> tuple[Entry, bool]:
        """Create or update an index; the flag says that it was created."""
        definition = parse_definition({**raw, "name": name} if isinstance(raw, dict) else raw)
        with self._lock:
            entry = self._entries.get(name)
            conditions.check(entry.etag if entry else None)
            if entry is None:
                return self._add(definition), True
            check_update(entry.index.definition, definition, downtime=downtime)
            entry.index.redefine(definition)
            changed = Entry(entry.index, new_etag())
            self._database.execute(
                "UPDATE indexes SET etag = ?, definition = ? WHERE name = ?",
                (changed.etag, json.dumps(definition.raw), name),
            )
            self._database.commit()
            self._entries[name] = changed
            return changed, False

    def delete(self, name: str, conditions: Conditions) -> None:
        """Delete an index and its documents."""
        with self._lock:
            entry = self._entries.get(name)
            conditions.check(entry.etag if entry else None)
            if entry is None:
                self.entry(name)
            self._database.execute("DELETE FROM indexes WHERE name = ?", (name,))
            self._database.commit()
            self._entries.pop(name).index.destroy()

    def close(self) -> None:
        """Stop the clock and let go of the folder."""
        self._stopping.set()
        self._clock.join()
        for entry in self.entries():
            entry.index.refresh()
            entry.index.close()
        self._database.close()

    def _add(self, definition: Definition) -> Entry:
        folder = f"{definition.name}-{uuid.uuid4().hex[:8]}"
        index = SearchIndex(definition, self._folder / folder, lag=self._lag)
        entry = Entry(index, new_etag())
        self._database.execute(
            "INSERT INTO indexes VALUES (?, ?, ?, ?)",
            (definition.name, folder, entry.etag, json.dumps(definition.raw)),
        )
        self._database.commit()
        self._entries[definition.name] = entry
        return entry

    def _saved(self) -> list[tuple[str, str, str, str]]:
        return self._database.execute("SELECT name, folder, etag, definition FROM indexes").fetchall()

    def _load(self, folder: str, etag: str, definition: str) -> Entry:
        parsed = parse_definition(json.loads(definition))
        return Entry(SearchIndex(parsed, self._folder / folder, lag=self._lag), etag)

    def _remove_leftovers(self) -> None:
        """Remove folders of indexes whose deletion a kill interrupted."""
        known = {folder for _, folder, _, _ in self._saved()}
        for folder in self._folder.iterdir():
            if folder.is_dir() and folder.name not in known and LEFTOVER.fullmatch(folder.name):
                shutil.rmtree(folder, ignore_errors=True)

    def _tick(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            for entry in self.entries():
                entry.index.refresh()


LEFTOVER = re.compile(r"[a-z0-9_-]+-[0-9a-f]{8}")


def own(folder: Path) -> sqlite3.Connection:
    """Open the folder's database and keep everybody else out; FolderInUse if somebody is in."""
    connection = sqlite3.connect(folder / "service.sqlite", timeout=0, check_same_thread=False)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute(TABLE)
        connection.commit()
    except sqlite3.OperationalError as error:
        connection.close()
        raise FolderInUse(f"{folder} is already served by another process") from error
    return connection


def new_etag() -> str:
    """A new etag in the service's shape."""
    return f'"0x{time.time_ns():X}"'
