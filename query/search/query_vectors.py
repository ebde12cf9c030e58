"""The vectors of what people search for: pages, facets and follow-ups embed the same words again."""

from collections import OrderedDict
from collections.abc import Sequence

from query.search.query_text import split_phrases
from shared import telemetry
from shared.embedding_model import EmbeddingModel, embedding_of
from shared.models import Models

MAX_CACHED_VECTORS = 512


class QueryVectors:
    """The latest vectors, by the model that made them and the words they are of."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._vectors: OrderedDict[tuple[EmbeddingModel, str], list[float]] = OrderedDict()

    async def get(self, words: str) -> list[float]:
        """The vector of these words."""
        model = embedding_of(self._models)
        await self.cache([words])
        self._vectors.move_to_end((model, words))
        return self._vectors[model, words]

    async def cache(self, texts: Sequence[str]) -> None:
        """Embed the words of upcoming searches, all in one call."""
        model = embedding_of(self._models)
        all_words = [split_phrases(text)[0] for text in texts]
        missing = [words for words in all_words if words and (model, words) not in self._vectors]
        if not missing:
            return
        with telemetry.spending_for("search"):
            vectors = await self._models.embed(missing)
        for words, vector in zip(missing, vectors, strict=True):
            self._vectors[model, words] = vector
        while len(self._vectors) > MAX_CACHED_VECTORS:
            self._vectors.popitem(last=False)
