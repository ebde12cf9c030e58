"""What keywords retrieve, and what each vector retrieves."""

from dataclasses import dataclass

import numpy as np
from tantivy import Query

from local.search.column_store.columns import Array, Mask
from local.search.filters.evaluator import apply_filter
from local.search.query.ranking import RankedList
from local.search.query.request import SearchRequest, VectorQuery
from local.search.schema.field import IndexField
from local.search.text.lucene_parser import parse_lucene
from local.search.text.query_compiler import QueryCompiler
from local.search.text.query_nodes import QueryNode
from local.search.text.simple_parser import parse_simple
from local.search.text.text_index import TextMatches
from local.search.view import SearchView

TEXT_RECALL = 1000
WIDENING_FACTOR = 4
EMPTY = RankedList(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))


def parse_text(request: SearchRequest) -> QueryNode | None:
    """Parse the search text in the language the request names; None where there is nothing to look for."""
    if request.text is None:
        return None
    if request.full_syntax:
        return parse_lucene(request.text, match_all=request.match_all)
    return parse_simple(request.text, match_all=request.match_all)


def compile_text(node: QueryNode | None, compiler: QueryCompiler) -> Query | None:
    """Return tantivy's query; None where analysis leaves nothing to look for."""
    return None if node is None else compiler.compile(node)


def allowed_rows(expression: str | None, view: SearchView) -> Mask | None:
    """Return which rows pass a filter, None without one."""
    if expression is None:
        return None

    def match_text(arguments: list[str]) -> Mask:
        return search_ismatch(arguments, view)

    mask = apply_filter(expression, view.definition, view.table, view.row_count, match_text)
    return mask & view.live[: view.row_count]


def search_ismatch(arguments: list[str], view: SearchView) -> Mask:
    """search.ismatch(text, fields, language, mode): which rows a text query finds."""
    text, fields, language, mode = (*arguments, *("", "", "simple", "any")[len(arguments) :])
    paths = tuple(name.strip() for name in fields.split(",") if name.strip()) or tuple(view.text_index.fields)
    parse = parse_lucene if language == "full" else parse_simple
    no_rows = np.zeros(view.row_count, dtype=np.bool_)
    if text.strip() in ("", "*"):
        return ~no_rows
    node = parse(text, match_all=mode == "all")
    if node is None:
        return no_rows
    matching = view.bitmaps.matching(node, QueryCompiler(view.text_index, paths, mode == "all"), view.row_count)
    return no_rows if matching is None else matching


@dataclass(frozen=True)
class TextRetriever:
    """Keyword matches under a filter; `query` is None where analysis left nothing to look for."""

    query: Query | None
    view: SearchView
    allowed: Mask | None

    def top(self, limit: int) -> tuple[RankedList, int]:
        """
        Return the best `limit` matches, looking further down while the filter leaves too few.

        The number beside them is how many match without the filter, which the same search counts.
        """
        if self.query is None:
            return EMPTY, 0
        depth = limit
        while True:
            matches = self.view.text_index.top(self.query, depth)
            filtered = self._filtered(matches)
            if len(filtered.rows) >= limit or depth >= matches.total:
                return RankedList(filtered.rows[:limit], filtered.scores[:limit]), matches.total
            depth = min(depth * WIDENING_FACTOR, max(matches.total, 1))

    def all_matches(self) -> RankedList:
        """Return every match, best first."""
        if self.query is None:
            return EMPTY
        rows, scores = self.view.text_index.all_matches(self.query)
        if self.allowed is not None:
            mask = self.allowed[rows]
            rows, scores = rows[mask], scores[mask]
        order = np.lexsort((rows, -scores))
        return RankedList(rows[order], scores[order])

    def _filtered(self, matches: TextMatches) -> RankedList:
        if self.allowed is None:
            return RankedList(matches.rows, matches.scores)
        mask = self.allowed[matches.rows]
        return RankedList(matches.rows[mask], matches.scores[mask])


def matching_rows(node: QueryNode | None, compiler: QueryCompiler, view: SearchView, allowed: Mask | None) -> Array:
    """Return the rows of every match, ascending."""
    mask = None if node is None else view.bitmaps.matching(node, compiler, view.row_count)
    if mask is None:
        return EMPTY.rows
    return np.flatnonzero(mask if allowed is None else mask & allowed)


def retrieve_all(view: SearchView, allowed: Mask | None) -> RankedList:
    """Return every row with score 1, in the order of insertion."""
    mask = view.live[: view.row_count] if allowed is None else allowed
    rows: Array = np.flatnonzero(mask)
    return RankedList(rows, np.ones(len(rows), dtype=np.float32))


def retrieve_vectors(request: SearchRequest, view: SearchView, allowed: Mask | None) -> list[RankedList]:
    """Return one list per field of every vector query, each with its k nearest rows."""
    return [
        nearest_rows(query, field, view, allowed, prefilter=request.prefilter)
        for query in request.vectors
        for field in query.fields
    ]


def nearest_rows(
    query: VectorQuery, field: IndexField, view: SearchView, allowed: Mask | None, *, prefilter: bool
) -> RankedList:
    """Return the k nearest rows, filtered before or after they are chosen."""
    column = view.vectors[field.name]
    present = column.present[: view.row_count] & view.live[: view.row_count]
    mask = present & allowed if prefilter and allowed is not None else present
    rows, scores = column.nearest(query.vector, mask, query.k, query.oversampling)
    if allowed is not None and not prefilter:
        passed = allowed[rows]
        rows, scores = rows[passed], scores[passed]
    return RankedList(rows, scores, query.weight)
