"""A query of the index, and the body of the request that the REST API takes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from shared.catalogue.in_force import catalogue
from shared.photo import INDEXED, STORED, VECTORS, stored_fields
from shared.search.schema import SEMANTIC_CONFIGURATION
from shared.search.search_words import FOLDED_WORDS

HIGHLIGHTED = "title,caption,text_in_photo,tags"
SEARCHABLE_TEXT = (
    *(name for name, index in INDEXED.items() if name not in VECTORS and "searchable" in index["attributes"]),
    FOLDED_WORDS,
)


@dataclass(frozen=True, kw_only=True)
class IndexQuery:
    """
    One query of the index. With neither text nor vector it lists what the filter matches.

    `text` is in the simple query syntax; a hit has any of its words, or all of them with `match_all`, in one of
    `search_fields`; of all of them, in those for languages too. `semantic_text` is what the semantic ranker reads
    in place of it, without spellings that nobody typed.
    `plain` results have neither a total nor highlights, which saves a good part of the work; `highlights` false leaves
    out those alone.
    The vector counts `weight` times as much as the text and brings in `candidates` photos, and so does `image_vector`,
    which is compared with those of the pictures.
    """

    text: str | None = None
    semantic_text: str | None = None
    match_all: bool = False
    search_fields: Sequence[str] = SEARCHABLE_TEXT
    vector: Sequence[float] | None = None
    image_vector: Sequence[float] | None = None
    weight: float = 1.0
    candidates: int = 50
    filter: str | None = None
    order_by: Sequence[str] = ()
    facets: Sequence[str] = ()
    top: int = 10
    skip: int = 0
    semantic: bool = False
    fields: Sequence[str] = STORED
    with_vector: bool = False
    plain: bool = False
    highlights: bool = True

    @property
    def vectors(self) -> dict[str, Sequence[float]]:
        """The vectors to compare with, by field."""
        both = {"vector": self.vector, "image_vector": self.image_vector}
        return {name: vector for name, vector in both.items() if vector is not None}


def request_body(query: IndexQuery, *, semantic: bool, languages: Collection[str] = ()) -> dict[str, Any]:
    """The body of the request for this query, without what is not set; `languages` are the fields for languages."""
    searched = all_searched(languages) if query.search_fields == SEARCHABLE_TEXT else query.search_fields
    body: dict[str, Any] = {
        "count": not query.plain or None,
        "filter": query.filter,
        "orderby": ",".join(query.order_by) or None,
        "facets": list(query.facets) or None,
        "top": query.top,
        "skip": query.skip,
        "select": ",".join(_selected(query)),
    }
    if query.text:
        body |= {
            "search": query.text,
            "searchFields": ",".join(searched),
            "searchMode": "all" if query.match_all else "any",
            "highlight": HIGHLIGHTED if query.highlights and not query.plain else None,
        }
    elif not query.vectors:
        body["search"] = "*"
    if query.vectors:
        body["vectorQueries"] = [
            {"kind": "vector", "vector": list(vector), "k": query.candidates, "fields": name, "weight": query.weight}
            for name, vector in query.vectors.items()
        ]
    if query.text and query.vectors:
        body["debug"] = "vector"  # the scores of both before the service fuses their ranks
    if semantic:
        body |= {
            "queryType": "semantic",
            "semanticQuery": query.semantic_text,
            "semanticConfiguration": SEMANTIC_CONFIGURATION,
            "captions": "extractive",
            "answers": "extractive|count-3",
            "semanticErrorHandling": "partial",
        }
    return {name: value for name, value in body.items() if value is not None}


def _selected(query: IndexQuery) -> Sequence[str]:
    """The fields to return: those of the library's own, too, where all are wanted."""
    selected = stored_fields() if query.fields == STORED else query.fields
    return [*selected, "vector"] if query.with_vector else selected


def all_searched(languages: Collection[str]) -> Sequence[str]:
    """All fields that words are looked for in: also those for languages, and the library's own."""
    return [*SEARCHABLE_TEXT, *languages, *(each.index_name for each in catalogue().fields if each.searchable)]
