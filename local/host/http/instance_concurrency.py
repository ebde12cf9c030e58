"""How many HTTP requests an instance answers at a time: those beyond wait in order, as in Azure's front end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class InstanceConcurrency:
    """Counts a request until its response has ended, streamed or not; with None, there is no limit."""

    def __init__(self, limit: int | None) -> None:
        self._places = asyncio.Semaphore(limit) if limit is not None else None

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place and keep it for the length of the block."""
        if self._places is None:
            yield
            return
        async with self._places:
            yield
