"""
The documents of one index, in SQLite: what was acknowledged is here.

Write-ahead logging makes a commit survive the death of the process. The table `unsettled` names the rows whose entry
in the text index may be older than the document, so that only those are indexed again after a kill.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import orjson

from local.search.schema.values import Vector

TABLES = """
CREATE TABLE IF NOT EXISTS documents (row INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS unsettled (row INTEGER PRIMARY KEY, sequence INTEGER NOT NULL);
"""
MAPPED_BYTES = 2**30  # of the file, at most
CHUNK = 500  # rows, fewer than SQLite allows parameters


@dataclass(frozen=True)
class DocumentChange:
    """A document's new state (None: deleted) and the vectors that changed with it (None: removed)."""

    sequence: int
    row: int
    key: str
    document: Mapping[str, Any] | None
    vectors: Mapping[str, Vector | None]


class DocumentStore:
    """Documents by row and key; one writer at a time, and readers see what is committed."""

    def __init__(self, path: Path, vector_fields: Iterable[str]) -> None:
        self.path = path
        self.fields: tuple[str, ...] = ()
        self._writer = connect(path)
        self._writer.executescript(TABLES)
        self.add_vector_fields(vector_fields)
        self._reader = connect(path)
        self._read_lock = Lock()

    def add_vector_fields(self, names: Iterable[str]) -> None:
        """Create the tables of these vector fields where they are missing."""
        self.fields = tuple(names)
        for name in self.fields:
            self._writer.execute(
                f'CREATE TABLE IF NOT EXISTS "vector_{name}" (row INTEGER PRIMARY KEY, data BLOB NOT NULL)'
            )
        self._writer.commit()

    def write(self, changes: Sequence[DocumentChange]) -> None:
        """Store all changes or none; once this returns they survive a kill."""
        with self._writer as connection:
            for change in changes:
                write_document(connection, change)
                write_vectors(connection, change, self.fields)
            connection.executemany(
                "INSERT OR REPLACE INTO unsettled VALUES (?, ?)",
                [(change.row, change.sequence) for change in changes],
            )

    def mark_indexed(self, sequence: int) -> None:
        """Note that the text index holds every change up to this one."""
        with self._writer as connection:
            connection.execute("DELETE FROM unsettled WHERE sequence <= ?", (sequence,))

    def mark_all_unindexed(self) -> None:
        """Have every row indexed again."""
        with self._writer as connection:
            connection.execute("INSERT OR REPLACE INTO unsettled SELECT row, 0 FROM documents")

    def unindexed_rows(self) -> list[int]:
        """Return the rows whose entry in the text index may be out of date."""
        return [row for (row,) in self._query("SELECT row FROM unsettled ORDER BY row")]

    def highest_row(self) -> int:
        """Return the highest row in use, -1 where there is none."""
        highest = self._query("SELECT max(row) FROM documents")[0][0]
        return -1 if highest is None else int(highest)

    def find(self, key: str) -> tuple[int, dict[str, Any]] | None:
        """Return the row and document of a key."""
        rows = self._query("SELECT row, body FROM documents WHERE key = ?", (key,))
        return (rows[0][0], json.loads(rows[0][1])) if rows else None

    def read(self, rows: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return the documents at these rows; rows without one are left out."""
        documents: dict[int, dict[str, Any]] = {}
        for part in chunks(rows):
            placeholders = ",".join("?" * len(part))
            query = f"SELECT row, body FROM documents WHERE row IN ({placeholders})"  # noqa: S608 (only marks)
            documents.update((row, orjson.loads(body)) for row, body in self._query(query, part))
        return documents

    def read_vectors(self, field: str, rows: Sequence[int]) -> dict[int, Vector]:
        """Return the vectors of a field at these rows, as they were uploaded."""
        vectors: dict[int, Vector] = {}
        for part in chunks(rows):
            placeholders = ",".join("?" * len(part))
            query = f'SELECT row, data FROM "vector_{field}" WHERE row IN ({placeholders})'  # noqa: S608 (a checked name)
            vectors.update((row, np.frombuffer(data, np.float32)) for row, data in self._query(query, part))
        return vectors

    def scan(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield every row and document."""
        with self._read_lock:
            for row, body in self._reader.execute("SELECT row, body FROM documents ORDER BY row"):
                yield row, json.loads(body)

    def scan_vectors(self, field: str) -> Iterator[tuple[int, Vector]]:
        """Yield every row and vector of a field."""
        with self._read_lock:
            for row, data in self._reader.execute(f'SELECT row, data FROM "vector_{field}" ORDER BY row'):  # noqa: S608
                yield row, np.frombuffer(data, np.float32)

    def size(self) -> int:
        """Return the bytes on disk of the whole folder."""
        return sum(file.stat().st_size for file in self.path.parent.glob("**/*") if file.is_file())

    def close(self) -> None:
        with self._read_lock:
            self._reader.close()
        self._writer.close()

    def _query(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._read_lock:
            return self._reader.execute(query, values).fetchall()


def connect(path: Path) -> sqlite3.Connection:
    """Open a database that survives the death of the process."""
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    # Documents of a search lie anywhere in the file: mapped, they take half the time that reading page by page does.
    connection.execute(f"PRAGMA mmap_size={MAPPED_BYTES}")
    return connection


def write_document(connection: sqlite3.Connection, change: DocumentChange) -> None:
    if change.document is None:
        connection.execute("DELETE FROM documents WHERE row = ?", (change.row,))
        return
    body = json.dumps(change.document, ensure_ascii=False, separators=(",", ":"))
    connection.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", (change.row, change.key, body))


def write_vectors(connection: sqlite3.Connection, change: DocumentChange, fields: tuple[str, ...]) -> None:
    is_deleted = change.document is None
    for field in fields:
        if is_deleted or (field in change.vectors and change.vectors[field] is None):
            connection.execute(f'DELETE FROM "vector_{field}" WHERE row = ?', (change.row,))  # noqa: S608
        elif (vector := change.vectors.get(field)) is not None:
            connection.execute(
                f'INSERT OR REPLACE INTO "vector_{field}" VALUES (?, ?)',  # noqa: S608 (a checked name)
                (change.row, vector.tobytes()),
            )


def chunks(rows: Sequence[int]) -> Iterator[list[int]]:
    """Cut a list of rows into parts that SQLite takes as parameters."""
    for start in range(0, len(rows), CHUNK):
        yield [int(row) for row in rows[start : start + CHUNK]]
