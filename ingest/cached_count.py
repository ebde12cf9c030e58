"""A count that is expensive to take, taken again only when the last one is old for what it cost."""

import time
from collections.abc import Awaitable, Callable

COST_FACTOR = 20  # counting blobs lists the whole container, so it may take a twentieth of our time


class CachedCount:
    """Remembers a count for twenty times as long as it took to take."""

    def __init__(self) -> None:
        self._count = 0
        self._expires = 0.0

    async def get(self, count: Callable[[], Awaitable[int]]) -> int:
        """The count, taken anew if the last one has expired."""
        start = time.monotonic()
        if start >= self._expires:
            self._count = await count()
            end = time.monotonic()
            self._expires = end + COST_FACTOR * (end - start)
        return self._count

    def invalidate(self) -> None:
        """Take the count anew the next time."""
        self._expires = 0.0
