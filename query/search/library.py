"""A Search in, ranked photos out: keywords and vectors in one request, ranked by meaning where the service can."""

import asyncio
import copy
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from query.search import facets
from query.search.duplicates import fold_duplicates, without_duplicates_of
from query.search.exact_matches import ExactWords, exact_hits, put_first
from query.search.fusion import WINDOW, fuse
from query.search.image_vectors import ImageVectors
from query.search.known_places import KnownPlaces
from query.search.query_text import split_phrases, vector_weight
from query.search.vocabulary_words import all_words, any_words
from shared import telemetry
from shared.errors import NotFound
from shared.models import Models
from shared.photo import Photo
from shared.search.filters import MAX_IDS, Filters, id_filter, image_recipe_filter, other_photos_filter
from shared.search.index import PhotoIndex
from shared.search.query import IndexQuery
from shared.search.results import Hit, SearchResults
from shared.search.search import Search

SORT_ORDERS = {"newest": ("sorted_at desc", "id"), "oldest": ("sorted_at asc", "id")}
VECTOR_CANDIDATES = 50  # nearest vectors that go into fusion; beyond 20 the ranking no longer changes
MAX_VECTOR_CANDIDATES = 10_000  # the most vectors the service ranks
MAX_SORTED_BY_DATE = 10  # photos sorted by date where no keyword says which ones are meant
MAX_DEPTH = 1000  # the most keyword hits the service ranks
MAX_CACHED_VECTORS = 512  # pages, facets and follow-ups embed the same queries again


class Library:
    """The photos, as the query side sees them."""

    def __init__(self, index: PhotoIndex, models: Models, *, weight: float, images: ImageVectors | None = None) -> None:
        self._index = index
        self._models = models
        self._weight = weight
        self._vectors: OrderedDict[str, list[float]] = OrderedDict()
        self.places = KnownPlaces(self.facets)
        self.images = images or ImageVectors()
        self._picture: Sequence[float] | None = None

    async def like(self, jpeg: bytes) -> "Library":
        """The same photos, but every search is for those that look like this picture; BadRequest without a model."""
        library = copy.copy(self)
        library._picture = await self.images.of_picture(jpeg)
        return library

    async def find(self, search: Search) -> SearchResults:
        """
        One request to the index, after one to the embedding model if there are words to embed.

        Another one, at the same time as the embedding, looks for photos that the words name exactly.
        """
        began = time.monotonic()
        with telemetry.span("search photos", {"search.mode": search.mode, "search.has_words": bool(search.q)}) as span:
            try:
                results = await self._find(search)
            except Exception as error:
                telemetry.record_search(time.monotonic() - began, search.mode, error)
                raise
            telemetry.record_search(time.monotonic() - began, search.mode)
            span.set(search__total=results.total)
            return results

    async def _find(self, search: Search) -> SearchResults:
        words, phrases = split_phrases(search.q)
        filters = search.filters.model_copy(update={"exact": [*search.filters.exact, *phrases]})
        query = IndexQuery(filter=filters.odata(), facets=facets.facet_requests() if search.facets else ())
        if not words and self._picture is not None:
            query = replace(query, filter=image_recipe_filter(self.images.recipe, query.filter))
        elif not words:
            return await self._list(query, search)
        if search.sort != "relevance":
            return await self._search_by_date(query, words, search)
        ranked, exact = await asyncio.gather(self._with_words(query, words, search), self._exact_hits(query, search))
        return await self._search_by_relevance(ranked, search, exact)

    async def _exact_hits(self, query: IndexQuery, search: Search) -> list[Hit]:
        """The photos that the words name, which come first; none by vectors alone, which know no names."""
        words = ExactWords.of(search.q)
        if search.mode == "vector" or not search.top or not (exact := words.query(query.filter)):
            return []
        hits = {hit.photo.id: hit for hit in exact_hits((await self._index.search(exact)).hits, words)}
        return [replace(hits[photo.id], photo=photo) for photo in await self.get_many(list(hits))]

    async def is_name(self, search: Search) -> bool:
        """Whether a photo, its file or who made it is called exactly as this search says."""
        words = ExactWords.of(search.q)
        if not (query := words.query(search.filters.odata())):
            return False
        return any(words.is_name_of(hit.photo) for hit in (await self._index.search(query)).hits)

    async def holds(self, words: str, filters: Filters) -> bool:
        """Whether any photo that passes the filters has one of these words."""
        query = IndexQuery(text=any_words(words), filter=filters.odata(), top=0)
        return (await self._index.search(query)).total > 0

    async def facets(self, filter_: str | None, requests: Sequence[str]) -> Mapping[str, list[tuple[str, int]]]:
        """The counts of what the filter matches, by the names of the facets."""
        return (await self._index.search(IndexQuery(filter=filter_, facets=requests, top=0))).facets

    async def count(self, words: str, filters: Filters, *, top: int = 3) -> SearchResults:
        """The photos with every significant word that pass the filters: an exact total, with all facets."""
        plain_words, phrases = split_phrases(words)
        filters = filters.model_copy(update={"exact": [*filters.exact, *phrases]})
        query = IndexQuery(
            filter=filters.odata(), facets=facets.facet_requests(), top=top, order_by=SORT_ORDERS["newest"]
        )
        if plain_words and not phrases:
            query = replace(query, text=all_words(plain_words), match_all=True, order_by=())
        return await self._index.search(query)

    async def _list(self, query: IndexQuery, search: Search) -> SearchResults:
        order = SORT_ORDERS["oldest" if search.sort == "oldest" else "newest"]
        return await self._page(replace(query, order_by=order), search, fold=bool(search.fold))

    async def _with_words(self, query: IndexQuery, words: str, search: Search) -> IndexQuery:
        vector, image_vector = await asyncio.gather(self._text_vector(words, search), self._image_vector(words, search))
        return replace(
            query,
            text=(any_words(words) or None) if search.mode != "vector" else None,
            semantic_text=None if words.isascii() else words,
            vector=vector,
            image_vector=image_vector,
            weight=vector_weight(words, self._weight),
            candidates=VECTOR_CANDIDATES,
            # The ranker reads words alone, and would forget the picture.
            semantic=search.ranker and search.mode == "hybrid" and self._picture is None,
        )

    async def _search_by_relevance(self, query: IndexQuery, search: Search, exact: Sequence[Hit] = ()) -> SearchResults:
        if query.text is None:  # without keywords, only as many photos are ranked as there are candidates
            query = replace(query, candidates=min(max(VECTOR_CANDIDATES, search.end * 2), MAX_VECTOR_CANDIDATES))
        fold = search.fold is not False
        if not search.min_relevance:
            return await self._page(query, search, fold=fold, exact=exact)
        candidates = search.model_copy(update={"skip": 0, "top": max(VECTOR_CANDIDATES, search.end)})
        results = cut_by_relevance(await self._page(query, candidates, fold=fold, exact=exact), search.min_relevance)
        return replace(results, hits=results.hits[search.skip : search.end])

    async def _search_by_date(self, query: IndexQuery, words: str, search: Search) -> SearchResults:
        """The photos with all the words, by date; if there are none, the few that fit best, by date."""
        exact = replace(
            query,
            text=all_words(words),
            match_all=True,
            order_by=SORT_ORDERS[search.sort],
        )
        if search.mode != "vector" and self._picture is None:
            results = await self._page(exact, search, fold=bool(search.fold))
            if results.total:
                return results
        nearest = search.model_copy(update={"skip": 0, "top": MAX_SORTED_BY_DATE, "sort": "relevance"})
        return sort_by_date(
            await self._search_by_relevance(await self._with_words(query, words, search), nearest), search
        )

    async def _page(self, query: IndexQuery, search: Search, *, fold: bool, exact: Sequence[Hit] = ()) -> SearchResults:
        """
        A page of the hits, the exact ones first.

        With `fold` it is cut out of the folded list, so pages neither overlap nor leave gaps.
        """
        if not search.top or (not fold and (not exact or search.end > MAX_DEPTH)):
            return await self._best_hits(query, search, top=search.top, skip=search.skip)
        depth = min(search.end + max(5, search.top // 4), MAX_DEPTH)
        while True:
            results = await self._best_hits(query, search, top=depth)
            hits = put_first(exact, results.hits)
            hits = fold_duplicates(hits) if fold else hits
            if len(hits) >= search.end or len(results.hits) < depth or depth == MAX_DEPTH:
                total = max(results.total, len(exact))  # a name in the middle of a word is no keyword
                return replace(results, total=total, hits=hits[search.skip : search.end])
            depth = min(depth * 2, MAX_DEPTH)

    async def _best_hits(self, query: IndexQuery, search: Search, *, top: int, skip: int = 0) -> SearchResults:
        """
        So many hits, in one request: a hybrid query's in the order of both scores, unless the semantic ranker decides.

        The window that is fused is the same for every page, so that pages neither overlap nor leave gaps.
        """
        ranked = query.semantic and self._index.is_ranking
        if query.text is None or query.vector is None or ranked or not top or skip >= WINDOW:
            return await self._index.search(replace(query, top=top, skip=skip))
        results = await self._index.search(replace(query, top=max(skip + top, WINDOW)))
        return replace(results, hits=fuse(results.hits, split_phrases(search.q)[0], self._weight)[skip : skip + top])

    # -- vectors --------------------------------------------------------------------------

    async def _text_vector(self, words: str, search: Search) -> Sequence[float] | None:
        return await self._vector(words) if words and search.mode != "keyword" else None

    async def _image_vector(self, words: str, search: Search) -> Sequence[float] | None:
        """The picture that is looked for, or the words in its place, in a search by words and meaning."""
        if self._picture is not None:
            return self._picture
        return await self.images.of_words(words) if search.mode == "hybrid" else None

    async def _vector(self, words: str) -> list[float]:
        await self.cache_vectors([words])
        self._vectors.move_to_end(words)
        return self._vectors[words]

    async def cache_vectors(self, texts: Sequence[str]) -> None:
        """Embed the words of upcoming searches, all in one call."""
        missing = [words for text in texts if (words := split_phrases(text)[0]) and words not in self._vectors]
        if not missing:
            return
        with telemetry.spending_for("search"):
            vectors = await self._models.embed(missing)
        for words, vector in zip(missing, vectors, strict=True):
            self._vectors[words] = vector
        while len(self._vectors) > MAX_CACHED_VECTORS:
            self._vectors.popitem(last=False)

    # -- single photos --------------------------------------------------------------------

    async def get(self, id_: str) -> Photo | None:
        """One photo; None when it is not indexed."""
        return await self._index.get(id_)

    async def photo(self, id_: str) -> Photo:
        """One photo; NotFound when it is not indexed."""
        return _photo_or_raise(await self.get(id_), id_)

    async def get_many(self, ids: Sequence[str]) -> list[Photo]:
        """The photos with these ids that are in the index, in the order of the ids."""
        if not (filter_ := id_filter(ids)):
            return []
        results = await self._index.search(IndexQuery(filter=filter_, top=MAX_IDS))
        photos = {hit.photo.id: hit.photo for hit in results.hits}
        return [photos[id_] for id_ in dict.fromkeys(ids) if id_ in photos]

    async def similar(self, id_: str, *, top: int) -> list[Hit]:
        """
        The photos that look most like this one, by the vectors of pictures; NotFound if it is not indexed.

        Without them, and where too few photos have one, those that are described most alike. The photo itself, its
        copies and shots of the same moment are left out; other duplicates are shown once.
        """
        photo = _photo_or_raise(await self._index.get(id_, with_vector=True), id_)
        depth, others = top * 2 + 10, other_photos_filter(photo)
        query = IndexQuery(candidates=depth, filter=others, top=depth)
        hits: list[Hit] = []
        if photo.image_vector:
            of_pictures = image_recipe_filter(photo.image_recipe, others)
            hits = (await self._index.search(replace(query, image_vector=photo.image_vector, filter=of_pictures))).hits
        if len(hits) < top:
            ids = {hit.photo.id for hit in hits}
            described = (await self._index.search(replace(query, vector=photo.vector))).hits
            hits += [hit for hit in described if hit.photo.id not in ids]
        return fold_duplicates(without_duplicates_of(photo, hits))[:top]


def cut_by_relevance(results: SearchResults, min_relevance: float) -> SearchResults:
    """The hits the semantic ranker scores at least this high, and exact ones; all of them where it did not rank."""
    if not any(hit.reranker is not None for hit in results.hits):
        return results
    hits = [hit for hit in results.hits if (hit.reranker or 0) >= min_relevance or hit.source == "exact"]
    return replace(results, total=len(hits), hits=hits)


def sort_by_date(results: SearchResults, search: Search) -> SearchResults:
    """The most relevant photos, sorted by date: sorting all matches would put weak ones first."""
    hits = sorted(
        results.hits,
        key=lambda hit: (hit.photo.sorted_at or "", hit.photo.id),
        reverse=search.sort == "newest",
    )
    return replace(results, total=len(hits), hits=hits[search.skip : search.end])


def _photo_or_raise(photo: Photo | None, id_: str) -> Photo:
    if photo is None:
        raise NotFound(f"there is no photo {id_}", param="id")
    return photo
