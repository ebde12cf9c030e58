"""
The index that the library is in, with the model that embedded it: the two change together.

A query uses the one it began with, from its embedding to its last request, also while the library moves to another.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from shared.embedding_model import EmbeddingModel


@dataclass(frozen=True)
class EmbeddedIndex:
    """An index by its name, and what embedded all that it holds."""

    name: str
    embedding: EmbeddingModel

    def __str__(self) -> str:
        return f"{self.name} (by {self.embedding.name}, {self.embedding.dimensions:,} numbers)"


@dataclass(frozen=True)
class IndexRecord:
    """
    The index that is searched, and one `beside` it that is written as well, if there is one.

    While that one `is_filling`, it is new and not complete. Else it is the one before, and the way back until
    `kept_until`; the library `is_back` where the last move returned it. One that nobody uses any more is `removing`,
    until it is gone. `since` is when that began. `past` are the others that there have been.
    """

    live: EmbeddedIndex
    beside: EmbeddedIndex | None = None
    is_filling: bool = False
    since: datetime | None = None
    kept_until: datetime | None = None
    is_back: bool = False
    removing: EmbeddedIndex | None = None
    past: tuple[EmbeddedIndex, ...] = ()

    @property
    def all(self) -> tuple[EmbeddedIndex, ...]:
        """Every index that there is or was."""
        return (self.live, *(each for each in (self.beside, self.removing) if each), *self.past)

    def knows(self, name: str) -> bool:
        """Whether there is or was an index of this name: settings that name it mean the library, wherever it is."""
        return any(each.name == name for each in self.all)


_in_use: ContextVar[EmbeddedIndex | None] = ContextVar("index_in_use", default=None)


def index_in_use() -> EmbeddedIndex | None:
    """The index that what runs now began with; None where it has not begun with any."""
    return _in_use.get()


@contextmanager
def using_index(index: EmbeddedIndex | None) -> Iterator[None]:
    """What runs within this searches that index, and embeds what it looks for by its model."""
    token = _in_use.set(index)
    try:
        yield
    finally:
        _in_use.reset(token)
