"""An expensive count, which is repeated the more seldom the longer it takes."""

import time
from collections.abc import Awaitable, Callable

COST_FACTOR = 20  # counting blobs lists the whole container; it may take up a twentieth of the time


class CachedCount:
    """Remembers a count for twenty times as long as it took."""

    def __init__(self) -> None:
        self._count = 0
        self._expires = 0.0

    async def get(self, count: Callable[[], Awaitable[int]]) -> int:
        """The count, made again if the last one has expired."""
        start = time.monotonic()
        if start >= self._expires:
            self._count = await count()
            end = time.monotonic()
            self._expires = end + COST_FACTOR * (end - start)
        return self._count

    def invalidate(self) -> None:
        """Count again the next time."""
        self._expires = 0.0
