"""Where the words of a query stand in a text: for highlights and captions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from tantivy import TextAnalyzer

from local.search.text.nodes import Fuzzy, Leaf, Node, Pattern, Phrase, Prefix, Word, leaves
from local.search.text.words import TextField

Span = tuple[int, int]
REMEMBERED_LENGTH = 120  # characters


@dataclass(frozen=True)
class Matcher:
    """What counts as a match in one field: whole terms, beginnings, or patterns over terms."""

    text: TextField
    terms: frozenset[str]
    prefixes: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]

    def spans(self, value: str) -> list[Span]:
        """Return the character spans of the matching words of a text."""
        read = terms_of if len(value) > REMEMBERED_LENGTH else remembered_terms
        return [(start, end) for term, start, end in read(self.text.indexing, value) if self._matches(term)]

    def _matches(self, term: str) -> bool:
        if term in self.terms or not (self.prefixes or self.patterns):
            return term in self.terms
        return any(term.startswith(prefix) for prefix in self.prefixes) or any(
            pattern.fullmatch(term) for pattern in self.patterns
        )


def terms_of(analyzer: TextAnalyzer, value: str) -> list[tuple[str, int, int]]:
    """Return the terms of a text with where each begins and ends."""
    return [(token.text, token.char_offset_from, token.char_offset_to) for token in analyzer.pre_tokenize(value).tokens]


remembered_terms = lru_cache(maxsize=20_000)(terms_of)  # tags and titles come again and again


def matcher(node: Node | None, text: TextField) -> Matcher:
    """Build the matcher of a query for one field."""
    terms: set[str] = set()
    prefixes, patterns = [], []
    for scope, leaf in leaves(node) if node is not None else ():
        if scope not in (None, text.field.path):
            continue
        terms.update(leaf_terms(leaf, text))
        if isinstance(leaf, Prefix):
            prefixes.append(leaf.text.lower())
        if isinstance(leaf, Pattern) and (pattern := python_pattern(leaf.regex)):
            patterns.append(pattern)
    return Matcher(text, frozenset(terms), tuple(prefixes), tuple(patterns))


def leaf_terms(leaf: Leaf, text: TextField) -> Iterable[str]:
    if isinstance(leaf, Word | Phrase):
        return text.terms(leaf.text)
    return [leaf.text.lower()] if isinstance(leaf, Fuzzy) else []


def python_pattern(regex: str) -> re.Pattern[str] | None:
    """Wildcards come as regular expressions; only simple ones are highlighted, which Python matches in no time."""
    if len(regex) > 100 or re.search(r"[*+}]\)?[*+{]|\)[*+{]", regex):
        return None
    try:
        return re.compile(regex)
    except re.error:
        return None


def marked(value: str, spans: Iterable[Span], before: str, after: str) -> str:
    """Put tags around spans."""
    parts, at = [], 0
    for start, end in spans:
        parts += [value[at:start], before, value[start:end], after]
        at = end
    return "".join([*parts, value[at:]])
