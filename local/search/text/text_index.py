"""
The text index: tantivy over every searchable field, one entry per document.

Fields are numbered (`f0`, `f1`, ...) because their paths may hold slashes; `row` ties an entry to its document. The
fields of a suggester are indexed a second time without stemming (`s0`, ...), so that prefixes match what people type.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from tantivy import Query, TextAnalyzer

from local.search.column_store.columns import Array
from local.search.column_store.vector_column import Scores
from local.search.schema.definition import IndexDefinition
from local.search.schema.field import IndexField
from local.search.text.analyzers import (
    LANGUAGE_NEUTRAL,
    Analyzer,
    build_analyzer,
    built_in_analyzer,
    find_analyzer,
    locate_terms,
)
from local.search.text.pair_analyzer import PairAnalyzer

HEAP_BYTES = 40_000_000
FIRST_LIMIT = 5000  # matches: most words have no more
CACHE_SIZE = 100_000  # pairs of a field and a term
SUGGEST_ANALYZER = "standard.lucene"
WHITESPACE = build_analyzer(*LANGUAGE_NEUTRAL["whitespace"])


@dataclass(frozen=True)
class TextField:
    """A searchable field, its name in tantivy and its analyzers."""

    field: IndexField
    name: str
    indexing: Analyzer
    searching: Analyzer

    def terms(self, text: str) -> list[str]:
        """Return the terms of a piece of a query, in order."""
        return [term for term, _, _ in locate_terms(self.searching, text)]

    @property
    def tokenizer(self) -> TextAnalyzer:
        """What tantivy cuts the text of this field with."""
        return WHITESPACE if isinstance(self.indexing, PairAnalyzer) else self.indexing

    def indexed(self, text: str) -> str:
        """The text that tantivy gets: the terms themselves where it could not make them."""
        return " ".join(self.indexing.analyze(text)) if isinstance(self.indexing, PairAnalyzer) else text


@dataclass(frozen=True)
class TextMatches:
    """Rows that matched, best first, with their scores, and the number of all matches."""

    rows: Array
    scores: Scores
    total: int


class TextIndex:
    """Writes become visible at `commit`; queries are built from `schema` and `fields`."""

    def __init__(self, folder: Path, definition: IndexDefinition) -> None:
        self.fields: dict[str, TextField] = {}
        for number, field in enumerate(definition.searchable):
            indexing = find_analyzer(field.analyzer, definition.custom_analyzers)
            searching = find_analyzer(field.search_analyzer, definition.custom_analyzers)
            self.fields[field.path] = TextField(field, f"f{number}", indexing, searching)
        self.suggester_fields = build_suggester_fields(definition)
        self.schema = self._schema()
        self.is_new, self._index = self._open(folder)
        self._writer = self._index.writer(HEAP_BYTES, 1)
        self._searcher = self._index.searcher()
        self._term_presence: dict[tuple[str, str], bool] = {}
        self.compiled: dict[object, tuple[Query, ...]] = {}  # leaves, by `query_compiler.py`

    def _schema(self) -> tantivy.Schema:
        builder = tantivy.SchemaBuilder()
        # An integer: deleting by an unsigned term silently deletes nothing.
        builder.add_integer_field("row", indexed=True, fast=True)
        for field in self.all_fields():
            builder.add_text_field(field.name, tokenizer_name=field.name)
        return builder.build()

    def all_fields(self) -> list[TextField]:
        return [*self.fields.values(), *self.suggester_fields.values()]

    def _open(self, folder: Path) -> tuple[bool, tantivy.Index]:
        """Open the index, or create one; the flag says that it starts empty."""
        is_new = not (folder / "meta.json").exists()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            index = tantivy.Index(self.schema, path=str(folder))
        except ValueError:
            # It was written for other fields or by another version. The documents are in SQLite, so start over.
            shutil.rmtree(folder)
            folder.mkdir(parents=True)
            is_new, index = True, tantivy.Index(self.schema, path=str(folder))
        for field in self.all_fields():
            index.register_tokenizer(field.name, field.tokenizer)
        return is_new, index

    def put(self, row: int, document: Mapping[str, Any] | None) -> None:
        """Replace the entry of a row; None removes it."""
        self._writer.delete_documents_by_term("row", row)
        if document is None:
            return
        entry = tantivy.Document()
        entry.add_integer("row", row)
        for field in self.all_fields():
            for value in strings(document, field.field.path.split("/")):
                entry.add_text(field.name, field.indexed(value))
        self._writer.add_document(entry)

    def commit(self) -> None:
        """Make everything that was put visible to queries."""
        self._writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()
        self._term_presence.clear()
        self.compiled.clear()

    def has_term(self, name: str, term: str) -> bool:
        """Whether any document has a term in a field, by the field's name in tantivy; cached until the next commit."""
        present = self._term_presence.get((name, term))
        if present is None:
            if len(self._term_presence) >= CACHE_SIZE:
                self._term_presence.clear()
            present = self._term_presence[name, term] = self._searcher.doc_freq(name, term) > 0
        return present

    def top(self, query: Query, limit: int) -> TextMatches:
        """Return the best `limit` matches and the number of all matches."""
        result = self._searcher.search(query, max(limit, 1), count=True)
        # The type stub leaves `count` out.
        return self._matches(result.hits, int(getattr(result, "count", 0) or 0))

    def all_matches(self, query: Query) -> tuple[Array, Scores]:
        """Return the rows and scores of every match, best first, with ties in any order."""
        hits = self._searcher.search(query, max(self._searcher.num_docs, 1), count=False).hits
        return self._read(hits)

    def matching_rows(self, query: Query) -> Array:
        """Return the rows of every match without scores, in half the time of `all_matches`."""
        # tantivy makes room for the limit in every segment, so try a small one first.
        for limit in (FIRST_LIMIT, max(self._searcher.num_docs, 1)):
            hits = self._searcher.search(query, limit, count=False, order_by_field="row").hits
            if len(hits) < limit:
                break
        return np.fromiter(map(itemgetter(0), hits), np.int64, len(hits))

    def _matches(self, hits: list[Any], total: int) -> TextMatches:
        rows, scores = self._read(hits)
        # tantivy breaks ties by where a document happens to be stored; here they are broken by row.
        order = np.lexsort((rows, -scores))
        return TextMatches(rows[order], scores[order], total)

    def _read(self, hits: list[Any]) -> tuple[Array, Scores]:
        if not hits:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        scores, addresses = zip(*hits, strict=True)
        rows = self._searcher.fast_field_values("row", list(addresses))
        return np.fromiter(rows, np.int64, len(rows)), np.fromiter(scores, np.float32, len(rows))

    def close(self) -> None:
        self._writer.wait_merging_threads()


def build_suggester_fields(definition: IndexDefinition) -> dict[str, TextField]:
    """Return the suggester's source fields, analyzed without stemming."""
    suggester = definition.suggester or {}
    unstemmed = built_in_analyzer(SUGGEST_ANALYZER)
    return {
        path: TextField(definition.by_path[path], f"s{number}", unstemmed, unstemmed)
        for number, path in enumerate(suggester.get("sourceFields") or [])
    }


def texts_at(document: Mapping[str, Any], path: str) -> list[str]:
    """Return every string at a path such as `title` or `rooms/name`; nearly always it is a field of the document."""
    value = document.get(path)
    if type(value) is str:
        return [value]
    if value is None and "/" not in path:
        return []
    return strings(document, path.split("/"))


def strings(value: Any, path: Sequence[str]) -> list[str]:
    """Return every string at a path, inside collections too."""
    if type(value) is dict and len(path) == 1:  # nearly always: a field of a document
        value, path = value.get(path[0]), ()
    if isinstance(value, str):
        return [] if path else [value]
    if isinstance(value, list):
        if not path and all(isinstance(item, str) for item in value):
            return value
        return [text for item in value for text in strings(item, path)]
    if path and isinstance(value, Mapping):
        return strings(value.get(path[0]), path[1:])
    return []
