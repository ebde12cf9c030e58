"""A semaphore that counts weights, first come, first served: it keeps large files from filling the memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class WeightedSemaphore:
    """Has `size` units; a weight above that takes all of them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._free = size
        self._turn = asyncio.Lock()  # one waits at a time, so a heavy one is not overtaken for ever
        self._released = asyncio.Condition()

    @asynccontextmanager
    async def acquire(self, weight: int) -> AsyncIterator[None]:
        """Wait until `weight` units are free and hold them for the length of the block."""
        weight = min(weight, self._size)
        async with self._turn, self._released:
            await self._released.wait_for(lambda: self._free >= weight)
            self._free -= weight
        try:
            yield
        finally:
            self._free += weight
            async with self._released:
                self._released.notify_all()
