"""
A small but real semantic ranker: what words mean and which of the query's words there are.

It reads all candidates, in a few milliseconds for fifty. Its vectors of words are weaker than a
sentence model, but they are another opinion than the vectors a hybrid search has found by: mixed
with the first ranking they find more than either. The numbers below were chosen on captions of
COCO (`python -m benchmarks retrieval`), where much the same came out around them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass

from tantivy import TextAnalyzer

from local.search.text.analyzers import built_in, located, terms
from local.search.text.matching import Span
from local.search.text.meaning import word_vectors

COVERAGE_SHARE = 0.4
SAME = 0.7  # the cosine from which on two texts say the same: captions of one photo have a median of 0.57, others 0.06
UNKNOWN = 0.3  # what a candidate is worth as far as nothing can be said about it
TELLING = 0.5  # how much alike one candidate must be for the vectors to have understood a query by themselves
LEAST_STANDING, HALFWAY = 0.4, 10  # the first counts whole, the eleventh 0.7, the fiftieth 0.5
LONGEST_READ = 240
BEST_SCORE = 4.0
QUESTION = re.compile(
    r"^(who|what|when|where|which|whose|why|how|is|are|was|were|do|does|did|can|could|will|would|should|has|have|"
    r"wer|was|wann|wo|welche\w*|warum|wie|qui|que|quoi|quand|où|quel\w*|pourquoi|comment|cu[aá]ndo|d[oó]nde|"
    r"qui[eé]n|por qu[eé]|c[oó]mo|chi|cosa|quando|dove|perch[eé]|come)\b|[?\uff1f]\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Judged:
    """How well one passage answers the query, 0 to 1."""

    share: float

    @property
    def score(self) -> float:
        """The reranker score, 0 to 4."""
        return round(BEST_SCORE * self.share, 4)


def is_question(text: str) -> bool:
    return bool(QUESTION.search(text.strip()))


@dataclass(frozen=True)
class Wanted:
    """The words of a query that carry meaning, all of them if none does, and the analyzer that knows them in a text."""

    analyzer: TextAnalyzer
    terms: frozenset[str]

    @classmethod
    def of(cls, query: str) -> Wanted:
        english = built_in("en.lucene")
        found = frozenset(terms(english, query))
        if found:
            return cls(english, found)
        plain = built_in("standard.lucene")
        return cls(plain, frozenset(terms(plain, query)))

    def said(self, text: str) -> frozenset[str]:
        """Which of them a text holds."""
        return self.terms & terms(self.analyzer, text)

    def spans(self, text: str) -> list[Span]:
        """Where they stand in a text."""
        return [(start, end) for term, start, end in located(self.analyzer, text) if term in self.terms]


def judge(query: str, wanted: Wanted, wholes: Sequence[str], passages: Sequence[str]) -> list[Judged]:
    """
    Judge candidates, given in the order of another ranking: `wholes` are read for words, `passages` for meaning.

    As far as the query's words are in none of them, and none is much alike, nothing can be said about the
    candidates, and they keep their order: so it is with a query in another language.
    """
    said = [wanted.said(text) for text in wholes]
    alike = likenesses(query, passages)
    found = len(frozenset[str]().union(*said)) / max(len(wanted.terms), 1)
    known = max(found, (max(alike, default=0.0) - TELLING) / (1 - TELLING))
    pairs = zip(coverage(wanted.terms, said), alike, strict=True)
    worth = [COVERAGE_SHARE * covered + (1 - COVERAGE_SHARE) * near for covered, near in pairs]
    return [Judged((known * one + (1 - known) * UNKNOWN) * standing(place)) for place, one in enumerate(worth)]


def coverage(wanted: frozenset[str], said: Sequence[Set[str]]) -> list[float]:
    """How large a part of the query's words each text has said; words that fewer of the texts say weigh more."""
    holders = Counter(term for each in said for term in each)
    weights = {term: math.log(1 + len(said) / (1 + holders[term])) for term in wanted}
    whole = sum(weights.values()) or 1.0
    return [sum(weights[term] for term in each) / whole for each in said]


def likenesses(query: str, passages: Sequence[str]) -> list[float]:
    """From 0, nothing in common, to 1, the same said again."""
    vectors = word_vectors()
    probe = vectors.embed(query[:LONGEST_READ])
    cosines = [float(probe @ vectors.embed(text[:LONGEST_READ])) for text in passages]
    return [min(max(cosine / SAME, 0.0), 1.0) for cosine in cosines]


def standing(place: int) -> float:
    """What a place in the first ranking counts, 1 for the first."""
    return LEAST_STANDING + (1 - LEAST_STANDING) * HALFWAY / (HALFWAY + place)
