"""Multilingual sentence vectors: E5-small, in the process, one text at a time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from local.e5 import E5, Kind, Vector

KIND: Kind = "passage"
KEPT = 8192


class Embedder:
    """
    Texts to unit vectors of 384 floats.

    The OpenAI API does not say whether a text is a question or a document, which
    E5 wants to know. Every text gets the same prefix, "passage: ": see README.md
    for the comparison. The last few thousand vectors are kept.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "embedding")
        self._kept: OrderedDict[str, Vector] = OrderedDict()
        self._model: E5 | None = None

    async def embed(self, texts: list[str]) -> list[Vector]:
        """One vector a text, in order."""
        loop = asyncio.get_running_loop()
        return [await loop.run_in_executor(self._thread, self._one, text) for text in texts]

    async def count(self, texts: list[str]) -> int:
        """How many tokens the model reads for these texts."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._count, texts)

    def _loaded(self) -> E5:
        if self._model is None:
            self._model = E5()
        return self._model

    def _count(self, texts: list[str]) -> int:
        return sum(self._loaded().count(text, KIND) for text in texts)

    def _one(self, text: str) -> Vector:
        if text in self._kept:
            self._kept.move_to_end(text)
            return self._kept[text]
        vector = self._loaded().embed(text, KIND)
        self._kept[text] = vector
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return vector
