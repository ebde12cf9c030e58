"""
How a search is answered:

    filter -> retrieve -> fuse -> rerank -> page -> response body

Every step takes and returns plain values. `view` is what the index holds at this moment, and the caller keeps it still
meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from local.search.column_store.columns import Array, Mask
from local.search.payload import PayloadReader
from local.search.query.facet_counts import count_facets
from local.search.query.facets import Facet, parse_facet
from local.search.query.ordering import SortClause, parse_orderby, sort_positions
from local.search.query.ranking import RankedList, RetrievalResult, reciprocal_rank_fusion
from local.search.query.request import SEARCH_PARAMETERS, SearchRequest, parse_search
from local.search.query.results import SearchHit, continuation, hits_body, load_hits
from local.search.query.retrieval import (
    TEXT_RECALL,
    TextRetriever,
    allowed_rows,
    compile_text,
    matching_rows,
    parse_text,
    retrieve_all,
    retrieve_vectors,
)
from local.search.query.scoring import ScoringProfile, parse_scoring_profile
from local.search.query.semantic_search import (
    RERANK_DEPTH,
    SemanticRequest,
    answers,
    captions,
    parse_semantic_request,
    rerank,
)
from local.search.query.subscores import Subscores
from local.search.text.query_compiler import QueryCompiler
from local.search.text.query_nodes import QueryNode
from local.search.view import SearchView


@dataclass(frozen=True)
class SearchPlan:
    """A request with everything that could be read from it before looking at the data."""

    request: SearchRequest
    facets: tuple[Facet, ...]
    sort_clauses: tuple[SortClause, ...]
    semantic: SemanticRequest | None
    query: QueryNode | None
    scoring: ScoringProfile

    def needs_all_scores(self, allowed: Mask | None) -> bool:
        """Whether to score every match: for functions, and where one pass under a filter finds all."""
        all_matches = bool(self.request.facets or self.request.count)
        return bool(self.scoring.functions) or (all_matches and allowed is not None)

    @property
    def depth(self) -> int:
        """How far down the ranking the response can reach, and one further to know whether it goes on."""
        depth = self.request.skip + self.request.page_size + 1
        return max(depth, RERANK_DEPTH) if self.semantic else depth


def plan_search(body: object, view: SearchView, *, semantic_enabled: bool) -> SearchPlan:
    """Read and check a whole request; BadRequestError says what is wrong with it."""
    request = parse_search(body, view.definition)
    payload = PayloadReader(body, SEARCH_PARAMETERS, "search")
    return SearchPlan(
        request=request,
        facets=tuple(parse_facet(text, view.definition) for text in request.facets),
        sort_clauses=parse_orderby(request.orderby, view.definition) if request.orderby else (),
        semantic=parse_semantic_request(payload, view.definition, enabled=semantic_enabled),
        query=parse_text(request),
        scoring=parse_scoring_profile(request.scoring_profile, request.scoring_parameters, view.definition),
    )


def search(body: object, view: SearchView, *, semantic_enabled: bool, next_link: str) -> dict[str, Any]:
    """Answer a search; `next_link` is the address a continuation points to."""
    plan = plan_search(body, view, semantic_enabled=semantic_enabled)
    allowed = allowed_rows(plan.request.filter, view)
    result = retrieve(plan, view, allowed)
    scored = plan.request.subscores or plan.semantic is not None
    subscores = Subscores.of(result, plan.request.vectors, view) if scored else Subscores()
    hits, semantic_answers = build_page(plan, result, view, subscores)
    return {
        **summarize(plan, result, view),
        **semantic_answers,
        **hits_body(hits, plan.request, plan.query, view, subscores if plan.request.subscores else None),
        **continuation(plan.request, len(result.rows), next_link),
    }


def retrieve(plan: SearchPlan, view: SearchView, allowed: Mask | None) -> RetrievalResult:
    """Rank what keywords and vectors find; $orderby comes last."""
    vector_lists = retrieve_vectors(plan.request, view, allowed)
    if not vector_lists:
        result = retrieve_text(plan, view, allowed)
    elif plan.request.text is None:
        fused = reciprocal_rank_fusion(vector_lists) if len(vector_lists) > 1 else vector_lists[0]
        result = replace(fully_ranked(fused), vectors=vector_lists)
    else:
        result = retrieve_hybrid(plan, view, allowed, vector_lists)
    if plan.sort_clauses:
        positions = sort_positions(plan.sort_clauses, view.table, result.rows, result.scores)
        return replace(result, rows=result.rows[positions], scores=result.scores[positions])
    return result


def fully_ranked(ranked: RankedList) -> RetrievalResult:
    """Return a result in which every match is ranked."""
    return RetrievalResult(ranked.rows, ranked.scores, len(ranked.rows))


def compiler_for(plan: SearchPlan, view: SearchView) -> QueryCompiler:
    request = plan.request
    return QueryCompiler(view.text_index, request.search_fields, request.match_all, plan.scoring.weights)


def retrieve_text(plan: SearchPlan, view: SearchView, allowed: Mask | None) -> RetrievalResult:
    """Retrieve by keywords alone, or everything when there is no search text."""
    if plan.request.text is None:
        return fully_ranked(plan.scoring.apply(retrieve_all(view, allowed), view))
    compiler = compiler_for(plan, view)
    retriever = TextRetriever(compile_text(plan.query, compiler), view, allowed)
    if plan.request.orderby or plan.needs_all_scores(allowed):
        return fully_ranked(plan.scoring.apply(retriever.all_matches(), view))
    top, total = retriever.top(plan.depth)
    if not plan.request.facets:
        return RetrievalResult(top.rows, top.scores, total if plan.request.count else None)
    matched = matching_rows(plan.query, compiler, view, allowed)
    return RetrievalResult(top.rows, top.scores, len(matched), matched)


def retrieve_hybrid(
    plan: SearchPlan, view: SearchView, allowed: Mask | None, vector_lists: list[RankedList]
) -> RetrievalResult:
    """Fuse the best keyword matches with the nearest vectors; counts and facets cover everything that matched."""
    compiler = compiler_for(plan, view)
    retriever = TextRetriever(compile_text(plan.query, compiler), view, allowed)
    all_scored = plan.needs_all_scores(allowed)
    text = plan.scoring.apply(retriever.all_matches(), view) if all_scored else retriever.top(TEXT_RECALL)[0]
    text_list = RankedList(text.rows[:TEXT_RECALL], text.scores[:TEXT_RECALL])
    fused = reciprocal_rank_fusion([text_list, *vector_lists])
    if not plan.request.facets and not plan.request.count:
        return RetrievalResult(fused.rows, fused.scores, None, text=text_list, vectors=vector_lists)
    text_rows = text.rows if all_scored else matching_rows(plan.query, compiler, view, allowed)
    mask = np.zeros(view.row_count, dtype=np.bool_)
    mask[text_rows] = mask[fused.rows] = True
    matched: Array = np.flatnonzero(mask)
    return RetrievalResult(fused.rows, fused.scores, len(matched), matched, text_list, vector_lists)


def summarize(plan: SearchPlan, result: RetrievalResult, view: SearchView) -> dict[str, Any]:
    """Return the parts of the response that are about all matches."""
    request = plan.request
    body: dict[str, Any] = {}
    if request.count:
        body["@odata.count"] = result.total
    if request.coverage:
        body["@search.coverage"] = 100.0
    if request.facets:
        matched = result.rows if result.matched is None else result.matched
        body["@search.facets"] = count_facets(plan.facets, view.table, matched)
    return body


def build_page(
    plan: SearchPlan, result: RetrievalResult, view: SearchView, subscores: Subscores
) -> tuple[list[SearchHit], dict[str, Any]]:
    """Return the hits of the page, reranked if that was requested, and the semantic answers."""
    request, semantic = plan.request, plan.semantic
    end = request.skip + request.page_size
    if semantic is None:
        return load_hits(result, slice(request.skip, end), view), {}
    hits = load_hits(result, slice(0, max(plan.depth - 1, RERANK_DEPTH)), view)
    documents: list[Mapping[str, Any]] = [hit.document for hit in hits[:RERANK_DEPTH]]
    reranked = rerank(semantic, documents, [subscores.similarity(hit.row) for hit in hits[:RERANK_DEPTH]])
    tags = request.highlighting.before, request.highlighting.after
    body: dict[str, Any] = {}
    if semantic.answers is not None:
        keys = [str(document[view.definition.key.name]) for document in documents]
        body["@search.answers"] = answers(semantic, reranked, keys, *tags)
    reranked_hits = [
        hits[document.position].reranked(document.relevance.score, captions(document, semantic, *tags))
        for document in reranked[request.skip : end]
    ]
    return [*reranked_hits, *hits[max(request.skip, RERANK_DEPTH) : end]], body
