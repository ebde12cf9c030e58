"""
Word vectors: WordLlama's, which come with the package of that name.

The vector of a text is the mean of the vectors of its tokens, whatever their order. That takes about thirty
microseconds for a caption, and tells captions of the same photo from others almost as well as the sentence model of
`local/e5`, which takes eight milliseconds: nDCG@10 0.534 against 0.563.
"""

import functools
import re
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from local.search.column_store.columns import Array

DIMENSIONS = 256
MAX_KEPT = 20_000  # vectors, 1 kB each
MAX_WORDS = 50_000  # whose tokens are kept
# What is not cut word by word: spaces at the ends or several at once, the tokenizer's sign for one, marks like `</s>`.
NOT_BY_WORDS = re.compile(r"  |\A | \Z|\u2581|<")


class WordTokens(dict[str, list[int]]):
    """The ids of the tokens of words: no token reaches over a space, so each word is cut once and not in every text."""

    def __init__(self) -> None:
        tokenizer = Tokenizer.from_file(str(package_folder() / "tokenizers" / "l2_supercat_tokenizer_config.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer

    def of(self, text: str) -> list[int]:
        """The ids of the tokens of a text, in order."""
        if NOT_BY_WORDS.search(text):
            return self.cut(text)
        return [*chain.from_iterable(map(self.__getitem__, text.split(" ")))]

    def cut(self, text: str) -> list[int]:
        """The same, cut as a whole."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def __missing__(self, word: str) -> list[int]:
        if len(self) >= MAX_WORDS:
            self.clear()
        self[word] = ids = self.cut(word)
        return ids


class WordVectors:
    """Word vectors in memory, 33 MB that any number of threads can share."""

    def __init__(self) -> None:
        [float16_vectors] = load_file(package_folder() / "weights" / "l2_supercat_256.safetensors").values()
        self._vectors = float16_vectors.astype(np.float32)
        self._tokens = WordTokens()
        self._kept: dict[str, Array] = {}  # by their texts: the same photos are found again and again

    def embed(self, texts: Sequence[str]) -> Array:
        """Return the unit vectors of these texts, 256 floats each; zeros for a text without words."""
        kept = self._kept
        if new := [text for text in dict.fromkeys(texts) if text not in kept]:
            if len(kept) + len(new) > MAX_KEPT:
                self._kept = kept = {text: kept[text] for text in texts if text in kept}
            kept |= zip(new, self._embed(new), strict=True)
        return np.array([kept[text] for text in texts], dtype=np.float32).reshape(-1, DIMENSIONS)

    def _embed(self, texts: Sequence[str]) -> Array:
        token_ids = [self._tokens.of(text.strip().lower()) for text in texts]
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        worded = [position for position, ids in enumerate(token_ids) if ids]
        if worded:
            # One sum for each text takes a third of what `reduceat` takes over all of them.
            sums = np.stack([self._vectors[token_ids[position]].sum(axis=0) for position in worded])
            vectors[worded] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return vectors


def package_folder() -> Path:
    """Return where the package is, without importing it: it would set up the logging of the whole process."""
    spec = find_spec("wordllama")
    assert spec  # it is among the requirements
    assert spec.origin
    return Path(spec.origin).parent


@functools.cache
def load_word_vectors() -> WordVectors:
    """Return the vectors of this process, loaded on first use."""
    return WordVectors()
