"""Calls for one thing each, made as one call for several."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Hashable, Sequence
from copy import copy
from typing import Generic, TypeVar

from shared.errors import PhotoError, Transient

T = TypeVar("T")
R = TypeVar("R")

LINGER = 0.02  # seconds that the first call waits for others


class BatchedCalls(Generic[T, R]):
    """
    Each call gives one item and gets its own result; `work` is done with the items of those that come together.

    What `work` raises reaches each of them, but if it is permanent, it is done again with each half, and so on: one bad
    item harms no other. A result that is an error is raised for its own item alone. Of items with the same `key`, one
    is worked on only when those before it are done, each in another call of `work`. Whoever is cancelled while waiting
    for others has its item left out; what has begun goes on to its end. A call that comes `alone_after` so many seconds
    without another waits for none.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[Sequence[R | PhotoError]]],
        *,
        most: int,
        linger: float = LINGER,
        alone_after: float = math.inf,
        key: Callable[[T], Hashable] | None = None,
    ) -> None:
        self._work = work
        self._most = most
        self._linger = linger
        self._alone_after = alone_after
        self._key = key
        self._waiting: list[tuple[T, asyncio.Future[R], float]] = []  # and when each is due
        self._busy: set[Hashable] = set()
        self._turn: asyncio.TimerHandle | None = None  # the next one of those that wait
        self._last = -math.inf  # when the last call came
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, item: T, *, linger: float | None = None) -> R:
        """Do the work for one item, which may wait longer or shorter for others than is usual."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # those of a loop that has ended wait for nothing any more
            self._loop, self._waiting, self._busy, self._turn, self._last = loop, [], set(), None, -math.inf
        future: asyncio.Future[R] = loop.create_future()
        now, before = loop.time(), self._last
        self._last = now
        is_alone = now - before > self._alone_after
        due = now if is_alone else now + (self._linger if linger is None else linger)
        self._waiting.append((item, future, due))
        if is_alone or len(self._waiting) >= self._most:
            self._begin()
        else:
            self._begin_at(due, loop)
        return await future

    def _begin_at(self, due: float, loop: asyncio.AbstractEventLoop) -> None:
        if self._turn and self._turn.when() > due:
            self._turn.cancel()
            self._turn = None
        self._turn = self._turn or loop.call_at(due, self._begin)

    def _begin(self) -> None:
        if self._turn:
            self._turn.cancel()
            self._turn = None
        if batch := self._take():
            task = asyncio.get_running_loop().create_task(self._run_and_release(batch))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _take(self) -> list[tuple[T, "asyncio.Future[R]"]]:
        """The items whose turn it is; the others stay."""
        batch, left = list[tuple[T, asyncio.Future[R]]](), list[tuple[T, asyncio.Future[R], float]]()
        held = set(self._busy)
        for item, future, due in self._waiting:
            if future.done():  # nobody waits for it any more
                continue
            key = self._key(item) if self._key else None
            if len(batch) < self._most and (self._key is None or key not in held):
                batch.append((item, future))
            else:
                left.append((item, future, due))
            if self._key:
                held.add(key)
        self._waiting = left
        if self._key:
            self._busy |= {self._key(item) for item, _ in batch}
        return batch

    async def _run_and_release(self, batch: Sequence[tuple[T, "asyncio.Future[R]"]]) -> None:
        try:
            await self._run(batch)
        finally:
            if self._key:
                self._busy -= {self._key(item) for item, _ in batch}
            if self._waiting:  # perhaps for one of the same key
                self._begin_at(min(due for *_, due in self._waiting), asyncio.get_running_loop())

    async def _run(self, batch: Sequence[tuple[T, "asyncio.Future[R]"]]) -> None:
        try:
            results = await self._work([item for item, _ in batch])
            if len(results) != len(batch):
                raise Transient(f"{len(results)} results came of {len(batch)} items")
        except BaseException as error:
            if len(batch) > 1 and isinstance(error, PhotoError) and not isinstance(error, Transient):
                half = len(batch) // 2
                await self._run(batch[:half])
                await self._run(batch[half:])
                return
            for _, future in batch:
                _settle(future, error)
            if isinstance(error, asyncio.CancelledError):
                raise
            return
        for (_, future), result in zip(batch, results, strict=True):
            _settle(future, result)


def _settle(future: "asyncio.Future[R]", result: R | BaseException) -> None:
    if future.done():
        return
    if isinstance(result, BaseException):
        own = copy(result)  # whoever gets it may note in it what it is about
        own.__cause__ = result.__cause__
        future.set_exception(own)
    else:
        future.set_result(result)
