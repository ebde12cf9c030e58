"""
The likely photos of a search with words, in order, and after them the others.

The first hits are judged one by one (`likelihood.py`): they are the window, the same for every page, so that pages
neither overlap nor leave gaps. Beyond it a photo is likely if it holds every word, which the service itself can list
and count: so a total is exact without a thousand documents being read, and it and the facets are of the same photos.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from query.search.fusion import WINDOW
from query.search.hit_facets import count_hits
from query.search.likelihood import Judgement
from query.search.query_terms import QueryTerm
from query.search.vocabulary_words import all_words as all_words_text
from shared.search.index import PhotoIndex
from shared.search.odata import all_words, among, both, not_among
from shared.search.query import IndexQuery
from shared.search.results import Hit, SearchResults

MAX_LIKELY = 1000  # photos that are told from others; a total of more is a lower bound


@dataclass(frozen=True)
class LikelyPhotos:
    """
    What was judged of a search: its `window`, the hits `after` it in the service's order, and of how many in all.

    `terms` are the words that count; empty where photos beyond the window cannot be told apart. `holding_all` are the
    first photos that hold all of them, in the window or not, where that is known already.
    """

    judgement: Judgement
    after: Sequence[Hit]
    found: int
    filter: str | None
    terms: Sequence[QueryTerm]
    holding_all: SearchResults | None = None

    async def results(self, index: PhotoIndex, *, depth: int, facets: Sequence[str]) -> SearchResults:
        """The first `depth` photos of the list and all its numbers."""
        likely, others = self.judgement.likely, self.judgement.others
        more = await self._more(index, top=min(depth, MAX_LIKELY) - len(likely), facets=facets)
        listed = {*self._window_ids, *(hit.photo.id for hit in more.hits)}
        rest = [hit.told(likely=False) for hit in self.after if hit.photo.id not in listed]
        total = len(likely) + more.total
        is_complete = len(more.hits) == more.total
        hits = [*likely, *more.hits, *([*others, *rest] if is_complete else [])]
        return SearchResults(
            total=min(total, MAX_LIKELY),
            hits=hits,
            facets=more.facets,
            total_is_exact=total <= MAX_LIKELY,
            less_likely=max(self.found, len(hits)) - total if total <= self.found else 0,
            unmet=() if more.total else self.judgement.unmet,
        )

    async def more(self, index: PhotoIndex, *, top: int, fields: Sequence[str] = ()) -> SearchResults:
        """The photos with every word that are not in the window, in the service's order."""
        if not self._has_more:
            return SearchResults(0, [])
        if (known := self._known_beyond) is not None:
            return SearchResults(len(known), known[: max(top, 0)])
        query = photos_with(self.terms, both(self.filter, not_among(self._window_ids)), top=max(top, 0))
        return await index.search(replace(query, fields=fields) if fields else query)

    async def _more(self, index: PhotoIndex, *, top: int, facets: Sequence[str]) -> SearchResults:
        """
        The same with the facets of all likely photos, those of the window among them.

        Where all of them are at hand, they are counted here. Where none is wanted, the query for the facets alone tells
        how many there are.
        """
        likely = self.judgement.likely
        if facets and top <= 0 and self._has_more and self._known_beyond is None:
            counted = await self._counted(index, facets)
            return SearchResults(max(counted.total - len(likely), 0), [], counted.facets)
        more = await self.more(index, top=top)
        if not facets or not (likely or self._has_more):
            return more
        at_hand = more.hits if self._known_beyond is None else self._known_beyond
        if len(at_hand) == more.total:
            return replace(more, facets=count_hits([*likely, *at_hand], facets))
        return replace(more, facets=(await self._counted(index, facets)).facets)

    async def _counted(self, index: PhotoIndex, facets: Sequence[str]) -> SearchResults:
        """How many photos are likely, and their facets, as the index counts them."""
        likely = [hit.photo.id for hit in self.judgement.likely]
        others = [hit.photo.id for hit in self.judgement.others]
        words = all_words(words_of(self.terms), index.searched_fields)
        clauses = [*([among(likely)] if likely else []), f"({both(words, not_among(others))})" if others else words]
        return await index.search(IndexQuery(filter=both(self.filter, " or ".join(clauses)), facets=facets, top=0))

    @property
    def _has_more(self) -> bool:
        return bool(self.terms) and self.found > WINDOW

    @cached_property
    def _known_beyond(self) -> list[Hit] | None:
        """All photos with every word that are not in the window; None where that takes another request."""
        if self.holding_all is None or len(self.holding_all.hits) < self.holding_all.total:
            return None
        window = set(self._window_ids)
        return [hit for hit in self.holding_all.hits if hit.photo.id not in window]

    @property
    def _window_ids(self) -> list[str]:
        return [hit.photo.id for hit in (*self.judgement.likely, *self.judgement.others)]


def photos_with(terms: Sequence[QueryTerm], filter_: str | None, *, top: int) -> IndexQuery:
    """The query for photos that hold every word, in the service's order."""
    return IndexQuery(text=words_of(terms), match_all=True, filter=filter_, top=top)


def words_of(terms: Sequence[QueryTerm]) -> str:
    """The words as keywords that a photo must all hold, in the simple query syntax."""
    return all_words_text(" ".join(dict.fromkeys(term.word for term in terms)))
