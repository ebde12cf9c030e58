"""A search request: JSON in, checked values out. Nothing here touches an index's data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.search.errors import BadRequest, InvalidRequest
from local.search.query.reading import Reading
from local.search.schema.definition import Definition
from local.search.schema.field import Field
from local.search.schema.values import Vector, check_vector
from local.search.storage.selection import parse_select

DEFAULT_TOP, MOST_PER_PAGE, FURTHEST_SKIP = 50, 1000, 100_000
DEFAULT_K, MOST_K, MOST_VECTOR_FIELDS = 50, 10_000, 10
LONGEST_TEXT = 100_000
KNOWN = {
    "answers",
    "captions",
    "count",
    "debug",
    "facets",
    "filter",
    "highlight",
    "highlightPostTag",
    "highlightPreTag",
    "minimumCoverage",
    "orderby",
    "queryLanguage",
    "queryType",
    "scoringParameters",
    "scoringProfile",
    "scoringStatistics",
    "search",
    "searchFields",
    "searchMode",
    "select",
    "semanticConfiguration",
    "semanticErrorHandling",
    "semanticMaxWaitInMilliseconds",
    "semanticQuery",
    "sessionId",
    "skip",
    "speller",
    "top",
    "vectorFilterMode",
    "vectorQueries",
}


@dataclass(frozen=True)
class VectorQuery:
    """One vector, looked for in one or more fields; `weight` counts in the fusion."""

    vector: Vector
    fields: tuple[Field, ...]
    k: int
    weight: float


@dataclass(frozen=True)
class Highlighting:
    """How many fragments to show per field, and the tags around what matched."""

    fields: Mapping[str, int]
    before: str
    after: str


@dataclass(frozen=True)
class SearchRequest:
    """Everything a search asks for, with defaults filled in."""

    raw: Mapping[str, Any]
    text: str | None
    full_syntax: bool
    match_all: bool
    search_fields: tuple[str, ...]
    vectors: tuple[VectorQuery, ...]
    prefilter: bool
    filter: str | None
    orderby: str | None
    facets: tuple[str, ...]
    select: set[str] | None
    highlighting: Highlighting
    scoring_profile: str | None
    scoring_parameters: tuple[str, ...]
    count: bool
    coverage: bool
    skip: int
    top: int | None

    @property
    def page_size(self) -> int:
        return min(DEFAULT_TOP if self.top is None else self.top, MOST_PER_PAGE)

    @property
    def continues(self) -> bool:
        """Whether the answer may carry a continuation: not when the page asked for fits one answer."""
        return self.top is None or self.top > MOST_PER_PAGE


def parse_search(body: object, definition: Definition) -> SearchRequest:
    """Check a search request against an index; BadRequest names the parameter that is wrong."""
    read = Reading(body, KNOWN, "search")
    text = read.text("search")
    if text is not None and len(text) > LONGEST_TEXT:
        raise BadRequest.parameter(f"The search text is longer than {LONGEST_TEXT} characters.", "search")
    kind = read.one_of("queryType", ("simple", "full", "semantic"))
    read.one_of("scoringStatistics", ("local", "global"))
    minimum = read.number("minimumCoverage", 0, 100)
    filter_mode = read.one_of("vectorFilterMode", ("preFilter", "postFilter", "strictPostFilter"))
    return SearchRequest(
        raw=read.raw,
        text=None if text is None or text.strip() in ("", "*") else text,
        full_syntax=kind == "full",
        match_all=read.one_of("searchMode", ("any", "all")) == "all",
        search_fields=parse_search_fields(read.names("searchFields"), definition),
        vectors=parse_vectors(read.objects("vectorQueries"), definition),
        prefilter=filter_mode == "preFilter",
        filter=read.text("filter") or None,
        orderby=read.joined("orderby"),
        facets=tuple(read.strings("facets")),
        select=parse_select(read.names("select"), definition),
        highlighting=parse_highlighting(read, definition),
        scoring_profile=read.text("scoringProfile") or definition.raw["defaultScoringProfile"],
        scoring_parameters=tuple(read.strings("scoringParameters")),
        count=read.flag("count"),
        coverage=minimum is not None,
        skip=read.whole("skip", 0, FURTHEST_SKIP) or 0,
        top=read.whole("top", 0, 2**31 - 1),
    )


def parse_search_fields(names: list[str], definition: Definition) -> tuple[str, ...]:
    """Return the paths to search, all searchable fields by default."""
    searchable = {field.path for field in definition.searchable}
    for name in names:
        if name not in searchable:
            raise BadRequest.parameter(
                f"The field '{name}' in the search field list is not searchable.", "searchFields"
            )
    return tuple(names) or tuple(field.path for field in definition.searchable)


def parse_highlighting(read: Reading, definition: Definition) -> Highlighting:
    """Read `"title,caption-3"`: fields and, after a dash, how many fragments."""
    fields: dict[str, int] = {}
    for item in read.names("highlight"):
        name, _, number = item.partition("-")
        field = definition.by_path.get(name)
        if field is None or not field.searchable or field.is_vector:
            raise BadRequest.parameter(
                "Only searchable fields can be used in the highlight list. "
                f"Field '{name}' is not marked as 'searchable'.",
                "highlight",
            )
        if number and not (number.isascii() and number.isdigit() and 0 < int(number) <= MOST_PER_PAGE):
            raise BadRequest.parameter(f"'{item}' does not say how many highlights to show.", "highlight")
        fields[name] = int(number or 5)
    before, after = read.text("highlightPreTag"), read.text("highlightPostTag")
    return Highlighting(fields, "<em>" if before is None else before, "</em>" if after is None else after)


def parse_vectors(raw: list[Mapping[str, Any]], definition: Definition) -> tuple[VectorQuery, ...]:
    return tuple(parse_vector(one, definition) for one in raw)


def parse_vector(raw: Mapping[str, Any], definition: Definition) -> VectorQuery:
    """Check one vector query; texts would need a vectorizer, which no index here has."""
    kind = raw.get("kind", "vector")
    if kind != "vector":
        raise InvalidRequest(
            f"A vector query of kind '{kind}' needs a vectorizer on the field's vector search profile, "
            "and the index has none that can be used here.\r\nParameter name: vectorQueries"
        )
    read = Reading(raw, VECTOR_KEYS, "vectorQueries")
    fields = [vector_field(name, definition) for name in read.names("fields")]
    if not 1 <= len(fields) <= MOST_VECTOR_FIELDS:
        raise BadRequest.parameter(
            f"A vector query must name between 1 and {MOST_VECTOR_FIELDS} fields.", "vectorQueries.fields"
        )
    vectors = [query_vector(raw.get("vector"), field) for field in fields]
    k, weight = read.whole("k", 1, MOST_K), read.number("weight", 0, 1e6)
    read.flag("exhaustive")
    return VectorQuery(vectors[0], tuple(fields), DEFAULT_K if k is None else k, 1.0 if weight is None else weight)


VECTOR_KEYS = {
    "kind",
    "vector",
    "k",
    "fields",
    "exhaustive",
    "weight",
    "oversampling",
    "threshold",
    "filterOverride",
    "text",
    "perDocumentVectorLimit",
}


def vector_field(name: str, definition: Definition) -> Field:
    field = definition.by_path.get(name)
    if field is None or not field.is_vector or not field.searchable:
        raise InvalidRequest(f"Unknown field '{name}' in vector field list.\r\nParameter name: vectorQueries.fields")
    return field


def query_vector(value: object, field: Field) -> Vector:
    """Check the length of a query's vector, in the words used for queries."""
    if isinstance(value, list) and len(value) != field.dimensions:
        raise InvalidRequest(
            f"The vector query's vector length of '{len(value)}' does not match the vector field '{field.name}' "
            f"with a dimension of '{field.dimensions}'.\r\nParameter name: vectorQueries",
            detail_code="InvalidVectorQuery",
        )
    return check_vector(value, field)
