"""Find the words of a query in a text, for highlights and captions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from local.search.text.analyzers import (
    Analyzer,
    TermPlaces,
    locate_terms,
    places_in_piece,
    spans_by_piece,
    splits_on_spaces,
    term_places,
    term_spans,
)
from local.search.text.query_nodes import (
    FuzzyNode,
    LeafNode,
    PhraseNode,
    PrefixNode,
    QueryNode,
    RegexpNode,
    TermNode,
    leaves,
)
from local.search.text.seen_pieces import seen_pieces
from local.search.text.text_index import TextField

Span = tuple[int, int]


@dataclass(frozen=True)
class SpanMatcher:
    """What counts as a match in one field: whole terms, prefixes, or patterns over terms."""

    field: TextField
    terms: frozenset[str]
    prefixes: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]

    def spans(self, value: str) -> list[Span]:
        """Return the character spans of the matching words of a text."""
        if self._places is not None:
            return spans_by_piece(value, self._places)
        if not (self.prefixes or self.patterns):
            return term_spans(self.field.indexing, value, self.terms)
        located = locate_terms(self.field.indexing, value)
        return [(start, end) for term, start, end in located if self._matches(term)]

    def marks(self, before: str, after: str) -> "PieceMarks | None":
        """How pieces of a text look with tags around matches; None where that cannot be told piece by piece."""
        if self._places is None or not before + after:
            return None
        return piece_marks(self.field.indexing, self.terms, before, after)

    @cached_property
    def _places(self) -> TermPlaces | None:
        """Where words have one of the terms; None where a text has to be looked at as a whole."""
        if self.prefixes or self.patterns or not splits_on_spaces(self.field.indexing):
            return None
        return term_places(self.field.indexing, self.terms)

    def _matches(self, term: str) -> bool:
        return (
            term in self.terms
            or term.startswith(self.prefixes)
            or any(pattern.fullmatch(term) for pattern in self.patterns)
        )


class PieceMarks:
    """How texts look with tags around the terms of a search, told piece by piece: most look as they are."""

    def __init__(self, analyzer: Analyzer, terms: frozenset[str], before: str, after: str) -> None:
        self._analyzer = analyzer
        self._terms = terms
        self._tags = before, after
        self._seen = seen_pieces(analyzer)
        self._marked: tuple[int, dict[str, str]] = -1, {}  # those with terms, as of a version

    def applied(self, text: str) -> str:
        """The text with tags around every match; the same text where there is none."""
        pieces = text.split(" ")
        if not self._seen.all.issuperset(pieces) and not self._seen.look_at(pieces):
            return " ".join(map(self._mark, pieces))
        version, marked = self._marked
        if version != (now := self._seen.version):
            marked = {piece: self._mark(piece) for piece in self._seen.having(self._terms)}
            self._marked = now, marked
        if marked.keys().isdisjoint(pieces):
            return text
        return " ".join([marked.get(piece, piece) for piece in pieces])

    def _mark(self, piece: str) -> str:
        places = places_in_piece(self._analyzer, piece, self._terms)
        return wrap_spans(piece, [(start, end) for _, start, end in places], *self._tags) if places else piece


@lru_cache(maxsize=128)
def piece_marks(analyzer: Analyzer, terms: frozenset[str], before: str, after: str) -> PieceMarks:
    return PieceMarks(analyzer, terms, before, after)


def span_matcher(node: QueryNode | None, field: TextField) -> SpanMatcher:
    """Build the matcher of a query for one field."""
    terms: set[str] = set()
    prefixes, patterns = [], []
    for path, leaf in leaves(node) if node is not None else ():
        if path not in (None, field.field.path):
            continue
        terms.update(leaf_terms(leaf, field))
        if isinstance(leaf, PrefixNode):
            prefixes.append(leaf.text.lower())
        if isinstance(leaf, RegexpNode) and (pattern := python_pattern(leaf.regex)):
            patterns.append(pattern)
    return SpanMatcher(field, frozenset(terms), tuple(prefixes), tuple(patterns))


def leaf_terms(leaf: LeafNode, field: TextField) -> Iterable[str]:
    if isinstance(leaf, TermNode | PhraseNode):
        return field.terms(leaf.text)
    return [leaf.text.lower()] if isinstance(leaf, FuzzyNode) else []


def python_pattern(regex: str) -> re.Pattern[str] | None:
    """Return a wildcard's pattern if Python matches it in no time; other wildcards are not highlighted."""
    if len(regex) > 100 or re.search(r"[*+}]\)?[*+{]|\)[*+{]", regex):
        return None
    try:
        return re.compile(regex)
    except re.error:
        return None


def wrap_spans(value: str, spans: Iterable[Span], before: str, after: str) -> str:
    """Put tags around spans."""
    parts, position = [], 0
    for start, end in spans:
        parts += [value[position:start], before, value[start:end], after]
        position = end
    return "".join([*parts, value[position:]])
