"""Embeds texts as vectors."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from local.e5.network import build_network
from local.e5.tokenizer import UnigramTokenizer
from local.e5.weights import BLOCK, dequantize, read_weights
from local.onnx import load_session

Vector = NDArray[np.float32]
TextPrefix = Literal["query", "passage"]  # E5 was trained with one of these words before every text

DIMENSIONS = 384


class E5Model:
    """
    A loaded model, safe to use from several threads. Each text takes one core.

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
        # More threads would only compete with the image models for the cores.
        self._session = load_session(build_network(weights), threads=1)

    def embed(self, text: str, prefix: TextPrefix) -> Vector:
        """A unit vector of 384 floats; for more than 510 pieces, the mean of all windows, weighted by length."""
        pieces = self._tokenizer.encode(f"{prefix}: {text}")
        windows = [pieces[start : start + self._window_size] for start in range(0, len(pieces), self._window_size)]
        total = sum(self._embed_window(window) * len(window) for window in windows)
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)

    def count_tokens(self, text: str, prefix: TextPrefix) -> int:
        """The number of tokens of the text, including the two around it."""
        return len(self._tokenizer.encode(f"{prefix}: {text}")) + 2

    def _embed_window(self, pieces: Sequence[int]) -> Vector:
        ids = [self._begin, *pieces, self._end]
        embedded = dequantize(self._word_embeddings[ids]) + self._position_embeddings[: len(ids)]
        [[mean]] = self._session.run(None, {"embedded": embedded[None]})
        return np.asarray(mean)
