"""The arms of a search: what keywords find, and what each vector finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tantivy import Query

from local.search.columns.column import Array, Mask
from local.search.columns.vectors import nearest
from local.search.filters.filter import apply_filter
from local.search.query.ranking import Arm
from local.search.query.request import SearchRequest, VectorQuery
from local.search.schema.field import Field
from local.search.text.compiler import Compiler
from local.search.text.lucene import parse_full
from local.search.text.nodes import Node
from local.search.text.simple import parse_simple
from local.search.text.words import Matches
from local.search.view import View

TEXT_RECALL = 1000
WIDER = 4


def parse_text(request: SearchRequest) -> Node | None:
    """Parse the search text in the language the request names; None where there is nothing to look for."""
    if request.text is None:
        return None
    if request.full_syntax:
        return parse_full(request.text, match_all=request.match_all)
    return parse_simple(request.text, match_all=request.match_all)


def compiled(node: Node | None, compiler: Compiler) -> Query | None:
    """What tantivy is asked; None where analysis leaves nothing to look for."""
    return None if node is None else compiler.compile(node)


def allowed_rows(expression: str | None, view: View) -> Mask | None:
    """Return which rows pass a filter, None without one."""
    if expression is None:
        return None

    def match_text(arguments: list[str]) -> Mask:
        return ismatch(arguments, view)

    mask = apply_filter(expression, view.definition, view.table, view.rows, match_text)
    return mask & view.live[: view.rows]


def ismatch(arguments: list[str], view: View) -> Mask:
    """search.ismatch(text, fields, language, mode): the rows a text query finds, as a mask."""
    text, fields, language, mode = (*arguments, *("", "", "simple", "any")[len(arguments) :])
    paths = tuple(name.strip() for name in fields.split(",") if name.strip()) or tuple(view.words.fields)
    parse = parse_full if language == "full" else parse_simple
    mask = np.zeros(view.rows, dtype=np.bool_)
    if text.strip() in ("", "*"):
        return ~mask
    node = parse(text, match_all=mode == "all")
    found = None if node is None else view.rowsets.matching(node, Compiler(view.words, paths, mode == "all"), view.rows)
    return mask if found is None else found


@dataclass(frozen=True)
class TextArm:
    """Keyword matches under a filter; `query` is None where analysis left nothing to look for."""

    query: Query | None
    view: View
    allowed: Mask | None

    def best(self, limit: int) -> tuple[Arm, int]:
        """
        Return the best `limit` matches, looking further down while the filter leaves too few.

        And how many match without the filter, which the same search counts.
        """
        if self.query is None:
            return NOTHING, 0
        wanted = limit
        while True:
            found = self.view.words.best(self.query, wanted)
            kept = self._allowed(found)
            if len(kept.rows) >= limit or wanted >= found.total:
                return Arm(kept.rows[:limit], kept.scores[:limit]), found.total
            wanted = min(wanted * WIDER, max(found.total, 1))

    def every(self) -> Arm:
        """Return every match, best first."""
        if self.query is None:
            return NOTHING
        rows, scores = self.view.words.every(self.query)
        if self.allowed is not None:
            keep = self.allowed[rows]
            rows, scores = rows[keep], scores[keep]
        order = np.lexsort((rows, -scores))
        return Arm(rows[order], scores[order])

    def _allowed(self, found: Matches) -> Arm:
        if self.allowed is None:
            return Arm(found.rows, found.scores)
        keep = self.allowed[found.rows]
        return Arm(found.rows[keep], found.scores[keep])


def matching_rows(node: Node | None, compiler: Compiler, view: View, allowed: Mask | None) -> Array:
    """Return the rows of every match, ascending."""
    mask = None if node is None else view.rowsets.matching(node, compiler, view.rows)
    if mask is None:
        return NOTHING.rows
    return np.flatnonzero(mask if allowed is None else mask & allowed)


NOTHING = Arm(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))


def everything(view: View, allowed: Mask | None) -> Arm:
    """Match all: every row with score 1, in the order of insertion."""
    mask = view.live[: view.rows] if allowed is None else allowed
    rows: Array = np.flatnonzero(mask)
    return Arm(rows, np.ones(len(rows), dtype=np.float32))


def vector_arms(request: SearchRequest, view: View, allowed: Mask | None) -> list[Arm]:
    """One arm per field of every vector query, each with its k nearest rows."""
    return [
        vector_arm(query, field, view, allowed, prefilter=request.prefilter)
        for query in request.vectors
        for field in query.fields
    ]


def vector_arm(query: VectorQuery, field: Field, view: View, allowed: Mask | None, *, prefilter: bool) -> Arm:
    """Filter before or after taking the k nearest."""
    vectors = view.vectors[field.name]
    present = vectors.present[: view.rows] & view.live[: view.rows]
    scores = vectors.similarities(query.vector, view.rows)
    mask = present & allowed if prefilter and allowed is not None else present
    rows = nearest(scores, mask, query.k)
    if allowed is not None and not prefilter:
        rows = rows[allowed[rows]]
    return Arm(rows, scores[rows], query.weight)
