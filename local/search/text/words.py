"""
The text index: tantivy over every searchable field, one entry per document.

Fields are numbered (`f0`, `f1`, ...) because their paths may hold slashes; `row` ties
an entry to its document. A suggester's fields are indexed a second time without
stemming (`s0`, ...), so that prefixes match what people type.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from tantivy import Query, TextAnalyzer

from local.search.columns.column import Array
from local.search.columns.vectors import Scores
from local.search.schema.definition import Definition
from local.search.schema.field import Field
from local.search.text.analyzers import analyzer, built_in, located

HEAP_BYTES = 40_000_000
FEW = 5000  # matches, which most words have at the most
REMEMBERED = 100_000  # terms, with whether a field holds them
SUGGEST_ANALYZER = "standard.lucene"


@dataclass(frozen=True)
class TextField:
    """A searchable field, its name in tantivy and its analyzers."""

    field: Field
    name: str
    indexing: TextAnalyzer
    searching: TextAnalyzer

    def terms(self, said: str) -> list[str]:
        """The terms of a piece of a query, in order."""
        return [term for term, _, _ in located(self.searching, said)]


@dataclass(frozen=True)
class Matches:
    """Rows that matched, best first, their scores, and how many there are in all."""

    rows: Array
    scores: Scores
    total: int


class Words:
    """Writes become visible at `commit`; `schema` and `fields` are what queries are built from."""

    def __init__(self, folder: Path, definition: Definition) -> None:
        custom = {one.get("name"): one for one in definition.raw["analyzers"]}
        self.fields: dict[str, TextField] = {}
        for number, field in enumerate(definition.searchable):
            searching = analyzer(field.search_analyzer, custom)
            self.fields[field.path] = TextField(field, f"f{number}", analyzer(field.analyzer, custom), searching)
        self.suggested = suggest_fields(definition)
        self.schema = self._schema()
        self.rebuilt, self._index = self._open(folder)
        self._writer = self._index.writer(HEAP_BYTES, 1)
        self._searcher = self._index.searcher()
        self._holds: dict[tuple[str, str], bool] = {}

    def _schema(self) -> tantivy.Schema:
        builder = tantivy.SchemaBuilder()
        # An integer: deleting by an unsigned term silently deletes nothing.
        builder.add_integer_field("row", indexed=True, fast=True)
        for text in self.all_fields():
            builder.add_text_field(text.name, tokenizer_name=text.name)
        return builder.build()

    def all_fields(self) -> list[TextField]:
        return [*self.fields.values(), *self.suggested.values()]

    def _open(self, folder: Path) -> tuple[bool, tantivy.Index]:
        """Open the index, or make a new one; the flag says that it starts empty."""
        fresh = not (folder / "meta.json").exists()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            index = tantivy.Index(self.schema, path=str(folder))
        except ValueError:
            # Written for other fields or by another version: the documents are in SQLite, start over.
            shutil.rmtree(folder)
            folder.mkdir(parents=True)
            fresh, index = True, tantivy.Index(self.schema, path=str(folder))
        for text in self.all_fields():
            index.register_tokenizer(text.name, text.indexing)
        return fresh, index

    def put(self, row: int, document: Mapping[str, Any] | None) -> None:
        """Replace the entry of a row; None removes it."""
        self._writer.delete_documents_by_term("row", row)
        if document is None:
            return
        entry = tantivy.Document()
        entry.add_integer("row", row)
        for text in self.all_fields():
            for value in strings(document, text.field.path.split("/")):
                entry.add_text(text.name, value)
        self._writer.add_document(entry)

    def commit(self) -> None:
        """Make everything put so far visible to queries."""
        self._writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()
        self._holds.clear()

    def holds(self, name: str, term: str) -> bool:
        """Whether a field, by its name here, has a term at all; remembered until the next commit."""
        known = self._holds.get((name, term))
        if known is None:
            if len(self._holds) >= REMEMBERED:
                self._holds.clear()
            known = self._holds[name, term] = self._searcher.doc_freq(name, term) > 0
        return known

    def best(self, query: Query, limit: int) -> Matches:
        """Return the best `limit` matches and the number of all."""
        found = self._searcher.search(query, max(limit, 1), count=True)
        # The type stub leaves `count` out.
        return self._matches(found.hits, int(getattr(found, "count", 0) or 0))

    def every(self, query: Query) -> tuple[Array, Scores]:
        """Return the rows and scores of every match, best first but for ties."""
        hits = self._searcher.search(query, max(self._searcher.num_docs, 1), count=False).hits
        return self._read(hits)

    def rows(self, query: Query) -> Array:
        """Return the rows of every match without scores, which takes half the time of `every`."""
        # In every segment tantivy makes room for as many as are asked for: first for fewer than there may be.
        for limit in (FEW, max(self._searcher.num_docs, 1)):
            hits = self._searcher.search(query, limit, count=False, order_by_field="row").hits
            if len(hits) < limit:
                break
        return np.fromiter(map(itemgetter(0), hits), np.int64, len(hits))

    def _matches(self, hits: list[Any], total: int) -> Matches:
        rows, scores = self._read(hits)
        # tantivy breaks ties by where a document happens to be stored; ours are by row.
        order = np.lexsort((rows, -scores))
        return Matches(rows[order], scores[order], total)

    def _read(self, hits: list[Any]) -> tuple[Array, Scores]:
        if not hits:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        scores, addresses = zip(*hits, strict=True)
        rows = self._searcher.fast_field_values("row", list(addresses))
        return np.fromiter(rows, np.int64, len(rows)), np.fromiter(scores, np.float32, len(rows))

    def close(self) -> None:
        self._writer.wait_merging_threads()


def suggest_fields(definition: Definition) -> dict[str, TextField]:
    """The suggester's source fields, analyzed without stemming."""
    suggester = definition.suggester or {}
    plain = built_in(SUGGEST_ANALYZER)
    return {
        path: TextField(definition.by_path[path], f"s{number}", plain, plain)
        for number, path in enumerate(suggester.get("sourceFields") or [])
    }


def strings(value: Any, path: Sequence[str]) -> list[str]:
    """Return every string at a path, through collections."""
    if isinstance(value, str):
        return [] if path else [value]
    if isinstance(value, list):
        if not path and all(isinstance(one, str) for one in value):
            return value
        return [text for one in value for text in strings(one, path)]
    if path and isinstance(value, Mapping):
        return strings(value.get(path[0]), path[1:])
    return []
