"""Hits as the response shows them, and where it continues."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from local.search.query.highlights import highlight, highlighters
from local.search.query.ranking import RetrievalResult
from local.search.query.request import SearchRequest
from local.search.query.subscores import Subscores
from local.search.schema.values import vector_to_json
from local.search.storage.projection import is_selected
from local.search.text.query_nodes import QueryNode
from local.search.view import SearchView


@dataclass(frozen=True)
class SearchHit:
    """One document of the results, with its scores and captions."""

    row: int
    score: float
    document: Mapping[str, Any]
    reranker_score: float | None = None
    captions: list[dict[str, str]] | None = None

    def reranked(self, score: float, captions: list[dict[str, str]] | None) -> Self:
        return replace(self, reranker_score=score, captions=captions)


def load_hits(result: RetrievalResult, part: slice, view: SearchView) -> list[SearchHit]:
    """Load the documents of a part of a ranking; one deleted at this moment is left out."""
    rows = [int(row) for row in result.rows[part]]
    scores = [float(score) for score in result.scores[part]]
    documents = view.store.read(rows)
    return [SearchHit(row, score, documents[row]) for row, score in zip(rows, scores, strict=True) if row in documents]


def hits_body(
    hits: list[SearchHit],
    request: SearchRequest,
    query: QueryNode | None,
    view: SearchView,
    subscores: Subscores | None = None,
) -> dict[str, Any]:
    """Return the `value` of a response."""
    if not hits:
        return {"value": []}
    matchers = highlighters(request.highlighting, query, view.text_index)
    vectors = hit_vectors(hits, request, view)
    projection = view.projection(request.select)
    value = []
    for hit in hits:
        body: dict[str, Any] = {"@search.score": hit.score}
        if hit.reranker_score is not None:
            body["@search.rerankerScore"] = hit.reranker_score
        if hit.captions is not None:
            body["@search.captions"] = hit.captions
        if subscores is not None:
            body["@search.documentDebugInfo"] = subscores.body(hit.row)
        if matchers and (highlights := highlight(hit.document, matchers, request.highlighting)):
            body["@search.highlights"] = highlights
        value.append({**body, **projection.apply(hit.document), **vectors[hit.row]})
    return {"value": value}


def hit_vectors(hits: list[SearchHit], request: SearchRequest, view: SearchView) -> dict[int, dict[str, Any]]:
    """Return the retrievable, selected vectors of every hit, by row."""
    bodies: dict[int, dict[str, Any]] = {hit.row: {} for hit in hits}
    for field in view.definition.vectors:
        if field.retrievable and is_selected(field, request.select):
            vectors = view.store.read_vectors(field.name, list(bodies))
            for row, body in bodies.items():
                body[field.name] = vector_to_json(vectors[row]) if row in vectors else []
    return bodies


def continuation(request: SearchRequest, ranked: int, next_link: str) -> dict[str, Any]:
    """Return where the response continues, when it does not fit one page."""
    end = request.skip + request.page_size
    if not request.continues or ranked <= end or (request.top is not None and request.top <= request.page_size):
        return {}
    next_parameters = {**request.raw, "skip": end}
    if request.top is not None:
        next_parameters["top"] = request.top - request.page_size
    return {"@search.nextPageParameters": next_parameters, "@odata.nextLink": next_link}
