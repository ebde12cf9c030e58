"""
Which pieces of text have a term, of all that were ever looked at.

Searches look at the same words again and again, each for other terms. So a piece between spaces is analyzed once and
not once a search, and what has the terms of a search is known before its first text is read.
"""

from collections.abc import Iterable
from functools import lru_cache

from local.search.text.analyzers import MAX_CACHED_LENGTH, Analyzer, locate_in_piece

MAX_SEEN = 50_000  # pieces


class SeenPieces:
    """The pieces that were looked at with one analyzer, and by term those that have it."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._by_term: dict[str, list[str]] = {}
        self.all: set[str] = set()
        self.version = 0  # another one whenever there are more

    def look_at(self, pieces: Iterable[str]) -> bool:
        """Analyze those that are new; False where one is too long to be kept."""
        new = set(pieces) - self.all
        short = [piece for piece in new if len(piece) <= MAX_CACHED_LENGTH]
        if len(self.all) + len(short) > MAX_SEEN:
            self.all.clear()
            self._by_term.clear()
            return self.look_at(pieces) if len(short) <= MAX_SEEN else False
        for piece in short:
            for term in {term for term, _, _ in locate_in_piece(self._analyzer, piece)}:
                self._by_term.setdefault(term, []).append(piece)
        self.all.update(short)
        self.version += 1
        return len(short) == len(new)

    def having(self, terms: Iterable[str]) -> set[str]:
        """Those that have one of these terms."""
        return {piece for term in terms for piece in self._by_term.get(term, ())}


@lru_cache(maxsize=128)
def seen_pieces(analyzer: Analyzer) -> SeenPieces:
    return SeenPieces(analyzer)
