"""Suggestions (documents while somebody types) and autocompletion (terms while somebody types)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import tantivy
from tantivy import Query

from local.search.errors import BadRequest
from local.search.query.arms import TextArm, allowed_rows
from local.search.query.ordering import order, parse_orderby
from local.search.query.ranking import Arm
from local.search.query.reading import Reading
from local.search.storage.documents import Shape
from local.search.storage.selection import parse_select
from local.search.text.compiler import either
from local.search.text.matching import Span, marked
from local.search.text.words import TextField, Words, strings
from local.search.view import View

SHARED = {"search", "suggesterName", "filter", "fuzzy", "top", "searchFields", "minimumCoverage"}
SHARED |= {"highlightPreTag", "highlightPostTag"}
SUGGEST_KEYS = SHARED | {"select", "orderby"}
AUTOCOMPLETE_KEYS = SHARED | {"autocompleteMode"}
DEFAULT_TOP, MOST, LONGEST_TEXT = 5, 100, 100
READ_FOR_COMPLETION = 200


@dataclass(frozen=True)
class Typed:
    """What has been typed so far: whole terms and the beginning of one more."""

    terms: tuple[str, ...]
    beginning: str
    fuzzy: bool
    fields: tuple[TextField, ...]
    filter: str | None
    top: int
    before: str
    after: str
    coverage: bool

    def query(self, words: Words, *, whole: bool) -> Query | None:
        """Match fields that hold the beginning and, where `whole`, every term before it."""
        return either(self._in_field(words, text, whole=whole) for text in self.fields)

    def _in_field(self, words: Words, text: TextField, *, whole: bool) -> Query:
        edits = 1 if self.fuzzy else 0
        parts = [Query.fuzzy_term_query(words.schema, text.name, self.beginning, edits, prefix=True)]
        for term in self.terms if whole else ():
            parts.append(Query.fuzzy_term_query(words.schema, text.name, term, edits))
        return Query.boolean_query([(tantivy.Occur.Must, part) for part in parts])


def parse_typed(read: Reading, view: View) -> Typed:
    """Read what suggestions and completions have in common."""
    text = read.text("search")
    if not text or len(text) > LONGEST_TEXT:
        raise BadRequest.parameter(f"The search text must have 1 to {LONGEST_TEXT} characters.", "search")
    fields = source_fields(read, view)
    tokens = fields[0].searching.analyze(text)
    top = read.whole("top", 1, MOST)
    return Typed(
        terms=tuple(tokens[:-1]),
        beginning=tokens[-1] if tokens else "",
        fuzzy=read.flag("fuzzy"),
        fields=fields,
        filter=read.text("filter") or None,
        top=DEFAULT_TOP if top is None else top,
        before=read.text("highlightPreTag") or "",
        after=read.text("highlightPostTag") or "",
        coverage=read.number("minimumCoverage", 0, 100) is not None,
    )


def source_fields(read: Reading, view: View) -> tuple[TextField, ...]:
    """Return the suggester's fields, or those of them the request names."""
    name = read.text("suggesterName")
    suggester = view.definition.suggester
    if suggester is None or suggester.get("name") != name:
        raise BadRequest.parameter(
            f"The specified suggester name '{name}' does not exist in this index definition.", "suggesterName"
        )
    for path in read.names("searchFields"):
        if path not in view.words.suggested:
            raise BadRequest.parameter(
                f"The field '{path}' is not a source field of the suggester '{name}'.", "searchFields"
            )
    chosen = read.names("searchFields") or list(view.words.suggested)
    return tuple(view.words.suggested[path] for path in chosen)


def found(typed: Typed, view: View, limit: int, *, whole: bool) -> Arm:
    """Return the documents in which the typed text occurs, under the filter."""
    allowed = allowed_rows(typed.filter, view)
    query = typed.query(view.words, whole=whole) if typed.beginning else None
    return TextArm(query, view, allowed).best(limit)[0]


def suggest(body: object, view: View) -> dict[str, Any]:
    """Answer with documents that hold the typed text, and the text in which they do."""
    read = Reading(body, SUGGEST_KEYS, "suggest")
    typed = parse_typed(read, view)
    select = parse_select(read.names("select"), view.definition)
    select = {view.definition.key.name} if not read.names("select") else select
    orderby = read.joined("orderby")
    clauses = parse_orderby(orderby, view.definition) if orderby else ()
    arm = found(typed, view, view.rows + 1 if clauses else typed.top, whole=True)
    places = order(clauses, view.table, arm.rows, arm.scores) if clauses else slice(None)
    rows = [int(row) for row in arm.rows[places][: typed.top]]
    documents = view.store.read(rows)
    shape = Shape.of(view.definition.fields, select)
    value = [
        {"@search.text": shown_text(documents[row], typed)} | shape.show(documents[row])
        for row in rows
        if row in documents
    ]
    return {**coverage(typed), "value": value}


def coverage(typed: Typed) -> dict[str, float]:
    return {"@search.coverage": 100.0} if typed.coverage else {}


def shown_text(document: Mapping[str, Any], typed: Typed) -> str:
    """Return the first source text in which most of the typed words occur, with tags around them."""
    best: tuple[int, str] = (-1, "")
    for text in typed.fields:
        for value in strings(document, text.field.path.split("/")):
            spans = matching(value, typed, text)
            if len(spans) > best[0]:
                best = (len(spans), marked(value, spans, typed.before, typed.after))
    return best[1]


def matching(value: str, typed: Typed, text: TextField) -> list[Span]:
    """Where the typed words stand; of the last one only the beginning counts."""
    spans: list[Span] = []
    for token in text.indexing.pre_tokenize(value).tokens:
        start = token.char_offset_from
        if token.text.startswith(typed.beginning):
            spans.append((start, min(start + len(typed.beginning), token.char_offset_to)))
        elif token.text in typed.terms:
            spans.append((start, token.char_offset_to))
    return spans


def autocomplete(body: object, view: View) -> dict[str, Any]:
    """Answer with terms that complete the typed text, the most frequent first."""
    read = Reading(body, AUTOCOMPLETE_KEYS, "autocomplete")
    mode = read.one_of("autocompleteMode", ("oneTerm", "twoTerms", "oneTermWithContext"))
    typed = parse_typed(read, view)
    with_context = mode == "oneTermWithContext" and bool(typed.terms)
    arm = found(typed, view, READ_FOR_COMPLETION, whole=with_context)
    documents = view.store.read([int(row) for row in arm.rows])
    counted: Counter[str] = Counter()
    for document in documents.values():
        counted.update(set(completions(document, typed, mode)))
    best = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[: typed.top]
    context = typed.terms[:-1] if with_context else typed.terms
    return {**coverage(typed), "value": [completed(text, context, typed) for text, _ in best]}


def completed(text: str, context: Iterable[str], typed: Typed) -> dict[str, str]:
    """Write one completion, with tags around what completes the typed text."""
    shown = marked(text, [(0, len(text))], typed.before, typed.after) if typed.before else text
    return {"text": text, "queryPlusText": " ".join([*context, shown])}


def completions(document: Mapping[str, Any], typed: Typed, mode: str) -> Iterator[str]:
    """Yield the completions one document offers."""
    for text in typed.fields:
        for value in strings(document, text.field.path.split("/")):
            terms = text.indexing.analyze(value)
            yield from fitting(terms, typed, mode)


def fitting(terms: list[str], typed: Typed, mode: str) -> Iterator[str]:
    """Yield single terms, or pairs of neighbours, that begin as typed."""
    context = typed.terms[-1] if typed.terms and mode == "oneTermWithContext" else None
    for place, term in enumerate(terms):
        if not near(term, typed):
            continue
        if context is not None:
            if place and terms[place - 1] == context:
                yield f"{context} {term}"
        elif mode != "twoTerms":
            yield term
        elif place + 1 < len(terms):
            yield f"{term} {terms[place + 1]}"


def near(term: str, typed: Typed) -> bool:
    """Whether a term begins as typed, with one slip where fuzzy matching is on."""
    if term.startswith(typed.beginning):
        return True
    size = len(typed.beginning)
    return typed.fuzzy and any(edits_apart(term[:end], typed.beginning) for end in (size - 1, size, size + 1))


def edits_apart(left: str, right: str) -> bool:
    """Whether two words are at most one insertion, deletion, substitution or swap apart."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    a, b = left[start:], right[start:]
    swapped = a[:2] == b[:2][::-1] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped
