"""
How a search is answered:

    filter -> arms -> fuse -> rerank -> page -> shape

Every step takes and returns plain values; `view` is what the index holds right now,
and the caller keeps it still meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from local.search.columns.column import Array, Mask
from local.search.query.arms import (
    TEXT_RECALL,
    TextArm,
    allowed_rows,
    compiled,
    everything,
    matching_rows,
    parse_text,
    vector_arms,
)
from local.search.query.facets import Facet, count_facets, parse_facet
from local.search.query.ordering import Clause, order, parse_orderby
from local.search.query.ranking import Arm, Ranking, fuse
from local.search.query.reading import Reading
from local.search.query.request import KNOWN, SearchRequest, parse_search
from local.search.query.results import Hit, continuation, hits_of, shape
from local.search.query.scoring import Scoring, parse_scoring
from local.search.query.semantics import (
    RERANKED,
    SemanticRequest,
    answers,
    captions,
    parse_semantics,
    rerank,
)
from local.search.text.compiler import Compiler
from local.search.text.nodes import Node
from local.search.view import View


@dataclass(frozen=True)
class Asked:
    """A request with everything that could be read from it before looking at the data."""

    request: SearchRequest
    facets: tuple[Facet, ...]
    clauses: tuple[Clause, ...]
    semantics: SemanticRequest | None
    node: Node | None
    scoring: Scoring

    def scores_all(self, allowed: Mask | None) -> bool:
        """Whether to score every match: for functions, and where one pass under a filter finds all."""
        every = bool(self.request.facets or self.request.count)
        return bool(self.scoring.functions) or (every and allowed is not None)

    @property
    def depth(self) -> int:
        """How far down the ranking the answer can reach, and one further to know whether it goes on."""
        depth = self.request.skip + self.request.page_size + 1
        return max(depth, RERANKED) if self.semantics else depth


def ask(body: object, view: View, *, semantic: bool) -> Asked:
    """Read and check a whole request; BadRequest says what is wrong with it."""
    request = parse_search(body, view.definition)
    return Asked(
        request=request,
        facets=tuple(parse_facet(text, view.definition) for text in request.facets),
        clauses=parse_orderby(request.orderby, view.definition) if request.orderby else (),
        semantics=parse_semantics(Reading(body, KNOWN, "search"), view.definition, enabled=semantic),
        node=parse_text(request),
        scoring=parse_scoring(request.scoring_profile, request.scoring_parameters, view.definition),
    )


def search(body: object, view: View, *, semantic: bool, link: str) -> dict[str, Any]:
    """Answer a search; `link` is the address a continuation points to."""
    asked = ask(body, view, semantic=semantic)
    allowed = allowed_rows(asked.request.filter, view)
    ranking = rank(asked, view, allowed)
    hits, answer = page(asked, ranking, view)
    return {
        **summary(asked, ranking, view),
        **answer,
        **shape(hits, asked.request, asked.node, view),
        **continuation(asked.request, len(ranking.rows), link),
    }


def rank(asked: Asked, view: View, allowed: Mask | None) -> Ranking:
    """Rank what the arms find; the order asked for comes last."""
    arms = vector_arms(asked.request, view, allowed)
    if not arms:
        ranking = rank_text(asked, view, allowed)
    elif asked.request.text is None:
        ranking = counted(fuse(arms) if len(arms) > 1 else arms[0])
    else:
        ranking = rank_hybrid(asked, view, allowed, arms)
    if asked.clauses:
        places = order(asked.clauses, view.table, ranking.rows, ranking.scores)
        return Ranking(ranking.rows[places], ranking.scores[places], ranking.total, ranking.matched)
    return ranking


def counted(arm: Arm) -> Ranking:
    """A ranking in which every match is ranked."""
    return Ranking(arm.rows, arm.scores, len(arm.rows))


def compiler_for(asked: Asked, view: View) -> Compiler:
    request = asked.request
    return Compiler(view.words, request.search_fields, request.match_all, asked.scoring.weights)


def rank_text(asked: Asked, view: View, allowed: Mask | None) -> Ranking:
    """Keywords alone, or everything when there is no search text."""
    if asked.request.text is None:
        return counted(asked.scoring.apply(everything(view, allowed), view))
    compiler = compiler_for(asked, view)
    arm = TextArm(compiled(asked.node, compiler), view, allowed)
    if asked.request.orderby or asked.scores_all(allowed):
        return counted(asked.scoring.apply(arm.every(), view))
    best, total = arm.best(asked.depth)
    if not asked.request.facets:
        return Ranking(best.rows, best.scores, total if asked.request.count else None)
    matched = matching_rows(asked.node, compiler, view, allowed)
    return Ranking(best.rows, best.scores, len(matched), matched)


def rank_hybrid(asked: Asked, view: View, allowed: Mask | None, arms: list[Arm]) -> Ranking:
    """Fuse the best keyword matches with the nearest vectors; counts and facets cover all that matched."""
    compiler = compiler_for(asked, view)
    arm = TextArm(compiled(asked.node, compiler), view, allowed)
    whole = asked.scores_all(allowed)
    text = asked.scoring.apply(arm.every(), view) if whole else arm.best(TEXT_RECALL)[0]
    fused = fuse([Arm(text.rows[:TEXT_RECALL], text.scores[:TEXT_RECALL]), *arms])
    if not asked.request.facets and not asked.request.count:
        return Ranking(fused.rows, fused.scores, None)
    rows = text.rows if whole else matching_rows(asked.node, compiler, view, allowed)
    either = np.zeros(view.rows, dtype=np.bool_)
    either[rows] = either[fused.rows] = True
    matched: Array = np.flatnonzero(either)
    return Ranking(fused.rows, fused.scores, len(matched), matched)


def summary(asked: Asked, ranking: Ranking, view: View) -> dict[str, Any]:
    """The parts of the answer that are about all matches."""
    request = asked.request
    parts: dict[str, Any] = {}
    if request.count:
        parts["@odata.count"] = ranking.total
    if request.coverage:
        parts["@search.coverage"] = 100.0
    if request.facets:
        matched = ranking.rows if ranking.matched is None else ranking.matched
        parts["@search.facets"] = count_facets(asked.facets, view.table, matched)
    return parts


def page(asked: Asked, ranking: Ranking, view: View) -> tuple[list[Hit], dict[str, Any]]:
    """Take the page out of the ranking, reranked if that was asked for; answers come with it."""
    request, semantics = asked.request, asked.semantics
    if semantics is None:
        last = request.skip + request.page_size
        return hits_of(ranking, slice(request.skip, last), view), {}
    hits = hits_of(ranking, slice(0, max(asked.depth - 1, RERANKED)), view)
    documents: list[Mapping[str, Any]] = [hit.document for hit in hits[:RERANKED]]
    best = rerank(semantics, documents)
    marks = request.highlighting.before, request.highlighting.after
    answer: dict[str, Any] = {}
    if semantics.answers is not None:
        keys = [str(document[view.definition.key.name]) for document in documents]
        answer["@search.answers"] = answers(semantics, best, keys, *marks)
    last = request.skip + request.page_size
    reranked = [
        hits[one.position].judged(one.judged.score, captions(one, semantics, *marks))
        for one in best[request.skip : last]
    ]
    return [*reranked, *hits[max(request.skip, RERANKED) : last]], answer
