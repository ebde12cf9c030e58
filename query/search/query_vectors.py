"""The vectors of what people search for: pages, facets and follow-ups embed the same words again."""

from collections import OrderedDict
from collections.abc import Sequence

from query.search.query_text import split_phrases
from shared import telemetry
from shared.models import Models

MAX_CACHED_VECTORS = 512


class QueryVectors:
    """The latest vectors, by the words they are of."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._vectors: OrderedDict[str, list[float]] = OrderedDict()

    async def get(self, words: str) -> list[float]:
        """The vector of these words."""
        await self.cache([words])
        self._vectors.move_to_end(words)
        return self._vectors[words]

    async def cache(self, texts: Sequence[str]) -> None:
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
