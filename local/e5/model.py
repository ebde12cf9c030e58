"""Texts to vectors."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from local.e5.network import build_network
from local.e5.tokenizer import UnigramTokenizer
from local.e5.weights import BLOCK, dequantize, read_weights
from local.onnx import load_session

Vector = NDArray[np.float32]
TextPrefix = Literal["query", "passage"]  # E5 was trained with these words before every text

DIMENSIONS = 384


class E5Model:
    """
    A loaded model, for as many threads as like; each text takes one core.

    Loading takes about half a second and 150 MB of memory.
    """

    def __init__(self) -> None:
        weights = read_weights()
        self._tokenizer = UnigramTokenizer(weights.vocabulary)
        self._begin, self._end = weights.vocabulary.begin, weights.vocabulary.end
        self._word_embeddings = weights.tensors["emb.word"].reshape(-1, weights.width // BLOCK)
        self._position_embeddings = (
            weights.tensors["emb.pos"].reshape(-1, weights.width) + weights.tensors["emb.type"][: weights.width]
        )
        self._window_size = weights.max_positions - 2
        # More threads only fight with the picture models for the cores.
        self._session = load_session(build_network(weights), threads=1)

    def embed(self, text: str, kind: TextPrefix) -> Vector:
        """The unit vector of 384 floats; a text longer than 510 pieces is the mean of its parts, by their length."""
        pieces = self._tokenizer.encode(f"{kind}: {text}")
        parts = [pieces[start : start + self._window_size] for start in range(0, len(pieces), self._window_size)]
        total = sum(self._embed_window(part) * len(part) for part in parts)
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)

    def count_tokens(self, text: str, kind: TextPrefix) -> int:
        """How many tokens the text takes, with the two around it."""
        return len(self._tokenizer.encode(f"{kind}: {text}")) + 2

    def _embed_window(self, pieces: list[int]) -> Vector:
        ids = [self._begin, *pieces, self._end]
        embedded = dequantize(self._word_embeddings[ids]) + self._position_embeddings[: len(ids)]
        [[mean]] = self._session.run(None, {"embedded": embedded[None]})
        return np.asarray(mean)
