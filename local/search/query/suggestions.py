"""Suggestions (documents while somebody types) and autocompletion (terms while somebody types)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import tantivy
from tantivy import Query

from local.search.errors import BadRequestError
from local.search.payload import PayloadReader
from local.search.query.ordering import parse_orderby, sort_positions
from local.search.query.ranking import RankedList
from local.search.query.retrieval import TextRetriever, allowed_rows
from local.search.storage.projection import parse_select
from local.search.text.query_compiler import match_any
from local.search.text.spans import Span, wrap_spans
from local.search.text.text_index import TextField, TextIndex, strings
from local.search.view import SearchView

SHARED_PARAMETERS = {"search", "suggesterName", "filter", "fuzzy", "top", "searchFields", "minimumCoverage"}
SHARED_PARAMETERS |= {"highlightPreTag", "highlightPostTag"}
SUGGEST_PARAMETERS = SHARED_PARAMETERS | {"select", "orderby"}
AUTOCOMPLETE_PARAMETERS = SHARED_PARAMETERS | {"autocompleteMode"}
DEFAULT_TOP, MAX_TOP, MAX_TEXT_LENGTH = 5, 100, 100
COMPLETION_DOCUMENTS = 200


@dataclass(frozen=True)
class TypeaheadRequest:
    """What suggestions and completions have in common: whole terms, and the prefix of one more."""

    terms: tuple[str, ...]
    prefix: str
    fuzzy: bool
    fields: tuple[TextField, ...]
    filter: str | None
    top: int
    before: str
    after: str
    coverage: bool

    def query(self, text_index: TextIndex, *, all_terms: bool) -> Query | None:
        """Match fields that contain the prefix and, with `all_terms`, every term before it."""
        return match_any(self._in_field(text_index, field, all_terms=all_terms) for field in self.fields)

    def _in_field(self, text_index: TextIndex, field: TextField, *, all_terms: bool) -> Query:
        edits = 1 if self.fuzzy else 0
        queries = [Query.fuzzy_term_query(text_index.schema, field.name, self.prefix, edits, prefix=True)]
        for term in self.terms if all_terms else ():
            queries.append(Query.fuzzy_term_query(text_index.schema, field.name, term, edits))
        return Query.boolean_query([(tantivy.Occur.Must, query) for query in queries])


def parse_typeahead(payload: PayloadReader, view: SearchView) -> TypeaheadRequest:
    """Read what suggestions and completions have in common."""
    text = payload.string("search")
    if not text or len(text) > MAX_TEXT_LENGTH:
        raise BadRequestError.for_parameter(f"The search text must have 1 to {MAX_TEXT_LENGTH} characters.", "search")
    fields = source_fields(payload, view)
    tokens = fields[0].searching.analyze(text)
    top = payload.integer("top", 1, MAX_TOP)
    return TypeaheadRequest(
        terms=tuple(tokens[:-1]),
        prefix=tokens[-1] if tokens else "",
        fuzzy=payload.boolean("fuzzy"),
        fields=fields,
        filter=payload.string("filter") or None,
        top=DEFAULT_TOP if top is None else top,
        before=payload.string("highlightPreTag") or "",
        after=payload.string("highlightPostTag") or "",
        coverage=payload.number("minimumCoverage", 0, 100) is not None,
    )


def source_fields(payload: PayloadReader, view: SearchView) -> tuple[TextField, ...]:
    """Return the suggester's fields, or those of them the request names."""
    name = payload.string("suggesterName")
    suggester = view.definition.suggester
    if suggester is None or suggester.get("name") != name:
        raise BadRequestError.for_parameter(
            f"The specified suggester name '{name}' does not exist in this index definition.", "suggesterName"
        )
    fields = view.text_index.suggester_fields
    paths = payload.names("searchFields")
    for path in paths:
        if path not in fields:
            raise BadRequestError.for_parameter(
                f"The field '{path}' is not a source field of the suggester '{name}'.", "searchFields"
            )
    return tuple(fields[path] for path in paths or list(fields))


def retrieve_typeahead(request: TypeaheadRequest, view: SearchView, limit: int, *, all_terms: bool) -> RankedList:
    """Return the documents that contain the typed text and pass the filter."""
    allowed = allowed_rows(request.filter, view)
    query = request.query(view.text_index, all_terms=all_terms) if request.prefix else None
    return TextRetriever(query, view, allowed).top(limit)[0]


def suggest(body: object, view: SearchView) -> dict[str, Any]:
    """Answer with documents that contain the typed text, and the text in which they do."""
    payload = PayloadReader(body, SUGGEST_PARAMETERS, "suggest")
    request = parse_typeahead(payload, view)
    select = parse_select(payload.names("select"), view.definition)
    select = {view.definition.key.name} if not payload.names("select") else select
    orderby = payload.expression("orderby")
    clauses = parse_orderby(orderby, view.definition) if orderby else ()
    ranked = retrieve_typeahead(request, view, view.row_count + 1 if clauses else request.top, all_terms=True)
    positions = sort_positions(clauses, view.table, ranked.rows, ranked.scores) if clauses else slice(None)
    rows = [int(row) for row in ranked.rows[positions][: request.top]]
    documents = view.store.read(rows)
    projection = view.projection(select)
    value = [
        {"@search.text": suggestion_text(documents[row], request)} | projection.apply(documents[row])
        for row in rows
        if row in documents
    ]
    return {**coverage(request), "value": value}


def coverage(request: TypeaheadRequest) -> dict[str, float]:
    return {"@search.coverage": 100.0} if request.coverage else {}


def suggestion_text(document: Mapping[str, Any], request: TypeaheadRequest) -> str:
    """Return the first source text that contains most of the typed words, with tags around them."""
    best: tuple[int, str] = (-1, "")
    for field in request.fields:
        for value in strings(document, field.field.path.split("/")):
            spans = typed_spans(value, request, field)
            if len(spans) > best[0]:
                best = (len(spans), wrap_spans(value, spans, request.before, request.after))
    return best[1]


def typed_spans(value: str, request: TypeaheadRequest, field: TextField) -> list[Span]:
    """Return where the typed words are; of the last one only the prefix counts."""
    spans: list[Span] = []
    for token in field.indexing.pre_tokenize(value).tokens:
        start = token.char_offset_from
        if token.text.startswith(request.prefix):
            spans.append((start, min(start + len(request.prefix), token.char_offset_to)))
        elif token.text in request.terms:
            spans.append((start, token.char_offset_to))
    return spans


def autocomplete(body: object, view: SearchView) -> dict[str, Any]:
    """Answer with terms that complete the typed text, the most frequent first."""
    payload = PayloadReader(body, AUTOCOMPLETE_PARAMETERS, "autocomplete")
    mode = payload.choice("autocompleteMode", ("oneTerm", "twoTerms", "oneTermWithContext"))
    request = parse_typeahead(payload, view)
    with_context = mode == "oneTermWithContext" and bool(request.terms)
    ranked = retrieve_typeahead(request, view, COMPLETION_DOCUMENTS, all_terms=with_context)
    documents = view.store.read([int(row) for row in ranked.rows])
    counts: Counter[str] = Counter()
    for document in documents.values():
        counts.update(set(completions(document, request, mode)))
    best = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[: request.top]
    context = request.terms[:-1] if with_context else request.terms
    return {**coverage(request), "value": [completion_body(text, context, request) for text, _ in best]}


def completion_body(text: str, context: Iterable[str], request: TypeaheadRequest) -> dict[str, str]:
    """Return one completion, with tags around what completes the typed text."""
    highlighted = wrap_spans(text, [(0, len(text))], request.before, request.after) if request.before else text
    return {"text": text, "queryPlusText": " ".join([*context, highlighted])}


def completions(document: Mapping[str, Any], request: TypeaheadRequest, mode: str) -> Iterator[str]:
    """Yield the completions that one document offers."""
    for field in request.fields:
        for value in strings(document, field.field.path.split("/")):
            yield from matching_completions(field.indexing.analyze(value), request, mode)


def matching_completions(terms: list[str], request: TypeaheadRequest, mode: str) -> Iterator[str]:
    """Yield single terms, or pairs of neighbours, that begin with the typed prefix."""
    context = request.terms[-1] if request.terms and mode == "oneTermWithContext" else None
    for position, term in enumerate(terms):
        if not matches_prefix(term, request):
            continue
        if context is not None:
            if position and terms[position - 1] == context:
                yield f"{context} {term}"
        elif mode != "twoTerms":
            yield term
        elif position + 1 < len(terms):
            yield f"{term} {terms[position + 1]}"


def matches_prefix(term: str, request: TypeaheadRequest) -> bool:
    """Whether a term begins with the typed prefix, with one edit where fuzzy matching is on."""
    if term.startswith(request.prefix):
        return True
    size = len(request.prefix)
    return request.fuzzy and any(within_one_edit(term[:end], request.prefix) for end in (size - 1, size, size + 1))


def within_one_edit(left: str, right: str) -> bool:
    """Whether two words are at most one insertion, deletion, substitution or swap apart."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    a, b = left[start:], right[start:]
    is_swap = a[:2] == b[:2][::-1] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or is_swap
