"""What somebody typed into a search box: read, searched with what it means, and with less where nothing is left."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from query.search.interpretation import DATES, KINDS, PLACES, Interpretation, interpret
from query.search.library import Library
from query.search.query_terms import query_terms
from query.search.query_text import WORD, significant_words
from shared.errors import BadRequest
from shared.search.filters import Filters
from shared.search.folding import fold_text
from shared.search.results import SearchResults
from shared.search.search import Search

YEAR_LENGTH = 4
# Words that are no evidence of what a photo shows, folded.
SAYS_NOTHING = frozenset(
    WORD.findall(
        "photo photos photograph photographs picture pictures pic pics image images shot shots show me my our all any "
        "some from taken made where what bild bilder foto fotos aufnahmen zeig zeige mir meine unsere alle von aus "
        "photographie photographies montre moi mes nos toutes les des imagen imagenes mis todas las"
    )
)
SET_BY_HAND = {
    DATES: {"taken_in", "taken_after", "taken_before"},
    PLACES: {"place", "city", "state", "country", "near"},
}


@dataclass(frozen=True)
class TypedSearch:
    """Results, the words they were searched by, the filters that other words meant, and the search with both."""

    results: SearchResults
    q: str
    filters: Mapping[str, Any]
    search: Search


async def find_typed(library: Library, search: Search) -> TypedSearch:
    """
    The photos that somebody looks for in so many words.

    A date and a place narrow the search as long as photos remain that answer the other words. Filters that the caller
    sets are not guessed again, and a text that is the name of a photo or folder is nothing but a name.
    """
    kinds = _kinds(search)
    places = await library.places.named_by(search.q) if PLACES in kinds else {}
    readings = _readings(search.q, kinds, places)
    if not readings[0].filters:
        return TypedSearch(await library.find(search), search.q, {}, search)
    typed, is_name = await asyncio.gather(_best(library, search, readings), library.is_name(search))
    return TypedSearch(await library.find(search), search.q, {}, search) if is_name else typed


async def find_all(library: Library, search: Search) -> list[str]:
    """
    The ids of all photos that somebody means: of a search with words the likely ones, the best first.

    Sorted by date they are those with all the words, as in the results. BadRequest where they are more than can be told
    from others.
    """
    if search.min_relevance:
        raise BadRequest("min_relevance is for results; all photos that are likely are taken", param="min_relevance")
    typed = await find_typed(library, search.model_copy(update={"top": 1, "skip": 0, "facets": False, "fold": None}))
    ids, are_all = await library.likely_ids(typed.search)
    if not are_all:
        raise BadRequest(f"more than {len(ids):,} photos fit this search: narrow it down by filters", param="q")
    return ids


async def _best(library: Library, search: Search, readings: Sequence[Interpretation]) -> TypedSearch:
    """The results of the narrowest reading that leaves photos which answer its words."""
    for reading in readings[:-1]:
        typed = await _find(library, search, reading)
        # Whether photos that remain are likely is another question.
        if typed.results.matches and await _answers(library, search, reading, readings[-1], typed):
            return typed
    return await _find(library, search, readings[-1])


async def _answers(
    library: Library, search: Search, reading: Interpretation, widest: Interpretation, typed: TypedSearch
) -> bool:
    """
    Whether photos that remain have any of the words, besides those of a place they may have been taken at.

    Where no photo of the library has one, meaning alone decides, and whatever remains may be meant.
    """
    place = fold_text(str(reading.filters.get("place", ""))).split()
    words = [word for word in significant_words(reading.q) if fold_text(word) not in {*place, *SAYS_NOTHING}]
    if search.mode == "vector" or not words or (not library.has_picture and _are_held(words, typed)):
        return True
    text = " ".join(words)
    return await library.holds(text, typed.search.filters) or not await library.holds(
        text, _narrowed(search, widest).filters
    )


def _are_held(words: Sequence[str], typed: TypedSearch) -> bool:
    """Whether likely photos are known to hold one of the words: then nobody need ask the index for one that does."""
    terms = {term.word for term in query_terms(typed.q, typed.search.filters.without)}
    held = {word.lower() for word in terms.difference(typed.results.unmet)}
    return typed.results.total > 0 and not held.isdisjoint(words)


def _readings(text: str, kinds: frozenset[str], places: Mapping[str, str]) -> list[Interpretation]:
    """The ways to read the words, from the narrowest on, each once."""
    readings = [interpret(text, kinds, places)]
    for fewer in ({PLACES}, {DATES}, {PLACES, DATES}) if readings[0].filters else ():
        reading = interpret(text, kinds - fewer, places)
        if reading not in readings:
            readings.append(reading)
    return readings


async def _find(library: Library, search: Search, reading: Interpretation) -> TypedSearch:
    narrowed = _narrowed(search, reading)
    return TypedSearch(await library.find(narrowed), narrowed.q, reading.filters, narrowed)


def _kinds(search: Search) -> frozenset[str]:
    """What to look for in the words: what the caller asks for and has not set by hand."""
    if not search.q.strip() or search.interpret == "off":
        return frozenset()
    asked = KINDS if search.interpret == "on" else search.interpret.split(",")
    given = search.filters.model_dump(exclude_defaults=True).keys()
    return frozenset(kind for kind in asked if not SET_BY_HAND.get(kind, set()) & given)


def _narrowed(search: Search, reading: Interpretation) -> Search:
    """The search with what its words mean. Keywords must not see what is to be missing."""
    by_words_alone = search.mode == "keyword" or search.sort != "relevance"
    filters = dict(reading.filters)
    if place := filters.pop("place", None):
        filters["about_place"] = place
    if len(filters.get("taken_in", "")) == YEAR_LENGTH:
        filters["about_year"] = filters.pop("taken_in")
    filters["without"] = [*search.filters.without, *filters.get("without", [])]
    return search.model_copy(
        update={
            "q": reading.q if by_words_alone or not reading.q else reading.meaning,
            "filters": Filters.model_validate(search.filters.model_dump(exclude_defaults=True) | filters),
        }
    )
