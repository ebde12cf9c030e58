"""Highlights: the fragments of a field that contain words of the query."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local.search.query.request import HighlightOptions
from local.search.text.query_nodes import QueryNode
from local.search.text.spans import Span, SpanMatcher, span_matcher, wrap_spans
from local.search.text.text_index import TextIndex, texts_at

MIN_FRAGMENT = 120  # characters
SENTENCE_END = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s*|\n+")


def highlighters(
    options: HighlightOptions, query: QueryNode | None, text_index: TextIndex
) -> dict[str, tuple[SpanMatcher, int]]:
    """Return per field what to look for and how many fragments to show."""
    return {path: (span_matcher(query, text_index.fields[path]), count) for path, count in options.fields.items()}


def highlight(
    document: Mapping[str, Any], matchers: Mapping[str, tuple[SpanMatcher, int]], options: HighlightOptions
) -> dict[str, list[str]]:
    """Return the fragments per field; fields without a match are left out."""
    highlights: dict[str, list[str]] = {}
    for path, (matcher, count) in matchers.items():
        field_fragments: list[str] = []
        values = texts_at(document, path)
        if len(values) > 1 and matcher.is_in_none(values):
            continue
        for value in values:
            if spans := matcher.spans(value):
                field_fragments += fragments(value, spans, options)
        if field_fragments:
            highlights[path] = field_fragments[:count]
    return highlights


def fragments(value: str, spans: list[Span], options: HighlightOptions) -> Iterator[str]:
    """Yield the sentences of a text that contain a match, short neighbours together."""
    for start, end in sentences(value, MIN_FRAGMENT):
        inside = [(first - start, last - start) for first, last in spans if start <= first < end]
        if inside:
            yield wrap_spans(value[start:end], inside, options.before, options.after).strip()


def sentences(value: str, min_length: int) -> Iterator[Span]:
    """Cut a text after sentences, but not into pieces shorter than `min_length` characters."""
    start = 0
    for match in SENTENCE_END.finditer(value) if len(value) > min_length else ():
        if match.end() - start >= min_length and value[match.end() :].strip():
            yield start, match.end()
            start = match.end()
    if start < len(value):
        yield start, len(value)
