"""
Which pieces of text have a term, of all that were ever looked at.

Searches look at the same words again and again, each for other terms. So a piece between spaces is analyzed once and
not once a search, and what has the terms of a search is known before its first text is read.
"""

from collections.abc import Iterable
from functools import lru_cache
from threading import Lock

from local.search.text.analyzers import MAX_CACHED_LENGTH, Analyzer, locate_in_piece

MAX_SEEN = 100_000  # pieces: of those that come later, none is kept


class SeenPieces:
    """
    The pieces that were looked at with one analyzer, and by term those that have it; searches on many threads share it.

    A piece is in `all` once its terms are known, and `version` is another one by then.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._by_term: dict[str, list[str]] = {}
        self._lock = Lock()
        self.all: set[str] = set()
        self.version = 0

    def look_at(self, pieces: Iterable[str]) -> bool:
        """Analyze those that are new; False where one is too long to be kept, or there are too many."""
        with self._lock:
            new = set(pieces) - self.all
            kept = {piece for piece in new if len(piece) <= MAX_CACHED_LENGTH}
            if len(kept) < len(new) or len(self.all) + len(kept) > MAX_SEEN:
                return False
            for piece in kept:
                for term in {term for term, _, _ in locate_in_piece(self._analyzer, piece)}:
                    self._by_term.setdefault(term, []).append(piece)
            self.version += 1
            self.all.update(kept)
            return True

    def having(self, terms: Iterable[str]) -> set[str]:
        """Those that have one of these terms."""
        return {piece for term in terms for piece in self._by_term.get(term, ())}


@lru_cache(maxsize=128)
def seen_pieces(analyzer: Analyzer) -> SeenPieces:
    return SeenPieces(analyzer)
