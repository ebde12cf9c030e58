"""
The service: every index in one folder, which one process owns at a time.

`service.sqlite` holds the definitions and is opened exclusively. That is the lock, and it is released however the
process ends.
"""

import json
import re
import shutil
import sqlite3
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from threading import Event, RLock, Thread

from local.search.errors import PreconditionFailedError, ResourceNameInUseError, ResourceNotFoundError
from local.search.index import SearchIndex
from local.search.schema.definition import IndexDefinition
from local.search.schema.definition_parser import parse_definition
from local.search.schema.update_rules import check_update

REFRESH_SECONDS = 0.25
CREATE_TABLE = """
CREATE TABLE IF NOT EXISTS indexes (name TEXT PRIMARY KEY, folder TEXT, etag TEXT, definition TEXT)
"""
INDEX_FOLDER = re.compile(r"[a-z0-9_-]+-[0-9a-f]{8}")


class FolderInUse(Exception):
    """Another process serves this folder."""


@dataclass(frozen=True)
class EtagConditions:
    """If-Match and If-None-Match of a request."""

    match: str | None = None
    none_match: str | None = None

    def check(self, etag: str | None) -> None:
        """Raise PreconditionFailedError unless they hold for the current etag (None: no such index)."""
        if self.match is not None and (etag is None or self.match not in ("*", etag)):
            raise PreconditionFailedError
        if self.none_match is not None and etag is not None and self.none_match in ("*", etag):
            raise PreconditionFailedError


@dataclass(frozen=True)
class HostedIndex:
    """An index of the service, with the etag of its definition."""

    index: SearchIndex
    etag: str

    def body(self) -> dict[str, object]:
        """Return the definition as the service gives it back."""
        return {"@odata.etag": self.etag, **self.index.definition.raw}


class SearchService:
    """Creates, updates, finds and deletes indexes."""

    def __init__(self, folder: Path, *, lag: float = 0.0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lag = lag
        self._lock = RLock()
        self._database = lock_folder(folder)
        self._indexes = {name: self._load(*rest) for name, *rest in self._saved_rows()}
        self._remove_leftovers()
        self._stopping = Event()
        self._refresher = Thread(target=self._refresh_periodically, name="refresh", daemon=True)
        self._refresher.start()

    @property
    def lag(self) -> float:
        """How many seconds a write stays invisible to searches."""
        return self._lag

    def set_lag(self, seconds: float) -> None:
        """Change it for all indexes, and for those to come."""
        with self._lock:
            self._lag = seconds
            for hosted in self._indexes.values():
                hosted.index.set_lag(seconds)

    def list_indexes(self) -> list[HostedIndex]:
        """Return every index, by name."""
        with self._lock:
            return [self._indexes[name] for name in sorted(self._indexes)]

    def hosted_index(self, name: str) -> HostedIndex:
        """Return an index for administration; ResourceNotFoundError with the message used there."""
        return self._get(name, f"No index with the name '{name}' was found in the service 'local'.")

    def index(self, name: str) -> SearchIndex:
        """Return an index for its documents; ResourceNotFoundError with the message used there."""
        return self._get(name, f"The index '{name}' for service 'local' was not found.").index

    def _get(self, name: str, message: str) -> HostedIndex:
        # Without the lock: it is held for as long as an index is being changed, and nobody else need wait for that.
        hosted = self._indexes.get(name)
        if hosted is None:
            raise ResourceNotFoundError(message)
        return hosted

    def create(self, raw: object) -> HostedIndex:
        """Create an index; ResourceNameInUseError if there is one of that name."""
        definition = parse_definition(raw)
        with self._lock:
            if definition.name in self._indexes:
                raise ResourceNameInUseError(
                    f"Cannot create index '{definition.name}' because it already exists.",
                    detail_code="CannotCreateExistingIndex",
                )
            return self._add(definition)

    def create_or_update(
        self, name: str, raw: object, conditions: EtagConditions, *, downtime: bool
    ) -> tuple[HostedIndex, bool]:
        """Create or update an index; the flag says that it was created."""
        definition = parse_definition({**raw, "name": name} if isinstance(raw, dict) else raw)
        with self._lock:
            hosted = self._indexes.get(name)
            conditions.check(hosted.etag if hosted else None)
            if hosted is None:
                return self._add(definition), True
            check_update(hosted.index.definition, definition, downtime=downtime)
            hosted.index.update_definition(definition)
            updated = HostedIndex(hosted.index, new_etag())
            self._database.execute(
                "UPDATE indexes SET etag = ?, definition = ? WHERE name = ?",
                (updated.etag, json.dumps(definition.raw), name),
            )
            self._database.commit()
            self._indexes[name] = updated
            return updated, False

    def delete(self, name: str, conditions: EtagConditions) -> None:
        """Delete an index and its documents."""
        with self._lock:
            hosted = self._indexes.get(name)
            conditions.check(hosted.etag if hosted else None)
            if hosted is None:
                self.hosted_index(name)
            self._database.execute("DELETE FROM indexes WHERE name = ?", (name,))
            self._database.commit()
            self._indexes.pop(name).index.destroy()

    def close(self) -> None:
        """Stop refreshing and release the folder."""
        self._stopping.set()
        self._refresher.join()
        for hosted in self.list_indexes():
            hosted.index.refresh()
            hosted.index.close()
        self._database.close()

    def _add(self, definition: IndexDefinition) -> HostedIndex:
        folder = f"{definition.name}-{uuid.uuid4().hex[:8]}"
        index = SearchIndex(definition, self._folder / folder, lag=self._lag)
        hosted = HostedIndex(index, new_etag())
        self._database.execute(
            "INSERT INTO indexes VALUES (?, ?, ?, ?)",
            (definition.name, folder, hosted.etag, json.dumps(definition.raw)),
        )
        self._database.commit()
        self._indexes[definition.name] = hosted
        return hosted

    def _saved_rows(self) -> list[tuple[str, str, str, str]]:
        return self._database.execute("SELECT name, folder, etag, definition FROM indexes").fetchall()

    def _load(self, folder: str, etag: str, definition: str) -> HostedIndex:
        parsed = parse_definition(json.loads(definition))
        return HostedIndex(SearchIndex(parsed, self._folder / folder, lag=self._lag), etag)

    def _remove_leftovers(self) -> None:
        """Remove the folders of indexes whose deletion was interrupted by a kill."""
        in_use = {folder for _, folder, _, _ in self._saved_rows()}
        for folder in self._folder.iterdir():
            if folder.is_dir() and folder.name not in in_use and INDEX_FOLDER.fullmatch(folder.name):
                shutil.rmtree(folder, ignore_errors=True)

    def _refresh_periodically(self) -> None:
        while not self._stopping.wait(REFRESH_SECONDS):
            for hosted in self.list_indexes():
                hosted.index.refresh()


def lock_folder(folder: Path) -> sqlite3.Connection:
    """Open the folder's database and keep other processes out; FolderInUse if one of them is in."""
    connection = sqlite3.connect(folder / "service.sqlite", timeout=0, check_same_thread=False)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute(CREATE_TABLE)
        connection.commit()
    except sqlite3.OperationalError as error:
        connection.close()
        # Only these two mean another process; a full disk or a broken file is neither.
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        raise FolderInUse(f"{folder} is already served by another process") from error
    return connection


def new_etag() -> str:
    """Return a new etag, spelled as the service does."""
    return f'"0x{time.time_ns():X}"'
