"""A semaphore that counts weights, first come first served: it keeps large files from filling the memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class WeightedSemaphore:
    """Holds `size` units; what is heavier than that gets the whole room to itself."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._free = size
        self._door = asyncio.Lock()  # one waits at a time, so a heavy one is not overtaken for ever
        self._left = asyncio.Condition()

    @asynccontextmanager
    async def acquire(self, weight: int) -> AsyncIterator[None]:
        """Wait until `weight` units are free and hold them for the length of the block."""
        weight = min(weight, self._size)
        async with self._door, self._left:
            await self._left.wait_for(lambda: self._free >= weight)
            self._free -= weight
        try:
            yield
        finally:
            self._free += weight
            async with self._left:
                self._left.notify_all()
