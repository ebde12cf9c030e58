"""An expensive count, which is repeated the more seldom the longer it takes."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

COST_FACTOR = 20  # counting blobs lists the whole container; it may take up a twentieth of the time


@dataclass(frozen=True)
class OriginalCount:
    """How many files are meant to be searchable, how many belong to one of those, and how many are ignored."""

    photos: int = 0
    attached: int = 0
    ignored: int = 0


class CachedCount(Generic[T]):
    """Remembers a count for twenty times as long as it took."""

    def __init__(self) -> None:
        self._count: T | None = None
        self._expires = 0.0

    async def get(self, count: Callable[[], Awaitable[T]]) -> T:
        """The count, made again if the last one has expired."""
        start = time.monotonic()
        if self._count is None or start >= self._expires:
            self._count = await count()
            end = time.monotonic()
            self._expires = end + COST_FACTOR * (end - start)
        return self._count

    def invalidate(self) -> None:
        """Count again the next time."""
        self._expires = 0.0
