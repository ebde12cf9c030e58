"""A Search in, ranked photos out: keywords and vectors in one request, ranked by meaning where the service can."""

import asyncio
import copy
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from query.search import facets
from query.search.calibrator import Calibrator
from query.search.duplicates import fold_duplicates, without_duplicates_of
from query.search.exact_matches import ExactWords, exact_hits, put_first
from query.search.fusion import WINDOW, fuse
from query.search.image_vectors import ImageVectors
from query.search.in_collection import look_up
from query.search.known_places import KnownPlaces
from query.search.likelihood import Judgement, Question, judge
from query.search.likely_photos import MAX_LIKELY, LikelyPhotos, photos_with, words_of
from query.search.query_terms import QueryTerm, is_foreign, query_terms
from query.search.query_text import split_phrases, vector_weight
from query.search.query_vectors import QueryVectors
from query.search.result_cuts import cut_by_relevance, sort_by_date
from query.search.vocabulary_words import any_words
from shared import telemetry
from shared.errors import NotFound
from shared.models import Models
from shared.photo import Photo
from shared.search.filters import Filters
from shared.search.index import PhotoIndex
from shared.search.odata import MAX_IDS, id_filter, image_recipe_filter, other_photos_filter
from shared.search.query import IndexQuery
from shared.search.results import Hit, SearchResults
from shared.search.search import Search
from shared.stores.collections import Collections

SORT_ORDERS = {"newest": ("sorted_at desc", "id"), "oldest": ("sorted_at asc", "id")}
VECTOR_CANDIDATES = 50  # nearest vectors that go into fusion; beyond 20 the ranking no longer changes
MAX_VECTOR_CANDIDATES = 10_000  # the most vectors the service ranks
MAX_SORTED_BY_DATE = 10  # photos sorted by date where no keyword says which ones are meant
MAX_DEPTH = 1000  # the most keyword hits the service ranks
MANY_WORDS = 3  # that count; few photos hold them all
MAX_SKIP = 100_000  # the most the service skips


class Library:
    """The photos, as the query side sees them."""

    def __init__(
        self,
        index: PhotoIndex,
        models: Models,
        *,
        weight: float,
        calibrator: Calibrator | None = None,
        azure_ranks: bool = False,
        images: ImageVectors | None = None,
        collections: Collections | None = None,
    ) -> None:
        """`azure_ranks` says that the scores of the semantic ranker are those of Azure's, which are documented."""
        self._collections = collections
        self._index = index
        self._weight = weight
        self._calibrator = calibrator
        self._azure_ranks = azure_ranks
        self._vectors = QueryVectors(models)
        self.places = KnownPlaces(self.facets)
        self.images = images or ImageVectors()
        self._picture: Sequence[float] | None = None
        self._collection = ""
        self._facets: Sequence[str] | None = None  # if not those that every search counts
        self._highlights = True

    async def like(self, jpeg: bytes) -> "Library":
        """The same photos, but every search is for those that look like this picture; BadRequest without a model."""
        library = copy.copy(self)
        library._picture = await self.images.of_picture(jpeg)
        return library

    def in_collection(self, name: str) -> "Library":
        """The photos of a collection, by its id or its name: every search and count is narrowed to them."""
        library = copy.copy(self)
        library._collection = name
        return library

    def counting(self, requests: Sequence[str]) -> "Library":
        """The same photos, but searches with facets count these."""
        library = copy.copy(self)
        library._facets = requests
        return library

    def without_highlights(self) -> "Library":
        """The same photos for whoever does not show where in their texts words were found: a model reads all of it."""
        library = copy.copy(self)
        library._highlights = False
        return library

    @property
    def has_picture(self) -> bool:
        """Whether searches are for what looks like a picture."""
        return self._picture is not None

    async def find(self, search: Search) -> SearchResults:
        """
        One request to the index, after one to the embedding model if there are words to embed.

        Another one, at the same time, looks for photos that the words name exactly, and of a longer search one for
        those that hold all the words. Where more photos may be likely than were ranked, one more lists or counts them,
        and yet another one counts facets, unless all are at hand.
        """
        async with self._index.held():
            return await self._find_and_record(search)

    async def _find_and_record(self, search: Search) -> SearchResults:
        began = time.monotonic()
        with telemetry.span("search photos", {"search.mode": search.mode, "search.has_words": bool(search.q)}) as span:
            try:
                results = await self._find(await self.within(search))
            except Exception as error:
                telemetry.record_search(time.monotonic() - began, search.mode, error)
                raise
            telemetry.record_search(time.monotonic() - began, search.mode)
            span.set(search__total=results.total)
            return results

    async def within(self, search: Search) -> Search:
        """The search with the collection looked up that it is narrowed to; NotFound if there is none of its name."""
        return search.model_copy(update={"filters": await self._looked_up(search.filters)})

    async def _looked_up(self, filters: Filters) -> Filters:
        narrowed = filters.model_copy(update={"collection": self._collection}) if self._collection else filters
        return await look_up(narrowed, self._collections, self._index)

    async def _find(self, search: Search) -> SearchResults:
        query, words = self._plain_query(search)
        if not words and self._picture is not None:
            query = replace(query, filter=image_recipe_filter(self.images.recipe, query.filter))
        elif not words:
            return await self._list(query, search)
        if search.sort != "relevance":
            return await self._search_by_date(query, words, search)
        return await self._search_by_relevance(query, words, search)

    def _plain_query(self, search: Search) -> tuple[IndexQuery, str]:
        """The filters and facets of a search as a query, and the words that are left to search by."""
        words, phrases = split_phrases(search.q)
        filters = search.filters.model_copy(update={"exact": [*search.filters.exact, *phrases]})
        requests = facets.facet_requests() if self._facets is None else self._facets
        wanted = requests if search.facets else ()
        return IndexQuery(filter=filters.odata(), facets=wanted, highlights=self._highlights), words

    async def likely_ids(self, search: Search) -> tuple[list[str], bool]:
        """The ids of all likely photos, best first, and whether these are all: 1,000 of a search with words at most."""
        async with self._index.held():
            return await self._likely_ids(search)

    async def _likely_ids(self, search: Search) -> tuple[list[str], bool]:
        query, words = self._plain_query(await self.within(search))
        if not words:
            return await self._listed_ids(query)
        if search.sort != "relevance" and search.mode != "vector":
            ids, are_all = await self._listed_ids(self._with_all_words(query, words, search))
            if ids:
                return ids, are_all
        likely = await self._judged(replace(query, facets=()), words, search, depth=WINDOW)
        ids = [hit.photo.id for hit in likely.judgement.likely]
        more = await likely.more(self._index, top=MAX_LIKELY - len(ids), fields=("id", "path"))
        ids += [hit.photo.id for hit in more.hits]
        return ids, len(more.hits) == more.total

    async def _listed_ids(self, query: IndexQuery) -> tuple[list[str], bool]:
        ids: list[str] = []
        while True:
            listed = replace(query, facets=(), order_by=SORT_ORDERS["newest"], fields=("id", "path"))
            page = await self._index.search(replace(listed, top=MAX_DEPTH, skip=len(ids)))
            ids += [hit.photo.id for hit in page.hits]
            if not page.hits or len(ids) >= min(page.total, MAX_SKIP):
                return ids, len(ids) >= page.total

    async def _exact_hits(self, query: IndexQuery, search: Search) -> list[Hit]:
        """
        The photos that the words name, which come first; none by vectors alone, which know no names.

        They have no more than tells that they are named.
        """
        words = ExactWords.of(search.q)
        if search.mode == "vector" or not (exact := words.query(query.filter)):
            return []
        return exact_hits((await self._index.search(exact)).hits, words)

    async def _named_first(self, named: Sequence[Hit], hits: Sequence[Hit]) -> list[Hit]:
        """The hits with those that the words name before them, of which the whole photo is fetched where it is new."""
        window = {hit.photo.id for hit in hits}
        whole = await self._whole_hits([each.photo.id for each in named if each.photo.id not in window])
        exact = [
            replace(each, photo=hit.photo, document=hit.document) if (hit := whole.get(each.photo.id)) else each
            for each in named
            if each.photo.id in window or each.photo.id in whole
        ]
        return put_first(exact, hits)

    async def is_name(self, search: Search) -> bool:
        """Whether a photo, its file or who made it is called exactly as this search says."""
        words = ExactWords.of(search.q)
        if not (query := words.query((await self._looked_up(search.filters)).odata())):
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
        filters = await self._looked_up(filters)
        filters = filters.model_copy(update={"exact": [*filters.exact, *phrases]})
        query = IndexQuery(
            filter=filters.odata(), facets=facets.facet_requests(), top=top, order_by=SORT_ORDERS["newest"]
        )
        if plain_words and not phrases:
            query = replace(query, text=words_of(query_terms(words)), match_all=True, order_by=())
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

    async def _search_by_relevance(self, query: IndexQuery, words: str, search: Search) -> SearchResults:
        if not search.min_relevance:
            return await self._ranked_page(query, words, search)
        candidates = search.model_copy(update={"skip": 0, "top": max(VECTOR_CANDIDATES, search.end)})
        results = cut_by_relevance(await self._ranked_page(query, words, candidates), search.min_relevance)
        return replace(results, hits=results.hits[search.skip : search.end])

    async def _ranked_page(self, query: IndexQuery, words: str, search: Search) -> SearchResults:
        """
        A page of the likely photos and the others, the exact ones first; past the most that are ranked, the service's.

        With `fold` it is cut out of the folded list, so pages neither overlap nor leave gaps.
        """
        fold = search.fold is not False
        if not fold and search.end > MAX_DEPTH:
            ranked = replace(await self._with_words(query, words, search), facets=(), top=search.top, skip=search.skip)
            hits = (await self._index.search(ranked)).hits
            results = await self._ranked_page(query, words, search.model_copy(update={"top": 0, "skip": 0}))
            return replace(results, hits=[hit.told(likely=False) for hit in hits])
        depth = min(search.end + max(5, search.top // 4), MAX_DEPTH) if fold else search.end
        while True:
            likely = await self._judged(query, words, search, depth=depth)
            results = await likely.results(self._index, depth=depth, facets=query.facets)
            hits = fold_duplicates(results.hits) if fold else results.hits
            if len(hits) >= search.end or len(results.hits) < depth or depth == MAX_DEPTH or not fold:
                return replace(results, hits=hits[search.skip : search.end])
            depth = min(depth * 2, MAX_DEPTH)

    async def _judged(self, query: IndexQuery, words: str, search: Search, *, depth: int) -> LikelyPhotos:
        """The hits of one request as deep as this, those of the window judged."""
        terms = query_terms(search.q, search.filters.without)
        (ranked, results), named, holding_all = await asyncio.gather(
            self._ranked(query, words, search, depth=depth),
            self._exact_hits(query, search),
            self._holding_all(query, terms, search),
        )
        window = await self._named_first(named, results.hits[:WINDOW])
        if self._picture is not None:  # nothing tells how alike two pictures have to be
            return LikelyPhotos(Judgement(window), results.hits[WINDOW:], len(results.hits), query.filter, ())
        calibration = self._calibrator.current if self._calibrator else None
        average = calibration.average(ranked.vector) if calibration and ranked.vector else None
        language = self._calibrator.language if self._calibrator else ""
        question = Question(terms, average, is_foreign=is_foreign(words, language))
        return LikelyPhotos(
            judge(window, question, calibration, ranked=self._azure_ranks),
            results.hits[WINDOW:],
            max(results.total, len(window)),
            query.filter,
            terms if search.mode != "vector" else (),
            holding_all,
        )

    async def _holding_all(self, query: IndexQuery, terms: Sequence[QueryTerm], search: Search) -> SearchResults | None:
        """
        The photos with every word of a longer search, asked for at the same time as the best: there are few.

        None for a few words, which many photos hold: those in the window are left out of what is asked for then. And in
        a library that is not known to have more photos than the window.
        """
        calibrated = self._calibrator is not None and self._calibrator.current is not None
        if not calibrated or len(terms) < MANY_WORDS or search.mode == "vector" or self._picture is not None:
            return None
        return await self._index.search(
            replace(photos_with(terms, query.filter, top=WINDOW), highlights=query.highlights)
        )

    async def _ranked(
        self, query: IndexQuery, words: str, search: Search, *, depth: int
    ) -> tuple[IndexQuery, SearchResults]:
        """The best hits, as many as this and the whole window at least, and the query that has brought them."""
        ranked = await self._with_words(query, words, search)
        if ranked.text is None:  # without keywords, only as many photos are ranked as there are candidates
            ranked = replace(ranked, candidates=min(max(VECTOR_CANDIDATES, search.end * 2), MAX_VECTOR_CANDIDATES))
        return ranked, await self._best_hits(replace(ranked, facets=()), search, top=max(depth, WINDOW))

    def _with_all_words(self, query: IndexQuery, words: str, search: Search) -> IndexQuery:
        return replace(query, text=words_of(query_terms(words, search.filters.without)), match_all=True)

    async def _search_by_date(self, query: IndexQuery, words: str, search: Search) -> SearchResults:
        """The photos with all the words, by date; if there are none, the few that fit best, by date."""
        exact = replace(self._with_all_words(query, words, search), order_by=SORT_ORDERS[search.sort])
        if search.mode != "vector" and self._picture is None:
            results = await self._page(exact, search, fold=bool(search.fold))
            if results.total:
                return results
        nearest = search.model_copy(update={"skip": 0, "top": MAX_SORTED_BY_DATE, "sort": "relevance"})
        return sort_by_date(await self._search_by_relevance(query, words, nearest), search)

    async def _page(self, query: IndexQuery, search: Search, *, fold: bool) -> SearchResults:
        """A page of a list. With `fold` it is cut out of the folded list, so pages neither overlap nor leave gaps."""
        if not search.top or not fold:
            return await self._index.search(replace(query, top=search.top, skip=search.skip))
        depth = min(search.end + max(5, search.top // 4), MAX_DEPTH)
        while True:
            results = await self._index.search(replace(query, top=depth))
            hits = fold_duplicates(results.hits)
            if len(hits) >= search.end or len(results.hits) < depth or depth == MAX_DEPTH:
                return replace(results, hits=hits[search.skip : search.end])
            depth = min(depth * 2, MAX_DEPTH)

    async def _best_hits(self, query: IndexQuery, search: Search, *, top: int) -> SearchResults:
        """So many hits, in one request, in the order of both scores, unless one decides or the semantic ranker."""
        results = await self._index.search(replace(query, top=top))
        ranked = query.semantic and self._index.is_ranking
        if query.text is None or query.vector is None or ranked:
            return results
        return replace(results, hits=fuse(results.hits, split_phrases(search.q)[0], self._weight))

    async def _text_vector(self, words: str, search: Search) -> Sequence[float] | None:
        return await self._vectors.get(words) if words and search.mode != "keyword" else None

    async def _image_vector(self, words: str, search: Search) -> Sequence[float] | None:
        """The picture that is looked for, or the words in its place, in a search by words and meaning."""
        if self._picture is not None:
            return self._picture
        return await self.images.of_words(words) if search.mode == "hybrid" else None

    async def cache_vectors(self, texts: Sequence[str]) -> None:
        """Embed the words of upcoming searches, all in one call."""
        await self._vectors.cache(texts)

    # -- single photos --------------------------------------------------------------------

    async def get(self, id_: str) -> Photo | None:
        """One photo; None when it is not indexed."""
        return await self._index.get(id_)

    async def photo(self, id_: str) -> Photo:
        """One photo; NotFound when it is not indexed."""
        return _photo_or_raise(await self.get(id_), id_)

    async def get_many(self, ids: Sequence[str]) -> list[Photo]:
        """The photos with these ids that are in the index, in the order of the ids."""
        hits = await self._whole_hits(ids)
        return [hits[id_].photo for id_ in dict.fromkeys(ids) if id_ in hits]

    async def _whole_hits(self, ids: Sequence[str]) -> dict[str, Hit]:
        """The photos with these ids that are in the index, by id."""
        if not (filter_ := id_filter(ids)):
            return {}
        results = await self._index.search(IndexQuery(filter=filter_, top=MAX_IDS))
        return {hit.photo.id: hit for hit in results.hits}

    async def similar(self, id_: str, *, top: int) -> list[Hit]:
        """
        The photos that look most like this one, by the vectors of pictures; NotFound if it is not indexed.

        Without them, and where too few photos have one, those that are described most alike. The photo itself, its
        copies and shots of the same moment are left out; other duplicates are shown once.
        """
        async with self._index.held():
            return await self._similar(id_, top)

    async def _similar(self, id_: str, top: int) -> list[Hit]:
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


def _photo_or_raise(photo: Photo | None, id_: str) -> Photo:
    if photo is None:
        raise NotFound(f"there is no photo {id_}", param="id")
    return photo
