"""A search request: JSON in, checked values out. Nothing here looks at the documents of an index."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.search.errors import BadRequestError, InvalidParameterError
from local.search.payload import PayloadReader
from local.search.schema.definition import IndexDefinition
from local.search.schema.field import IndexField
from local.search.schema.values import Vector, check_vector
from local.search.storage.projection import parse_select

DEFAULT_TOP, MAX_PAGE_SIZE, MAX_SKIP = 50, 1000, 100_000
DEFAULT_K, MAX_K, MAX_VECTOR_FIELDS = 50, 10_000, 10
MAX_TEXT_LENGTH = 100_000
DEBUG_MODES = ("disabled", "semantic", "vector", "queryRewrites", "innerHits", "all")
SEARCH_PARAMETERS = {
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
VECTOR_PARAMETERS = {
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


@dataclass(frozen=True)
class VectorQuery:
    """
    One vector, compared with one or more fields; `weight` counts in the fusion.

    `oversampling` is for compressed vectors, in place of what the index says.
    """

    vector: Vector
    fields: tuple[IndexField, ...]
    k: int
    weight: float
    oversampling: float | None = None


@dataclass(frozen=True)
class HighlightOptions:
    """How many fragments to show per field, and the tags around what matched."""

    fields: Mapping[str, int]
    before: str
    after: str


@dataclass(frozen=True)
class SearchRequest:
    """A whole search request, with defaults filled in."""

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
    highlighting: HighlightOptions
    scoring_profile: str | None
    scoring_parameters: tuple[str, ...]
    count: bool
    coverage: bool
    subscores: bool
    skip: int
    top: int | None

    @property
    def page_size(self) -> int:
        return min(DEFAULT_TOP if self.top is None else self.top, MAX_PAGE_SIZE)

    @property
    def continues(self) -> bool:
        """Whether there may be a continuation: not when everything that was requested fits one response."""
        return self.top is None or self.top > MAX_PAGE_SIZE


def parse_search(body: object, definition: IndexDefinition) -> SearchRequest:
    """Check a search request against an index; BadRequestError names the parameter that is wrong."""
    payload = PayloadReader(body, SEARCH_PARAMETERS, "search")
    text = payload.string("search")
    if text is not None and len(text) > MAX_TEXT_LENGTH:
        raise BadRequestError.for_parameter(f"The search text is longer than {MAX_TEXT_LENGTH} characters.", "search")
    query_type = payload.choice("queryType", ("simple", "full", "semantic"))
    payload.choice("scoringStatistics", ("local", "global"))
    minimum = payload.number("minimumCoverage", 0, 100)
    filter_mode = payload.choice("vectorFilterMode", ("preFilter", "postFilter", "strictPostFilter"))
    return SearchRequest(
        raw=payload.raw,
        text=None if text is None or text.strip() in ("", "*") else text,
        full_syntax=query_type == "full",
        match_all=payload.choice("searchMode", ("any", "all")) == "all",
        search_fields=parse_search_fields(payload.names("searchFields"), definition),
        vectors=tuple(parse_vector_query(query, definition) for query in payload.objects("vectorQueries")),
        prefilter=filter_mode == "preFilter",
        filter=payload.string("filter") or None,
        orderby=payload.expression("orderby"),
        facets=tuple(payload.strings("facets")),
        select=parse_select(payload.names("select"), definition),
        highlighting=parse_highlighting(payload, definition),
        scoring_profile=payload.string("scoringProfile") or definition.raw["defaultScoringProfile"],
        scoring_parameters=tuple(payload.strings("scoringParameters")),
        count=payload.boolean("count"),
        coverage=minimum is not None,
        subscores=bool({"vector", "all"} & set(parse_debug_modes(payload))),
        skip=payload.integer("skip", 0, MAX_SKIP) or 0,
        top=payload.integer("top", 0, 2**31 - 1),
    )


def parse_debug_modes(payload: PayloadReader) -> list[str]:
    """Return the modes of debugging, which bars separate."""
    modes = (payload.string("debug") or "disabled").split("|")
    for mode in modes:
        if mode not in DEBUG_MODES:
            raise BadRequestError.for_parameter(
                f"'{mode[:100]}' is not one of the supported values: {', '.join(DEBUG_MODES)}.", "debug"
            )
    return modes


def parse_search_fields(names: list[str], definition: IndexDefinition) -> tuple[str, ...]:
    """Return the paths to search, all searchable fields by default."""
    searchable = definition.searchable_by_path
    for name in names:
        if name not in searchable:
            raise BadRequestError.for_parameter(
                f"The field '{name}' in the search field list is not searchable.", "searchFields"
            )
    return tuple(names or searchable)


def parse_highlighting(payload: PayloadReader, definition: IndexDefinition) -> HighlightOptions:
    """Read `"title,caption-3"`: fields and, after a dash, how many fragments to show."""
    fields: dict[str, int] = {}
    for item in payload.names("highlight"):
        name, _, number = item.partition("-")
        field = definition.by_path.get(name)
        if field is None or not field.searchable or field.is_vector:
            raise BadRequestError.for_parameter(
                "Only searchable fields can be used in the highlight list. "
                f"Field '{name}' is not marked as 'searchable'.",
                "highlight",
            )
        if number and not (
            number.isascii() and number.isdigit() and len(number) < 10 and 0 < int(number) <= MAX_PAGE_SIZE
        ):
            raise BadRequestError.for_parameter(f"'{item}' does not say how many highlights to show.", "highlight")
        fields[name] = int(number or 5)
    before, after = payload.string("highlightPreTag"), payload.string("highlightPostTag")
    return HighlightOptions(fields, "<em>" if before is None else before, "</em>" if after is None else after)


def parse_vector_query(raw: Mapping[str, Any], definition: IndexDefinition) -> VectorQuery:
    """Check one vector query; a text would need a vectorizer, which no index here has."""
    kind = raw.get("kind", "vector")
    if kind != "vector":
        raise InvalidParameterError(
            f"A vector query of kind '{kind}' needs a vectorizer on the field's vector search profile, "
            "and the index has none that can be used here.\r\nParameter name: vectorQueries"
        )
    payload = PayloadReader(raw, VECTOR_PARAMETERS, "vectorQueries")
    fields = [vector_field(name, definition) for name in payload.names("fields")]
    if not 1 <= len(fields) <= MAX_VECTOR_FIELDS:
        raise BadRequestError.for_parameter(
            f"A vector query must name between 1 and {MAX_VECTOR_FIELDS} fields.", "vectorQueries.fields"
        )
    vectors = [query_vector(raw.get("vector"), field) for field in fields]
    k, weight = payload.integer("k", 1, MAX_K), payload.number("weight", 0, 1e6)
    payload.boolean("exhaustive")
    return VectorQuery(
        vectors[0],
        tuple(fields),
        DEFAULT_K if k is None else k,
        1.0 if weight is None else weight,
        payload.number("oversampling", 1, 1e6),
    )


def vector_field(name: str, definition: IndexDefinition) -> IndexField:
    field = definition.by_path.get(name)
    if field is None or not field.is_vector or not field.searchable:
        raise InvalidParameterError(
            f"Unknown field '{name}' in vector field list.\r\nParameter name: vectorQueries.fields"
        )
    return field


def query_vector(value: object, field: IndexField) -> Vector:
    """Check a query's vector; a wrong length has the message used for queries."""
    if isinstance(value, list) and len(value) != field.dimensions:
        raise InvalidParameterError(
            f"The vector query's vector length of '{len(value)}' does not match the vector field '{field.name}' "
            f"with a dimension of '{field.dimensions}'.\r\nParameter name: vectorQueries",
            detail_code="InvalidVectorQuery",
        )
    return check_vector(value, field)
