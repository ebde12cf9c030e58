"""The results of a query of the index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from shared.photo import Photo
from shared.search.query import IndexQuery

Source = Literal["exact", "semantic", "hybrid", "keywords", "vector", "filter"]


@dataclass(frozen=True)
class Hit:
    """
    One photo among the results.

    `score` is the service's own (BM25, similarity or rank fusion), or in a hybrid search what
    `query/search/fusion.py` made of both, so compare it only within one page of results.
    `reranker` is 0 to 4 where the semantic ranker ran; `source` says what decided the order;
    `exact` is a photo that the search names.
    Highlights contain `<em>` tags. `alike` are the near-duplicates this photo stands for; a total counts them.
    `text_score` (BM25) and `similarity` (of the vectors) are those of a hybrid query before
    fusion; None for what did not find the photo, and where the service does not tell. So is
    `image_similarity`, of the vectors of pictures.
    `likely` is false for what merely came next: `query/search/likelihood.py` tells.
    `document` is what the index sent: of the fields that were asked for, also which have no value.
    """

    photo: Photo
    score: float = 0.0
    reranker: float | None = None
    source: Source = "filter"
    highlights: Mapping[str, list[str]] = field(default_factory=dict)
    passage: str = ""
    alike: tuple[Photo, ...] = ()
    text_score: float | None = None
    similarity: float | None = None
    image_similarity: float | None = None
    likely: bool = True
    document: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def told(self, *, likely: bool) -> "Hit":
        """The hit as one that is likely, or not."""
        return self if self.likely == likely else self._with(likely=likely)

    def scored(self, score: float) -> "Hit":
        """The hit with another score."""
        return self._with(score=score)

    def _with(self, **changes: Any) -> "Hit":
        """What `dataclasses.replace` makes, in a tenth of the time: a search changes every hit of its window."""
        return Hit.of(self.__dict__ | changes)

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Hit":
        """The hit with these values of all its fields, past `__init__`, which takes most of the time of a page."""
        hit = object.__new__(cls)
        object.__setattr__(hit, "__dict__", values)
        return hit


@dataclass(frozen=True)
class SearchResults:
    """
    One page of hits, how many there are in all, and counts by facet: `{"tags": [("beach", 3), ...]}`.

    Of a search with words, `total` and `facets` are of the likely hits, `less_likely` are so many that come after
    them, and `unmet` are the words that no likely hit holds. The total is a lower bound unless `total_is_exact`.
    """

    total: int
    hits: list[Hit]
    facets: Mapping[str, list[tuple[str, int]]] = field(default_factory=dict)
    passages: Sequence[str] = ()
    total_is_exact: bool = True
    less_likely: int = 0
    unmet: Sequence[str] = ()

    @property
    def stacked(self) -> int:
        """How many more photos the hits of this page stand for."""
        return sum(len(hit.alike) for hit in self.hits)

    @property
    def matches(self) -> int:
        """How many photos there are to list, likely or not."""
        return self.total + self.less_likely


@dataclass(frozen=True)
class IndexEntry:
    """What tells whether a document is up to date, its original's size, and the tokens its description took."""

    id: str
    path: str
    etag: str
    recipe: str
    tokens: int
    size_bytes: int = 0
    sidecar_digest: str = ""
    edits_state: str = ""
    embedded_text: str = ""

    @classmethod
    def of(cls, photo: Photo) -> "IndexEntry":
        return cls(**{name: getattr(photo, name) for name in ENTRY_FIELDS})


ENTRY_FIELDS = tuple(each.name for each in fields(IndexEntry))


def parse_results(response: Mapping[str, Any], query: IndexQuery) -> SearchResults:
    """The results in the service's JSON response to a query."""
    source = _source(query)
    return SearchResults(
        total=response.get("@odata.count") or 0,
        hits=[_hit(document, source) for document in response["value"]],
        facets=_facets(response.get("@search.facets") or {}),
        passages=[answer["text"] or "" for answer in response.get("@search.answers") or ()],
    )


def _source(query: IndexQuery) -> Source:
    """What decides the order of a query's hits where the semantic ranker does not."""
    if query.order_by:
        return "filter"
    if query.vectors:
        return "hybrid" if query.text else "vector"
    return "keywords" if query.text else "filter"


def _hit(document: Mapping[str, Any], source: Source) -> Hit:
    captions = document.get("@search.captions") or []
    reranker = document.get("@search.rerankerScore")
    debug_info = document.get("@search.documentDebugInfo")
    scores = _subscores(debug_info) if debug_info else {}
    return Hit.of(
        {
            "photo": Photo.from_document(document),
            "score": document.get("@search.score") or 0.0,
            "reranker": reranker,
            "source": source if reranker is None else "semantic",
            "highlights": document.get("@search.highlights") or {},
            "passage": (captions[0]["text"] or "") if captions else "",
            "alike": (),
            "text_score": scores.get("text"),
            "similarity": scores.get("vector"),
            "image_similarity": scores.get("image_vector"),
            "likely": True,
            "document": document,
        }
    )


def _subscores(debug_info: Mapping[str, Any]) -> dict[str, float | None]:
    """Scores of keywords, and of vectors by field, in `{"vectors": {"subscores": {"text": ..., "vectors": [...]}}}`."""
    subscores = (debug_info.get("vectors") or {}).get("subscores") or {}
    vectors = [item for each in subscores.get("vectors") or () for item in (each or {}).items()]
    scores = {name: (score or {}).get("vectorSimilarity") for name, score in vectors}
    return scores | {"text": (subscores.get("text") or {}).get("searchScore")}


def _facets(facets: Mapping[str, Any]) -> dict[str, list[tuple[str, int]]]:
    return {name: [(str(each["value"]), int(each["count"])) for each in counts] for name, counts in facets.items()}
