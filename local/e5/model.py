"""Texts to vectors."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from local.e5.network import network
from local.e5.packed import BLOCK, floats_of, read
from local.e5.tokens import Tokenizer
from local.onnx import load

Vector = NDArray[np.float32]
Kind = Literal["query", "passage"]  # E5 was trained with these words before every text

DIMENSIONS = 384


class E5:
    """
    A loaded model, for as many threads as like; each text takes one core.

    Loading takes about half a second and 150 MB of memory.
    """

    def __init__(self) -> None:
        packed = read()
        self._tokenizer = Tokenizer(packed.vocabulary)
        self._begin, self._end = packed.vocabulary.begin, packed.vocabulary.end
        self._words = packed.tensors["emb.word"].reshape(-1, packed.width // BLOCK)
        self._places = packed.tensors["emb.pos"].reshape(-1, packed.width) + packed.tensors["emb.type"][: packed.width]
        self._window = packed.longest - 2
        # More threads only fight with the picture models for the cores.
        self._session = load(network(packed), threads=1)

    def embed(self, text: str, kind: Kind) -> Vector:
        """The unit vector of 384 floats; a text longer than 510 pieces is the mean of its parts, by their length."""
        pieces = self._tokenizer.split(f"{kind}: {text}")
        parts = [pieces[start : start + self._window] for start in range(0, len(pieces), self._window)]
        total = sum(self._mean(part) * len(part) for part in parts)
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)

    def count(self, text: str, kind: Kind) -> int:
        """How many tokens the text takes, with the two around it."""
        return len(self._tokenizer.split(f"{kind}: {text}")) + 2

    def _mean(self, pieces: list[int]) -> Vector:
        ids = [self._begin, *pieces, self._end]
        embedded = floats_of(self._words[ids]) + self._places[: len(ids)]
        [[mean]] = self._session.run(None, {"embedded": embedded[None]})
        return np.asarray(mean)
