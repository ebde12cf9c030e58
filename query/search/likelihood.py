"""
Which hits of a search are likely to be meant: the cut between what was found and what merely came next.

A hit is likely if the search names it, if it holds all the words that count, or if the evidence for it is strong
enough: how much of the words it holds, rare ones counting more, whether the library knows the words at all, and how
much more similar it is to the query than this library's photos are on average. What is enough, the library says itself
(`calibration.py`). Where it does not, words alone are evidence.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from query.search.calibration import Calibration
from query.search.photo_words import held_by_each
from query.search.query_terms import QueryTerm
from shared.search.results import Hit

# In units of what the most similar photo has above average for nine in ten probes that no photo shows.
HELD_SHARE = 0.3  # what holding all the words would add
KNOWN_SHARE = 0.6  # what is added where the library holds all of them, even if no photo does
ENOUGH = 1.4
ENOUGH_FOREIGN = 1.05  # without words: those of another language are held by chance
ENOUGH_WORDS = 0.5  # the least share of the words where nothing but words is evidence
NEAR_THE_BEST = 0.75  # and the least part of the best hit's share
SHORT = 3  # words at most of a search whose last one surely is the thing that is asked for
HEAD_WEIGHT = 3.0  # of the thing itself, beside what is said about it
# The service documents 2 as "partially answers the question" and 1 as "related, but answers a small part of it".
RANKED_LIKELY, RANKED_UNLIKELY = 2.0, 1.0


@dataclass(frozen=True)
class Question:
    """What is known of a search: its words, how similar photos are to it on average, and in which language it is."""

    terms: Sequence[QueryTerm]
    average: float | None = None  # similarity of the library's photos to it; None where it was not embedded
    is_foreign: bool = False


@dataclass(frozen=True)
class Evidence:
    """What is known of one hit."""

    hit: Hit
    held: frozenset[QueryTerm]
    words: float  # the share of the words it holds, 0 to 1, by weight
    similarity: float | None = None

    def is_certain(self, question: Question) -> bool:
        """Whether it is named, or holds all the words."""
        return self.hit.source == "exact" or 0 < len(question.terms) == len(self.held)


@dataclass(frozen=True)
class Bar:
    """
    What a hit of this search has to reach.

    `known` is the share of the words that the library holds, `words` the largest share that one hit holds.
    """

    question: Question
    calibration: Calibration | None
    known: float
    words: float
    similarity: float  # of the most similar hit with all the words: one that is as similar is as likely
    ranked: bool

    @classmethod
    def of(
        cls,
        evidence: Sequence[Evidence],
        question: Question,
        calibration: Calibration | None,
        *,
        known: float,
        ranked: bool,
    ) -> "Bar":
        certain = [each.similarity for each in evidence if each.is_certain(question) and each.similarity is not None]
        words = max((each.words for each in evidence), default=0.0)
        return cls(question, calibration, known, words, max(certain, default=math.inf), ranked)

    def is_passed(self, evidence: Evidence) -> bool:
        """Whether the hit is likely."""
        score = evidence.hit.reranker
        if evidence.is_certain(self.question):
            return True
        if self.ranked and score is not None and not RANKED_UNLIKELY <= score < RANKED_LIKELY:
            return score >= RANKED_LIKELY
        if self.calibration is None or evidence.similarity is None or self.question.average is None:
            return evidence.words >= max(ENOUGH_WORDS, NEAR_THE_BEST * self.words)
        if evidence.similarity >= self.similarity:
            return True
        return not self._lacks_the_thing(evidence) and self._is_close(
            evidence.similarity, evidence.words, self.calibration
        )

    def _lacks_the_thing(self, evidence: Evidence) -> bool:
        """
        Whether a short search has a hit with all its words, and this one lacks what it is about.

        That the library knows the words then speaks for others: a red umbrella is no red mug.
        """
        terms = self.question.terms
        if math.isinf(self.similarity) or not 1 < len(terms) <= SHORT:
            return False
        return any(term.is_head for term in terms) and not any(term.is_head for term in evidence.held)

    def _is_close(self, similarity: float, words: float, calibration: Calibration) -> bool:
        above = similarity - (self.question.average or 0.0)
        if self.question.is_foreign:
            return above / calibration.foreign >= ENOUGH_FOREIGN
        return above / calibration.unmatched + HELD_SHARE * words + KNOWN_SHARE * self.known >= ENOUGH


@dataclass(frozen=True)
class Judgement:
    """The hits in two lists, each in the order they came in, and the words that no likely hit holds."""

    likely: list[Hit] = field(default_factory=list)
    others: list[Hit] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)


def judge(
    hits: Sequence[Hit], question: Question, calibration: Calibration | None = None, *, ranked: bool = False
) -> Judgement:
    """Tell the likely hits from the others. With `ranked` the scores are those of Azure's own semantic ranker."""
    held = [frozenset(each) for each in held_by_each((hit.photo for hit in hits), question.terms)]
    weights = _weights(question.terms, held, calibration)
    whole = sum(weights.values()) or 1.0
    shares = [sum(weights[term] for term in each) / whole for each in held]
    similarities = _similarities(hits)
    evidence = [Evidence(*each) for each in zip(hits, held, shares, similarities, strict=True)]
    anywhere = frozenset[QueryTerm]().union(*held) | _known(question.terms, calibration)
    known = sum(weights[term] for term in anywhere) / whole
    bar = Bar.of(evidence, question, calibration, known=known, ranked=ranked)
    likely = [each for each in evidence if bar.is_passed(each)]
    chosen = {each.hit.photo.id for each in likely}
    met = frozenset[QueryTerm]().union(*(each.held for each in likely))
    return Judgement(
        [each.hit.told(likely=True) for each in likely],
        [hit.told(likely=False) for hit in hits if hit.photo.id not in chosen],
        list(dict.fromkeys(term.word for term in question.terms if term not in met)) if likely else [],
    )


def _known(terms: Sequence[QueryTerm], calibration: Calibration | None) -> frozenset[QueryTerm]:
    """The words that photos of the library hold, as far as it was read."""
    words = calibration.words if calibration else {}
    return frozenset(term for term in terms if any(stem in words for stem in term.stems))


def _weights(
    terms: Sequence[QueryTerm], held: Sequence[frozenset[QueryTerm]], calibration: Calibration | None
) -> Mapping[QueryTerm, float]:
    """A word that few photos hold says more than one that many hold, and the thing itself more than its attributes."""
    weights = {}
    for term in terms:
        if calibration:
            count, of = max(calibration.words.get(stem, 0) for stem in term.stems), calibration.sample
        else:
            count, of = sum(term in each for each in held), len(held)
        rarity = math.log(1 + of / (0.5 + count))
        weights[term] = rarity if calibration or not term.is_head else HEAD_WEIGHT * rarity
    return weights


def _similarities(hits: Sequence[Hit]) -> list[float | None]:
    """Of each hit; one that keywords alone brought in is at most as similar as the least similar of the nearest."""
    values = [_similarity(hit) for hit in hits]
    least = min((value for value in values if value is not None), default=None)
    return [least if value is None else value for value in values]


def _similarity(hit: Hit) -> float | None:
    """The cosine; the score of a vector alone is 1 / (2 - cosine), as the service documents."""
    if hit.source == "vector" and hit.score:
        return 2 - 1 / hit.score
    return hit.similarity
