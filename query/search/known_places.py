"""The names of places in the library, for searches whose words may name one: asked for now and then, not each time."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence

from query.search.interpretation import place_candidates
from shared.access.sight import current_sight
from shared.search.folding import fold_text
from shared.search.odata import quoted_spellings, string_literal
from shared.search.search_words import FOLDED_TEXTS

FIELDS = {"city": 5000, "state": 1000, "country": 300}  # how many names of each are kept
FACETS = [f"{field},count:{count}" for field, count in FIELDS.items()]
OF_WORDS = [f"{field},count:50" for field in FIELDS]
MAX_WORDS = 8  # a longer text is a sentence, and its places are words among others
MAX_SIGHTS = 100  # of which names are kept
MAX_AGE = 15.0  # seconds after which a new photo's place is known

Facets = Mapping[str, Sequence[tuple[str, int]]]


class KnownPlaces:
    """What each caller may know of the places; those who see the same share what was asked."""

    def __init__(
        self,
        ask: Callable[[str | None, Sequence[str]], Awaitable[Facets]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._by_sight: OrderedDict[str, PlaceNames] = OrderedDict()

    async def named_by(self, text: str) -> Mapping[str, str]:
        """The places that the words of a text may name; some others may be among them."""
        key = current_sight().key
        names = self._by_sight.setdefault(key, PlaceNames(self._ask, self._clock))
        self._by_sight.move_to_end(key)
        if len(self._by_sight) > MAX_SIGHTS:
            self._by_sight.popitem(last=False)
        return await names.named_by(text)


class PlaceNames:
    """Names by their folded spelling; `ask` gets a filter and facets, and answers with their counts."""

    def __init__(
        self, ask: Callable[[str | None, Sequence[str]], Awaitable[Facets]], clock: Callable[[], float]
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = asyncio.Lock()
        self._names: dict[str, str] | None = None
        self._asked_at = 0.0
        self._are_too_many = False

    async def named_by(self, text: str) -> Mapping[str, str]:
        """The places that the words of a text may name; some others may be among them."""
        words = place_candidates(text)
        if not words or len(words) > MAX_WORDS:
            return {}
        names = await self._all_names()
        if not self._are_too_many:
            return names
        phrases = " ".join(quoted_spellings(word) for word in words)
        filter_ = f"search.ismatch({string_literal(phrases)}, '{','.join(FIELDS)},{FOLDED_TEXTS}')"
        return _by_spelling(await self._ask(filter_, OF_WORDS))

    async def _all_names(self) -> Mapping[str, str]:
        """What was answered within the last seconds; while one search asks again, others go on with what there is."""
        if self._names is None or not (self._is_fresh() or self._lock.locked()):
            async with self._lock:
                if self._names is None or not self._is_fresh():
                    facets = await self._ask(None, FACETS)
                    self._are_too_many = any(len(facets.get(field, ())) >= most for field, most in FIELDS.items())
                    self._names, self._asked_at = _by_spelling(facets), self._clock()
        return self._names

    def _is_fresh(self) -> bool:
        return self._clock() - self._asked_at < MAX_AGE


def _by_spelling(facets: Facets) -> dict[str, str]:
    return {fold_text(name): name for field in FIELDS for name, _ in facets.get(field, ()) if name}
