"""Multilingual sentence embeddings by E5-small, in a thread of this process, one text at a time."""

import asyncio
import functools
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from local.e5 import DIMENSIONS, E5Model, TextPrefix, Vector

PREFIX: TextPrefix = "passage"
CACHE_SIZE = 8192


class TextEmbedder:
    """
    Embeds texts as unit vectors of 384 floats.

    The OpenAI API doesn't say whether a text is a query or a document, which E5
    needs to know. Every text gets the same prefix, "passage: "; see README.md for
    the comparison. The last few thousand vectors are cached.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "embedding")
        self._cache: OrderedDict[str, Vector] = OrderedDict()
        self._model: E5Model | None = None

    async def embed(self, texts: list[str]) -> list[Vector]:
        """One vector for each text, in order."""
        loop = asyncio.get_running_loop()
        return [await loop.run_in_executor(self._executor, self._embed_one, text) for text in texts]

    async def count_tokens(self, texts: list[str]) -> int:
        """The number of tokens that the model reads for these texts."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._count_tokens, texts)

    def _load_model(self) -> E5Model:
        if self._model is None:
            self._model = E5Model()
        return self._model

    def _count_tokens(self, texts: list[str]) -> int:
        return sum(self._load_model().count_tokens(text, PREFIX) for text in texts)

    def _embed_one(self, text: str) -> Vector:
        if text in self._cache:
            self._cache.move_to_end(text)
            return self._cache[text]
        vector = self._load_model().embed(text, PREFIX)
        self._cache[text] = vector
        if len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)
        return vector


def project(vectors: list[Vector], dimensions: int) -> list[Vector]:
    """
    These vectors in a space of fewer dimensions, which is another model to whoever compares them.

    A fixed Gaussian projection: by the Johnson-Lindenstrauss lemma what is near stays near, a little less exactly.
    """
    if not vectors:
        return []
    projected = np.stack(vectors) @ _projection(dimensions)
    return list((projected / np.linalg.norm(projected, axis=1, keepdims=True)).astype(np.float32))


@functools.cache
def _projection(dimensions: int) -> Vector:
    random = np.random.RandomState(dimensions)
    return random.standard_normal((DIMENSIONS, dimensions)).astype(np.float32)
