"""Splits text into the model's pieces with SentencePiece's unigram model, which finds the most likely split."""

import re
from collections.abc import Sequence
from functools import lru_cache

from local.e5.weights import UnigramVocabulary

SPACE_SYMBOL = "\u2581"  # stands for a space in the vocabulary, also before the first word
# How much less likely an unknown letter is than the least likely piece.
UNKNOWN_PENALTY = 10.0
LATEST = 64  # texts whose pieces are kept
REPEATED_SPACES = re.compile("  +")


class UnigramTokenizer:
    """Turns a text into the ids of its pieces."""

    def __init__(self, vocabulary: UnigramVocabulary) -> None:
        self._vocabulary = vocabulary
        self._max_piece_length = max(map(len, vocabulary.pieces))
        self._unknown_score = min(vocabulary.scores) - UNKNOWN_PENALTY
        self._latest = lru_cache(maxsize=LATEST)(self._viterbi)  # a text is embedded, and its tokens are counted

    def encode(self, text: str) -> Sequence[int]:
        """The ids of the pieces, in order."""
        normalized = REPEATED_SPACES.sub(" ", text.translate(self._vocabulary.normalization))
        text_with_markers = (normalized if normalized.startswith(" ") else f" {normalized}").replace(" ", SPACE_SYMBOL)
        return self._latest(text_with_markers)

    def _viterbi(self, text: str) -> tuple[int, ...]:
        """Viterbi: find the best split up to every position, then walk back from the end."""
        pieces, scores, unknown = self._vocabulary.pieces, self._vocabulary.scores, self._vocabulary.unknown
        size = len(text)
        best_scores = [0.0] + [float("-inf")] * size
        backpointers: list[tuple[int, int]] = [(0, 0)] * (size + 1)  # the piece that ends here, and where it begins
        for start in range(size):
            score = best_scores[start]
            for end in range(start + 1, min(size, start + self._max_piece_length) + 1):
                piece = pieces.get(text[start:end])
                if piece is not None and piece != unknown and score + scores[piece] > best_scores[end]:
                    best_scores[end], backpointers[end] = score + scores[piece], (piece, start)
            if score + self._unknown_score > best_scores[start + 1]:
                best_scores[start + 1], backpointers[start + 1] = score + self._unknown_score, (unknown, start)
        encoded = []
        while size:
            piece, size = backpointers[size]
            encoded.append(piece)
        return tuple(encoded[::-1])
