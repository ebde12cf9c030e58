"""Calls for one thing each, made as one call for several."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from shared.errors import PhotoError, Transient

T = TypeVar("T")
R = TypeVar("R")

LINGER = 0.02  # seconds that the first call waits for others


class BatchedCalls(Generic[T, R]):
    """
    Each call gives one item and gets its own result; `work` is done with the items of those that come together.

    What `work` raises reaches each of them, but if it is permanent, it is done again with each item by itself: one bad
    item harms no other.
    """

    def __init__(
        self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]], *, most: int, linger: float = LINGER
    ) -> None:
        self._work = work
        self._most = most
        self._linger = linger
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, item: T) -> R:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # those of a loop that has ended wait for nothing any more
            self._loop, self._waiting = loop, []
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append((item, future))
        if len(self._waiting) >= self._most:
            self._begin()
        elif len(self._waiting) == 1:
            loop.call_later(self._linger, self._begin)
        return await future

    def _begin(self) -> None:
        batch, self._waiting = self._waiting, []
        if batch:
            task = asyncio.get_running_loop().create_task(self._run(batch))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self, batch: Sequence[tuple[T, "asyncio.Future[R]"]]) -> None:
        try:
            results = await self._work([item for item, _ in batch])
        except BaseException as error:
            if len(batch) > 1 and isinstance(error, PhotoError) and not isinstance(error, Transient):
                for each in batch:
                    await self._run([each])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            if isinstance(error, asyncio.CancelledError):
                raise
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
