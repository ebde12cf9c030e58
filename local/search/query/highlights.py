"""Highlights: the fragments of a field that contain words of the query."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from local.search.query.request import HighlightOptions
from local.search.text.query_nodes import QueryNode, leaves
from local.search.text.spans import PieceMarks, Span, SpanMatcher, span_matcher, wrap_spans
from local.search.text.text_index import TextIndex, texts_at

MIN_FRAGMENT = 120  # characters
SENTENCE_END = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s*|\n+")


@dataclass(frozen=True)
class Highlighter:
    """What to look for in one field, how pieces of its texts look with tags, if that is known, and how many to show."""

    matcher: SpanMatcher
    marks: PieceMarks | None
    count: int

    @classmethod
    def of(cls, matcher: SpanMatcher, options: HighlightOptions, count: int) -> Self:
        return cls(matcher, matcher.marks(options.before, options.after), count)


def highlighters(options: HighlightOptions, query: QueryNode | None, text_index: TextIndex) -> dict[str, Highlighter]:
    """Return what looks for the query in each field: the same in fields that are analyzed alike."""
    names_fields = query is not None and any(path is not None for path, _ in leaves(query))
    matchers: dict[object, SpanMatcher] = {}
    by_path = {}
    for path, count in options.fields.items():
        field = text_index.fields[path]
        kind = path if names_fields else (field.indexing, field.searching)
        if kind not in matchers:
            matchers[kind] = span_matcher(query, field)
        by_path[path] = Highlighter.of(matchers[kind], options, count)
    return by_path


def highlight(
    document: Mapping[str, Any], by_path: Mapping[str, Highlighter], options: HighlightOptions
) -> dict[str, list[str]]:
    """Return the fragments per field; fields without a match are left out."""
    highlights: dict[str, list[str]] = {}
    for path, each in by_path.items():
        if not (values := texts_at(document, path)):
            continue
        if each.marks is None:
            found = every_fragment(values, each.matcher, options)
        else:
            found = marked_fragments(values, each.matcher, each.marks, options)
        if found:
            highlights[path] = found[: each.count]
    return highlights


def every_fragment(values: list[str], matcher: SpanMatcher, options: HighlightOptions) -> list[str]:
    """The fragments of several texts."""
    return [each for value in values if (spans := matcher.spans(value)) for each in fragments(value, spans, options)]


def marked_fragments(
    values: list[str], matcher: SpanMatcher, marks: PieceMarks, options: HighlightOptions
) -> list[str]:
    """The same, where it is known how pieces of text look: a text that is not cut is its only fragment."""
    if len(values) > 1 and marks.applied(whole := " ".join(values)) == whole:  # quickly told of many, such as tags
        return []
    found: list[str] = []
    for value in values:
        marked = marks.applied(value)
        if marked == value:
            continue
        is_one = len(value) <= MIN_FRAGMENT or len([*sentences(value, MIN_FRAGMENT)]) == 1
        found += [marked.strip()] if is_one else fragments(value, matcher.spans(value), options)
    return found


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
