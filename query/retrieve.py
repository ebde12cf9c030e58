"""A Search in, ranked photos out: keywords and vectors in one request, ranked by meaning where that can be had."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from query.filters import Filters
from shared.models import Models
from shared.photo import Photo
from shared.search import Hit, PhotoIndex, Query, Results

PHRASE = re.compile(r'"([^"]{2,200})"|“([^”]{2,200})”|„([^“”]{2,200})[“”]|«\s?([^»]{2,200}?)\s?»')
OPERATORS = re.compile(r'([+\-|()*~"\\])')
FACETS = ("tags,count:20", "folder,count:20", "camera,count:10", "colors,count:10", "people,count:10")
MONTHS = "taken_at,interval:month"
ORDER = {"newest": ("taken_at desc", "id"), "oldest": ("taken_at asc", "id")}

Sort = Literal["relevance", "newest", "oldest"]


class Search(BaseModel):
    """What somebody looks for. Without words it lists the library, newest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    q: str = Field("", max_length=2000)
    mode: Literal["hybrid", "keyword", "vector"] = "hybrid"
    filters: Filters = Filters()
    sort: Sort = "relevance"
    top: int = Field(20, ge=0, le=200)
    skip: int = Field(0, ge=0, le=10_000)
    facets: bool = False


class Library:
    """The photos, as the query side sees them."""

    def __init__(self, index: PhotoIndex, models: Models, *, weight: float, candidates: int = 50) -> None:
        self._index = index
        self._models = models
        self._weight = weight
        self._candidates = candidates

    async def find(self, search: Search, *, zone: ZoneInfo | None = None) -> Results:
        """One request to the index, and before it one to the embedding model if there are words to embed."""
        words, phrases = split_phrases(search.q)
        filters = search.filters.model_copy(update={"exact": [*search.filters.exact, *phrases]})
        query = Query(filter=filters.odata(zone), facets=(*FACETS, MONTHS) if search.facets else ())
        if not words:
            order = ORDER["oldest" if search.sort == "oldest" else "newest"]
            return await self._index.search(replace(query, order_by=order, top=search.top, skip=search.skip))
        query = replace(
            query,
            text=escaped(words) if search.mode != "vector" else None,
            vector=await self._vector(words) if search.mode != "keyword" else None,
            weight=self._weight,
            candidates=max(self._candidates, search.top + search.skip),
            semantic=search.mode == "hybrid",
        )
        if search.sort == "relevance":
            return await self._index.search(replace(query, top=search.top, skip=search.skip))
        return by_date(await self._index.search(replace(query, top=self._candidates)), search)

    async def _vector(self, words: str) -> list[float]:
        [vector] = await self._models.embed([words])
        return vector

    async def photo(self, id_: str) -> Photo | None:
        return await self._index.get(id_)

    async def similar(self, id_: str, *, top: int) -> list[Hit] | None:
        """Photos whose vectors are nearest to this one's, itself and its copies left out; None if it is not indexed."""
        photo = await self._index.get(id_, with_vector=True)
        if photo is None:
            return None
        others = f"digest ne '{photo.digest}'"
        query = Query(vector=photo.vector, candidates=top, filter=others, top=top)
        return (await self._index.search(query)).hits


def by_date(results: Results, search: Search) -> Results:
    """The most relevant photos in the order of dates: sorting all matches would put weak ones first."""
    dated = sorted(
        results.hits,
        key=lambda hit: (hit.photo.taken_at or "", hit.photo.id),
        reverse=search.sort == "newest",
    )
    page = dated[search.skip : search.skip + search.top]
    return replace(results, total=len(dated), hits=page)


def split_phrases(text: str) -> tuple[str, list[str]]:
    """The words to search by meaning, and the phrases in quotes, which must stand just so."""
    phrases = [next(part for part in found if part).strip() for found in PHRASE.findall(text)]
    words = PHRASE.sub(lambda found: f" {found[0][1:-1]} ", text)
    return " ".join(words.split()), [phrase for phrase in phrases if phrase]


def escaped(text: str) -> str:
    """Words for the simple query syntax with its operators taken at face value."""
    return OPERATORS.sub(r"\\\1", text)


def as_records(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Hits as HTTP callers see them: the record, the score, and what matched."""
    return [
        hit.photo.record()
        | {
            "score": hit.reranker if hit.reranker is not None else hit.score,
            "highlights": dict(hit.highlights),
        }
        for hit in hits
    ]
