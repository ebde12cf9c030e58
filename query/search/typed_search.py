"""What somebody typed into a search box: read, searched with what it means, and with less where nothing is left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from query.search.interpretation import DATES, KINDS, PLACES, Interpretation, interpret, place_candidates
from query.search.library import Library
from query.search.query_text import fold_text
from shared.search.filters import Filters, quoted_phrase, string_literal
from shared.search.results import SearchResults
from shared.search.search import Search

PLACE_FIELDS = "city,state,country"
PLACE_FACETS = ("city,count:50", "state,count:50", "country,count:50")
MAX_WORDS = 8  # a longer text is a sentence, and its places are words among others
SET_BY_HAND = {
    DATES: {"taken_in", "taken_after", "taken_before"},
    PLACES: {"place", "city", "state", "country", "near"},
}


@dataclass(frozen=True)
class TypedSearch:
    """Results, the words they were searched by, and the filters that other words meant."""

    results: SearchResults
    q: str
    filters: Mapping[str, Any]


async def find_typed(library: Library, search: Search) -> TypedSearch:
    """
    The photos that somebody looks for in so many words.

    A date and a place narrow the search as long as photos remain. Filters that the caller sets are not guessed again,
    and a text that is the name of a photo is nothing but a name.
    """
    kinds = _kinds(search)
    places = await _places(library, search) if PLACES in kinds else {}
    readings = _readings(search.q, kinds, places)
    if not readings[0].filters or await library.is_name(search):
        return TypedSearch(await library.find(search), search.q, {})
    for reading in readings[:-1]:
        typed = await _find(library, search, reading)
        if typed.results.total:
            return typed
    return await _find(library, search, readings[-1])


def _readings(text: str, kinds: frozenset[str], places: Mapping[str, str]) -> list[Interpretation]:
    """The ways to read the words, from the narrowest on, each once."""
    readings: list[Interpretation] = []
    for fewer in (set(), {PLACES}, {DATES}, {PLACES, DATES}):
        reading = interpret(text, kinds - fewer, places)
        if reading not in readings:
            readings.append(reading)
    return readings


async def _find(library: Library, search: Search, reading: Interpretation) -> TypedSearch:
    narrowed = _narrowed(search, reading)
    return TypedSearch(await library.find(narrowed), narrowed.q, reading.filters)


def _kinds(search: Search) -> frozenset[str]:
    """What to look for in the words: what the caller asks for and has not set by hand."""
    if not search.q.strip() or search.interpret == "off":
        return frozenset()
    asked = KINDS if search.interpret == "on" else search.interpret.split(",")
    given = search.filters.model_dump(exclude_defaults=True).keys()
    return frozenset(kind for kind in asked if not SET_BY_HAND.get(kind, set()) & given)


async def _places(library: Library, search: Search) -> dict[str, str]:
    """The places of the library that the words may name, by their folded names."""
    words = place_candidates(search.q)
    if not words or len(words) > MAX_WORDS:
        return {}
    phrases = " ".join(quoted_phrase(word) for word in words)
    facets = await library.facets(f"search.ismatch({string_literal(phrases)}, '{PLACE_FIELDS}')", PLACE_FACETS)
    return {fold_text(name): name for field in PLACE_FIELDS.split(",") for name, _ in facets.get(field, ()) if name}


def _narrowed(search: Search, reading: Interpretation) -> Search:
    """The search with what its words mean. Keywords must not see what is to be missing."""
    by_words_alone = search.mode == "keyword" or search.sort != "relevance"
    filters = dict(reading.filters)
    if place := filters.pop("place", None):
        filters["about_place"] = place
    filters["without"] = [*search.filters.without, *filters.get("without", [])]
    return search.model_copy(
        update={
            "q": reading.q if by_words_alone or not reading.q else reading.meaning,
            "filters": Filters.model_validate(search.filters.model_dump(exclude_defaults=True) | filters),
        }
    )
