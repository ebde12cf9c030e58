"""Cutting text into the pieces the model knows: SentencePiece's unigram, the most likely way to put it together."""

import re

from local.e5.weights import UnigramVocabulary

SPACE_SYMBOL = "\u2581"  # stands for a space in the vocabulary, also before the first word
# What a letter costs that is in no piece, below the least likely piece.
UNKNOWN_PENALTY = 10.0
REPEATED_SPACES = re.compile("  +")


class UnigramTokenizer:
    """Text to the numbers of its pieces."""

    def __init__(self, vocabulary: UnigramVocabulary) -> None:
        self._vocabulary = vocabulary
        self._longest = max(map(len, vocabulary.pieces))
        self._least = min(vocabulary.scores) - UNKNOWN_PENALTY

    def encode(self, text: str) -> list[int]:
        """The numbers of the pieces, in order."""
        normalized = REPEATED_SPACES.sub(" ", text.translate(self._vocabulary.normalization))
        marked = (normalized if normalized.startswith(" ") else f" {normalized}").replace(" ", SPACE_SYMBOL)
        return self._viterbi(marked)

    def _viterbi(self, text: str) -> list[int]:
        """Viterbi: the best way to every place, from the start on; then back from the end."""
        pieces, scores, unknown = self._vocabulary.pieces, self._vocabulary.scores, self._vocabulary.unknown
        size = len(text)
        best_scores = [0.0] + [float("-inf")] * size
        backpointers: list[tuple[int, int]] = [(0, 0)] * (size + 1)  # the piece that ends here, and where it begins
        for start in range(size):
            score = best_scores[start]
            for end in range(start + 1, min(size, start + self._longest) + 1):
                piece = pieces.get(text[start:end])
                if piece is not None and piece != unknown and score + scores[piece] > best_scores[end]:
                    best_scores[end], backpointers[end] = score + scores[piece], (piece, start)
            if score + self._least > best_scores[start + 1]:
                best_scores[start + 1], backpointers[start + 1] = score + self._least, (unknown, start)
        encoded = []
        while size:
            piece, size = backpointers[size]
            encoded.append(piece)
        return encoded[::-1]
