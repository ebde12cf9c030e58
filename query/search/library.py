"""A Search in, ranked photos out: keywords and vectors in one request, ranked by meaning where that can be had."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from query.search import facets
from query.search.duplicates import fold, unlike
from query.search.filters import Filters, among, others
from query.search.query_text import escaped, split_phrases, telling, vector_weight
from shared.errors import NotFound
from shared.models import Models
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.search.query import IndexQuery
from shared.search.results import Hit, SearchResults

ORDER = {"newest": ("taken_at desc", "id"), "oldest": ("taken_at asc", "id")}
CANDIDATES = 50  # nearest vectors that go into rank fusion; the ranking no longer changes beyond 20
NEAREST = 10_000  # as many vectors as the service ranks
DATED = 10  # photos put in the order of dates where no keyword says which are meant
DEEPEST = 1000  # as far down as the service ranks keywords
REMEMBERED = 512  # queries whose vectors are kept: pages, facets and follow-ups ask for the same ones again

Sort = Literal["relevance", "newest", "oldest"]
Mode = Literal["hybrid", "keyword", "vector"]


class Search(BaseModel):
    """
    What somebody looks for. Without words it lists the library, newest first.

    `min_relevance` cuts off what the semantic ranker scores lower, and nothing where it did not rank.
    With `fold`, photos that look alike count as one; the default folds what is ranked by words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    q: str = Field("", max_length=2000)
    mode: Mode = "hybrid"
    filters: Filters = Filters()
    sort: Sort = "relevance"
    top: int = Field(20, ge=0, le=200)
    skip: int = Field(0, ge=0, le=100_000)  # as far as the service skips
    min_relevance: float = Field(0, ge=0, le=4)
    fold: bool | None = None
    facets: bool = False

    @property
    def end(self) -> int:
        """The place behind the last hit of the page."""
        return self.skip + self.top


class Library:
    """The photos, as the query side sees them."""

    def __init__(self, index: PhotoIndex, models: Models, *, weight: float) -> None:
        self._index = index
        self._models = models
        self._weight = weight
        self._vectors: OrderedDict[str, list[float]] = OrderedDict()

    async def find(self, search: Search, *, zone: tzinfo | None = None) -> SearchResults:
        """One request to the index, and before it one to the embedding model if there are words to embed."""
        words, phrases = split_phrases(search.q)
        filters = search.filters.model_copy(update={"exact": [*search.filters.exact, *phrases]})
        query = IndexQuery(filter=filters.odata(zone), facets=facets.ASKED if search.facets else ())
        if not words:
            return await self._listed(query, search)
        if search.sort != "relevance":
            return await self._dated(query, words, search)
        return await self._ranked(await self._worded(query, words, search.mode), search)

    async def count(self, words: str, filters: Filters, *, zone: tzinfo | None = None, top: int = 3) -> SearchResults:
        """The photos that hold every telling word and pass the filters: an exact total, with all facets."""
        plain, phrases = split_phrases(words)
        narrowed = filters.model_copy(update={"exact": [*filters.exact, *phrases]})
        query = IndexQuery(filter=narrowed.odata(zone), facets=facets.ASKED, top=top, order_by=ORDER["newest"])
        if plain and not phrases:
            query = replace(query, text=escaped(" ".join(telling(plain))), match_all=True, order_by=())
        return await self._index.search(query)

    async def _listed(self, query: IndexQuery, search: Search) -> SearchResults:
        order = ORDER["oldest" if search.sort == "oldest" else "newest"]
        return await self._paged(replace(query, order_by=order), search, folded=bool(search.fold))

    async def _worded(self, query: IndexQuery, words: str, mode: Mode) -> IndexQuery:
        return replace(
            query,
            text=escaped(words) if mode != "vector" else None,
            vector=await self._vector(words) if mode != "keyword" else None,
            weight=vector_weight(words, self._weight),
            candidates=CANDIDATES,
            semantic=mode == "hybrid",
        )

    async def _ranked(self, query: IndexQuery, search: Search) -> SearchResults:
        if query.text is None:  # alone, a vector ranks as many as are asked for
            query = replace(query, candidates=min(max(CANDIDATES, search.end * 2), NEAREST))
        folded = search.fold is not False
        if not search.min_relevance:
            return await self._paged(query, search, folded=folded)
        everything = search.model_copy(update={"skip": 0, "top": max(CANDIDATES, search.end)})
        kept = relevant(await self._paged(query, everything, folded=folded), search.min_relevance)
        return replace(kept, hits=kept.hits[search.skip : search.end])

    async def _dated(self, query: IndexQuery, words: str, search: Search) -> SearchResults:
        """Photos that hold all the words, by date; where none does, the few that fit best, by date."""
        exact = replace(query, text=escaped(" ".join(telling(words))), match_all=True, order_by=ORDER[search.sort])
        if search.mode != "vector":
            found = await self._paged(exact, search, folded=bool(search.fold))
            if found.total:
                return found
        nearest = search.model_copy(update={"skip": 0, "top": DATED, "sort": "relevance"})
        return by_date(await self._ranked(await self._worded(query, words, search.mode), nearest), search)

    async def _paged(self, query: IndexQuery, search: Search, *, folded: bool) -> SearchResults:
        """A page of the hits; folded, it is cut out of the folded list, so that pages neither overlap nor skip."""
        if not folded or not search.top:
            return await self._index.search(replace(query, top=search.top, skip=search.skip))
        reach = min(search.end + max(5, search.top // 4), DEEPEST)
        while True:
            results = await self._index.search(replace(query, top=reach))
            hits = fold(results.hits)
            if len(hits) >= search.end or len(results.hits) < reach or reach == DEEPEST:
                return replace(results, hits=hits[search.skip : search.end])
            reach = min(reach * 2, DEEPEST)

    # -- vectors --------------------------------------------------------------------------

    async def _vector(self, words: str) -> list[float]:
        await self.prepare([words])
        self._vectors.move_to_end(words)
        return self._vectors[words]

    async def prepare(self, texts: Sequence[str]) -> None:
        """Embed the words of searches to come, all in one call."""
        wanted = [words for text in texts if (words := split_phrases(text)[0]) and words not in self._vectors]
        if not wanted:
            return
        for words, vector in zip(wanted, await self._models.embed(wanted), strict=True):
            self._vectors[words] = vector
        while len(self._vectors) > REMEMBERED:
            self._vectors.popitem(last=False)

    # -- single photos --------------------------------------------------------------------

    async def get(self, id_: str) -> Photo | None:
        """One photo; None when it is not indexed."""
        return await self._index.get(id_)

    async def photo(self, id_: str) -> Photo:
        """One photo; NotFound when it is not indexed."""
        return _existing(await self.get(id_), id_)

    async def named(self, ids: Sequence[str]) -> list[Photo]:
        """The photos with these ids that are in the index, in the order of the ids."""
        if not (filter_ := among(ids)):
            return []
        found = {
            hit.photo.id: hit.photo for hit in (await self._index.search(IndexQuery(filter=filter_, top=100))).hits
        }
        return [found[id_] for id_ in dict.fromkeys(ids) if id_ in found]

    async def similar(self, id_: str, *, top: int) -> list[Hit]:
        """
        Photos whose vectors are nearest to this one's; NotFound if it is not indexed.

        Itself, its copies and shots of the same moment are left out; those of another are shown once.
        """
        photo = _existing(await self._index.get(id_, with_vector=True), id_)
        reach = top * 2 + 10
        query = IndexQuery(vector=photo.vector, candidates=reach, filter=others(photo), top=reach)
        return fold(unlike(photo, (await self._index.search(query)).hits))[:top]


def relevant(results: SearchResults, least: float) -> SearchResults:
    """The hits the semantic ranker scores at least so high; all of them where it did not rank."""
    if not any(hit.reranker is not None for hit in results.hits):
        return results
    kept = [hit for hit in results.hits if (hit.reranker or 0) >= least]
    return replace(results, total=len(kept), hits=kept)


def by_date(results: SearchResults, search: Search) -> SearchResults:
    """The most relevant photos in the order of dates: sorting all matches would put weak ones first."""
    dated = sorted(
        results.hits,
        key=lambda hit: (hit.photo.taken_at or "", hit.photo.id),
        reverse=search.sort == "newest",
    )
    return replace(results, total=len(dated), hits=dated[search.skip : search.end])


def _existing(photo: Photo | None, id_: str) -> Photo:
    if photo is None:
        raise NotFound(f"there is no photo {id_}", param="id")
    return photo
