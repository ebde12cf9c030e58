"""Hits as the answer shows them, and where it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.search.query.highlights import highlight, highlighters
from local.search.query.ranking import Ranking
from local.search.query.request import SearchRequest
from local.search.schema.values import spell_vector
from local.search.storage.documents import Shape, selected
from local.search.text.nodes import Node
from local.search.view import View


@dataclass(frozen=True)
class Hit:
    """One document found, with what was said about it."""

    row: int
    score: float
    document: Mapping[str, Any]
    reranker_score: float | None = None
    captions: list[dict[str, str]] | None = None

    def judged(self, score: float, captions: list[dict[str, str]] | None) -> Hit:
        return replace(self, reranker_score=score, captions=captions)


def hits_of(ranking: Ranking, part: slice, view: View) -> list[Hit]:
    """Fetch the documents of a part of a ranking; one deleted in this moment is left out."""
    rows = [int(row) for row in ranking.rows[part]]
    scores = [float(score) for score in ranking.scores[part]]
    documents = view.store.read(rows)
    return [Hit(row, score, documents[row]) for row, score in zip(rows, scores, strict=True) if row in documents]


def shape(hits: list[Hit], request: SearchRequest, node: Node | None, view: View) -> dict[str, Any]:
    """Return the `value` of an answer."""
    wanted = highlighters(request.highlighting, node, view.words)
    vectors = vectors_of(hits, request, view)
    fields = Shape.of(view.definition.fields, request.select)
    value = []
    for hit in hits:
        shown: dict[str, Any] = {"@search.score": hit.score}
        if hit.reranker_score is not None:
            shown["@search.rerankerScore"] = hit.reranker_score
        if hit.captions is not None:
            shown["@search.captions"] = hit.captions
        if wanted and (marks := highlight(hit.document, wanted, request.highlighting)):
            shown["@search.highlights"] = marks
        value.append({**shown, **fields.show(hit.document), **vectors[hit.row]})
    return {"value": value}


def vectors_of(hits: list[Hit], request: SearchRequest, view: View) -> dict[int, dict[str, Any]]:
    """Return the retrievable, selected vectors of every hit."""
    shown: dict[int, dict[str, Any]] = {hit.row: {} for hit in hits}
    for field in view.definition.vectors:
        if field.retrievable and selected(field, request.select):
            found = view.store.read_vectors(field.name, list(shown))
            for row, parts in shown.items():
                parts[field.name] = spell_vector(found[row]) if row in found else []
    return shown


def continuation(request: SearchRequest, ranked: int, link: str) -> dict[str, Any]:
    """Return where the answer goes on, when it does not fit one page."""
    end = request.skip + request.page_size
    if not request.continues or ranked <= end or (request.top is not None and request.top <= request.page_size):
        return {}
    following = {**request.raw, "skip": end}
    if request.top is not None:
        following["top"] = request.top - request.page_size
    return {"@search.nextPageParameters": following, "@odata.nextLink": link}
