"""Highlights: the fragments of a field in which the words of the query stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local.search.query.request import Highlighting
from local.search.text.matching import Matcher, Span, marked, matcher
from local.search.text.nodes import Node
from local.search.text.words import Words, strings

FRAGMENT = 120
SENTENCE_END = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s*|\n+")


def highlighters(request: Highlighting, node: Node | None, words: Words) -> dict[str, tuple[Matcher, int]]:
    """Return per field what to look for and how many fragments to show."""
    return {path: (matcher(node, words.fields[path]), number) for path, number in request.fields.items()}


def highlight(
    document: Mapping[str, Any], wanted: Mapping[str, tuple[Matcher, int]], tags: Highlighting
) -> dict[str, list[str]]:
    """Return the fragments per field; fields without a match are left out."""
    shown: dict[str, list[str]] = {}
    for path, (match, number) in wanted.items():
        found: list[str] = []
        for value in strings(document, path.split("/")):
            if spans := match.spans(value):
                found += fragments(value, spans, tags)
        if found:
            shown[path] = found[:number]
    return shown


def fragments(value: str, spans: list[Span], tags: Highlighting) -> Iterator[str]:
    """Yield the sentences of a text, short neighbours together, that hold a match."""
    for start, end in sentences(value, FRAGMENT):
        inside = [(first - start, last - start) for first, last in spans if start <= first < end]
        if inside:
            yield marked(value[start:end], inside, tags.before, tags.after).strip()


def sentences(value: str, least: int) -> Iterator[Span]:
    """Cut a text after sentences, but not into pieces shorter than `least` characters."""
    start = 0
    for match in SENTENCE_END.finditer(value) if len(value) > least else ():
        if match.end() - start >= least and value[match.end() :].strip():
            yield start, match.end()
            start = match.end()
    if start < len(value):
        yield start, len(value)
