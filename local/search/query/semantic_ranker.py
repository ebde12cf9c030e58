"""
A small but real semantic ranker: what the query means, and which of its words a text contains.

It reads all candidates, which takes a few milliseconds for fifty. Its word vectors are weaker than a sentence model,
but they are a second opinion beside the vectors of a hybrid search: together with their similarities they find more
than either. The numbers below were chosen on half of the images of COCO, and values close to them give much the same
result; `benchmarks/retrieval.md` says what they do on the other half.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Self

from local.search.text.analyzers import Analyzer, built_in_analyzer, distinct_terms, term_spans, terms_in
from local.search.text.spans import Span
from local.search.text.word_vectors import load_word_vectors

COVERAGE_SHARE, LONG_COVERAGE_SHARE = 0.4, 0.2  # of a query's words, beside meaning, in a short query and a longer one
SIMILARITY_SHARE, LONG_SIMILARITY_SHARE = 0.2, 0.6  # of the first ranking's vectors, beside both
LONG_TERMS = 4  # terms from which on a query is a sentence more than a few names
MIN_SPREAD = 0.1  # between the similarities of the first and the last candidate, where there are few
# The cosine from which on two texts mean the same: captions of one photo have a median of 0.57, others of 0.06.
FULL_SIMILARITY = 0.7
NEUTRAL_RELEVANCE = 0.3  # what a candidate gets where nothing can be said about it
MIN_TELLING_SIMILARITY = 0.5  # one candidate must be this similar for the vectors alone to show the query is understood
MIN_POSITION_WEIGHT, POSITION_HALF_LIFE = (
    0.4,
    10,
)  # the first candidate counts whole, the eleventh 0.7, the fiftieth 0.5
MAX_CHARACTERS = 240
MAX_SCORE = 4.0
QUESTION = re.compile(
    r"^(who|what|when|where|which|whose|why|how|is|are|was|were|do|does|did|can|could|will|would|should|has|have|"
    r"wer|was|wann|wo|welche\w*|warum|wie|qui|que|quoi|quand|où|quel\w*|pourquoi|comment|cu[aá]ndo|d[oó]nde|"
    r"qui[eé]n|por qu[eé]|c[oó]mo|chi|cosa|quando|dove|perch[eé]|come)\b|[?\uff1f]\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class RelevanceScore:
    """How well one candidate answers the query, 0 to 1."""

    share: float

    @property
    def score(self) -> float:
        """The reranker score, 0 to 4."""
        return round(MAX_SCORE * self.share, 4)


def is_question(text: str) -> bool:
    return bool(QUESTION.search(text.strip()))


@dataclass(frozen=True)
class QueryTerms:
    """The words of a query that are not stop words, or all of them if there are no others, and their analyzer."""

    analyzer: Analyzer
    terms: frozenset[str]

    @classmethod
    def of(cls, query: str) -> Self:
        english = built_in_analyzer("en.lucene")
        terms = frozenset(distinct_terms(english, query))
        if terms:
            return cls(english, terms)
        with_stop_words = built_in_analyzer("standard.lucene")
        return cls(with_stop_words, frozenset(distinct_terms(with_stop_words, query)))

    def found_in(self, text: str) -> frozenset[str]:
        """Return the terms that a text contains."""
        return terms_in(self.analyzer, text, self.terms)

    def spans(self, text: str) -> list[Span]:
        """Return where the terms are in a text."""
        return term_spans(self.analyzer, text, self.terms)


def score_candidates(
    query: str,
    query_terms: QueryTerms,
    full_texts: Sequence[str],
    passages: Sequence[str],
    first_similarities: Sequence[float | None] = (),
) -> list[RelevanceScore]:
    """
    Score candidates, in the order of another ranking: words count in `full_texts`, meaning in `passages`.

    Where that ranking compared vectors, `first_similarities` says how similar each candidate was, None for one that
    only keywords found; else positions count. As far as no candidate contains the query's words, and none is similar
    to it, nothing can be said about them, and they keep their order. So it is with a query in another language.
    """
    matched_terms = [query_terms.found_in(text) for text in full_texts]
    similarities = passage_similarities(query, passages)
    known_words = len(frozenset[str]().union(*matched_terms)) / max(len(query_terms.terms), 1)
    most_similar = max(similarities, default=0.0)
    confidence = max(known_words, (most_similar - MIN_TELLING_SIMILARITY) / (1 - MIN_TELLING_SIMILARITY))
    is_long = len(query_terms.terms) >= LONG_TERMS
    share = LONG_COVERAGE_SHARE if is_long else COVERAGE_SHARE
    pairs = zip(term_coverage(query_terms.terms, matched_terms), similarities, strict=True)
    relevances = [
        confidence * (share * coverage + (1 - share) * similarity) + (1 - confidence) * NEUTRAL_RELEVANCE
        for coverage, similarity in pairs
    ]
    if any(each is not None for each in first_similarities):
        return weigh_similarities(
            relevances, first_similarities, LONG_SIMILARITY_SHARE if is_long else SIMILARITY_SHARE
        )
    return [RelevanceScore(relevance * position_weight(position)) for position, relevance in enumerate(relevances)]


def weigh_similarities(
    relevances: Sequence[float], similarities: Sequence[float | None], share: float
) -> list[RelevanceScore]:
    """Add what the first ranking's vectors say: the most similar candidate counts as much as the most relevant one."""
    values = [each for each in similarities if each is not None]
    highest, best = max(values), max(relevances)
    spread = max(highest - min(values), MIN_SPREAD)
    closeness = [0.0 if each is None else 1 - (highest - each) / spread for each in similarities]
    return [
        RelevanceScore(share * best * near + (1 - share) * relevance)
        for near, relevance in zip(closeness, relevances, strict=True)
    ]


def term_coverage(terms: frozenset[str], matched_terms: Sequence[Set[str]]) -> list[float]:
    """Return the share of the query's terms each text contains; terms that fewer texts contain weigh more."""
    document_counts = Counter(term for matched in matched_terms for term in matched)
    weights = {term: math.log(1 + len(matched_terms) / (1 + document_counts[term])) for term in terms}
    total_weight = sum(weights.values()) or 1.0
    return [sum(weights[term] for term in matched) / total_weight for matched in matched_terms]


def passage_similarities(query: str, passages: Sequence[str]) -> list[float]:
    """Return how similar each passage is to the query: 0 for nothing in common, 1 for the same meaning."""
    vectors = load_word_vectors()
    query_vector, *passage_vectors = vectors.embed([text[:MAX_CHARACTERS] for text in (query, *passages)])
    cosines = [float(query_vector @ vector) for vector in passage_vectors]
    return [min(max(cosine / FULL_SIMILARITY, 0.0), 1.0) for cosine in cosines]


def position_weight(position: int) -> float:
    """Return what a position in the first ranking counts, 1 for the first."""
    return MIN_POSITION_WEIGHT + (1 - MIN_POSITION_WEIGHT) * POSITION_HALF_LIFE / (POSITION_HALF_LIFE + position)
