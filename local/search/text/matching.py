"""Where the words of a query stand in a text: for highlights and captions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from local.search.text.analyzers import located
from local.search.text.nodes import Fuzzy, Leaf, Node, Pattern, Phrase, Prefix, Word, leaves
from local.search.text.words import TextField

Span = tuple[int, int]


@dataclass(frozen=True)
class Matcher:
    """What counts as a match in one field: whole terms, beginnings, or patterns over terms."""

    text: TextField
    terms: frozenset[str]
    prefixes: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]

    def spans(self, value: str) -> list[Span]:
        """Return the character spans of the matching words of a text."""
        said = located(self.text.indexing, value)
        if not (self.prefixes or self.patterns):
            return [(start, end) for term, start, end in said if term in self.terms]
        return [(start, end) for term, start, end in said if self._matches(term)]

    def _matches(self, term: str) -> bool:
        return (
            term in self.terms
            or term.startswith(self.prefixes)
            or any(pattern.fullmatch(term) for pattern in self.patterns)
        )


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
