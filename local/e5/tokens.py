"""Cutting text into the pieces the model knows: SentencePiece's unigram, the most likely way to put it together."""

from __future__ import annotations

import re

from local.e5.packed import Vocabulary

SPACE = "\u2581"  # stands for a space in the vocabulary, also before the first word
# What a letter costs that is in no piece, below the least likely piece.
PENALTY = 10.0
SPACES = re.compile("  +")


class Tokenizer:
    """Text to the numbers of its pieces."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._longest = max(map(len, vocabulary.pieces))
        self._least = min(vocabulary.scores) - PENALTY

    def split(self, text: str) -> list[int]:
        """The numbers of the pieces, in order."""
        letters = SPACES.sub(" ", text.translate(self._vocabulary.replaced))
        marked = (letters if letters.startswith(" ") else f" {letters}").replace(" ", SPACE)
        return self._best(marked)

    def _best(self, text: str) -> list[int]:
        """Viterbi: the best way to every place, from the start on; then back from the end."""
        pieces, scores, unknown = self._vocabulary.pieces, self._vocabulary.scores, self._vocabulary.unknown
        size = len(text)
        best = [0.0] + [float("-inf")] * size
        last: list[tuple[int, int]] = [(0, 0)] * (size + 1)  # the piece that ends here, and where it begins
        for start in range(size):
            here = best[start]
            for end in range(start + 1, min(size, start + self._longest) + 1):
                piece = pieces.get(text[start:end])
                if piece is not None and piece != unknown and here + scores[piece] > best[end]:
                    best[end], last[end] = here + scores[piece], (piece, start)
            if here + self._least > best[start + 1]:
                best[start + 1], last[start + 1] = here + self._least, (unknown, start)
        found = []
        while size:
            piece, size = last[size]
            found.append(piece)
        return found[::-1]
