"""
A small but real semantic ranker: the bundled sentence model mixed with term coverage.

Embedding a passage takes some twenty milliseconds, and reading more than the first
candidates found no better ones: only those are embedded, and what was embedded is
remembered. The others keep their order behind them: by words alone they made results worse.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from local.e5 import E5, Kind
from local.search.schema.values import Vector
from local.search.text.analyzers import built_in, terms

# Cosines of this model lie between about 0.76 (unrelated) and 0.92 (the same said differently).
UNRELATED, SAME = 0.76, 0.92
COVERAGE_SHARE = 0.3
KNEE = 0.9
MOST_MIXED = COVERAGE_SHARE + (1 - COVERAGE_SHARE) * (1 - UNRELATED) / (SAME - UNRELATED)
EMBEDDED = 8
LONGEST_EMBEDDED = 240
REMEMBERED = 20_000
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


def query_terms(text: str) -> frozenset[str]:
    """The words of a query that carry meaning; all of them if none does."""
    return frozenset(terms(built_in("en.lucene"), text)) or frozenset(terms(built_in("standard.lucene"), text))


def coverage(wanted: frozenset[str], texts: Sequence[str]) -> list[float]:
    """How large a part of the query's words each text holds; words that fewer of the texts hold weigh more."""
    said = [wanted & words_of(text) for text in texts]
    holders = Counter(term for each in said for term in each)
    weights = {term: math.log(1 + len(texts) / (1 + holders[term])) for term in wanted}
    whole = sum(weights.values()) or 1.0
    return [sum(weights[term] for term in each) / whole for each in said]


def words_of(text: str) -> set[str]:
    return terms(built_in("en.lucene"), text) | terms(built_in("standard.lucene"), text)


def mixed(covered: float, similar: float) -> float:
    """From 0 to 1. What is above the knee is squeezed instead of cut off, so that the best keep their order."""
    sum_ = COVERAGE_SHARE * covered + (1 - COVERAGE_SHARE) * similar
    return sum_ if sum_ <= KNEE else min(KNEE + (1 - KNEE) * (sum_ - KNEE) / (MOST_MIXED - KNEE), 1.0)


@functools.cache
def model() -> E5:
    """The sentence model, loaded when the first query wants ranking."""
    return E5()


class Ranker:
    """Judges passages; safe to use from several threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[Kind, str], Vector] = OrderedDict()
        self._lock = Lock()

    def judge(self, query: str, wholes: Sequence[str], passages: Sequence[str]) -> list[Judged]:
        """Judge candidates in order: `wholes` are read for words, the `passages` in them for meaning."""
        wanted = query_terms(query)
        near = self._similarities(query, passages[:EMBEDDED])
        covered = coverage(wanted, wholes)
        read = [mixed(part, similar) for part, similar in zip(covered, near, strict=False)]
        unread = len(wholes) - len(read)
        rest = [min(read) * (1 - number / (unread + 1)) for number in range(1, unread + 1)]
        return [Judged(share) for share in [*read, *rest]]

    def _similarities(self, query: str, passages: Sequence[str]) -> list[float]:
        with self._lock:
            probe = self._embed(query[:LONGEST_EMBEDDED], "query")
            cosines = [float(probe @ self._embed(text[:LONGEST_EMBEDDED], "passage")) for text in passages]
        return [max((cosine - UNRELATED) / (SAME - UNRELATED), 0.0) for cosine in cosines]

    def _embed(self, text: str, kind: Kind) -> Vector:
        vector = self._known.get((kind, text))
        if vector is None:
            vector = self._known[kind, text] = model().embed(text, kind)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end((kind, text))
        return vector
