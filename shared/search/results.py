"""What a search of the index finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.photo import Photo
from shared.search.query import IndexQuery

Source = Literal["semantic", "hybrid", "keywords", "vector", "filter"]


@dataclass(frozen=True)
class Hit:
    """
    A photo that was found.

    `score` is the service's own: BM25, a similarity, or rank fusion, so compare it within one
    answer only. `reranker` is 0 to 4 where the semantic ranker ran; `source` says what the order
    comes from. Highlights hold `<em>` marks. `alike` are photos that this one stands for.
    """

    photo: Photo
    score: float = 0.0
    reranker: float | None = None
    source: Source = "filter"
    highlights: Mapping[str, list[str]] = field(default_factory=dict)
    passage: str = ""
    alike: tuple[Photo, ...] = ()


@dataclass(frozen=True)
class SearchResults:
    """One page of hits, how many there are in all, and counts by facet: `{"tags": [("beach", 3), ...]}`."""

    total: int
    hits: list[Hit]
    facets: Mapping[str, list[tuple[str, int]]] = field(default_factory=dict)
    passages: Sequence[str] = ()


@dataclass(frozen=True)
class IndexEntry:
    """What tells whether a document is up to date, and what its description took."""

    id: str
    path: str
    etag: str
    recipe: str
    tokens: int

    @classmethod
    def of(cls, photo: Photo) -> "IndexEntry":
        return cls(photo.id, photo.path, photo.etag, photo.recipe, photo.tokens)


ENTRY_FIELDS = ("id", "path", "etag", "recipe", "tokens")


def parse_results(response: Mapping[str, Any], query: IndexQuery) -> SearchResults:
    """The results in the service's response to a query."""
    return SearchResults(
        total=response.get("@odata.count") or 0,
        hits=[_hit(document, _source(query)) for document in response["value"]],
        facets=_facets(response.get("@search.facets") or {}),
        passages=[answer["text"] or "" for answer in response.get("@search.answers") or ()],
    )


def _source(query: IndexQuery) -> Source:
    """What ranks the hits of a query where the semantic ranker does not."""
    if query.order_by:
        return "filter"
    if query.vector is not None:
        return "hybrid" if query.text else "vector"
    return "keywords" if query.text else "filter"


def _hit(document: Mapping[str, Any], source: Source) -> Hit:
    captions = document.get("@search.captions") or []
    reranker = document.get("@search.rerankerScore")
    return Hit(
        photo=Photo.from_document(document),
        score=document.get("@search.score") or 0.0,
        reranker=reranker,
        source=source if reranker is None else "semantic",
        highlights=document.get("@search.highlights") or {},
        passage=(captions[0]["text"] or "") if captions else "",
    )


def _facets(facets: Mapping[str, Any]) -> dict[str, list[tuple[str, int]]]:
    return {name: [(str(each["value"]), int(each["count"])) for each in counts] for name, counts in facets.items()}
