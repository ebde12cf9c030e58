"""
After a 429, calls to the same model wait as long as the model asked, and then come at a pace that it takes.

So hardly any is refused again: `pace.py` says how fast that is. The call that was refused waits among them, as its
photo has been read: in the queue it would wait longer than the model asked, and be read again. Where the model's server
tells how much of the quota is left, calls wait before one is refused (`quota.py`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ingest.pace import Pace
from ingest.quota import Quota
from shared.errors import Throttled
from shared.models.token_limit import TokenLimit, told_limits

T = TypeVar("T")

DEFAULT_WAIT = 10.0  # seconds, when a 429 does not say how long
MAX_WAIT = 20.0  # seconds worth waiting inside a function; waiting longer in the queue costs nothing
MAX_TURN = 60.0  # seconds worth waiting for those that came before, or for more quota, once the photo has been read


class Throttle:
    """Holds back the calls of one process to one model."""

    def __init__(self) -> None:
        self._open_at = 0.0
        self._pace = Pace()
        self._quota = Quota()

    async def call(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make the call once the model allows it, again if it is refused; Throttled if that takes too long."""
        started = time.monotonic()
        while True:
            await self._wait_for_turn()
            begun = time.monotonic()
            self._pace.begin(begun)
            try:
                result = await self._call(call)
            except Throttled as error:
                now, wait = time.monotonic(), error.wait or DEFAULT_WAIT
                self._open_at = max(self._open_at, now + wait)
                self._pace.refuse(begun, now, wait)
                closed = self._open_at - now
                if closed > MAX_WAIT or now - started > MAX_TURN:
                    error.wait = closed
                    raise
            else:
                self._pace.take()
                return result

    async def _call(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make the call, and hear what its answer says of the quota."""
        number, limits = self._quota.begin(time.monotonic()), list[TokenLimit]()
        outer = told_limits.set(limits)
        try:
            return await call()
        finally:
            told_limits.reset(outer)
            if limits:
                self._quota.tell(number, limits[-1], time.monotonic())
            else:
                self._quota.end(number)

    async def _wait_for_turn(self) -> None:
        started = time.monotonic()
        while True:
            now = time.monotonic()
            closed = self._open_at - now
            turn = self._pace.earliest(now + max(0.0, closed, self._quota.wait(now)))
            if closed > MAX_WAIT or turn - started > MAX_TURN:
                raise Throttled("the model is throttling us", wait=turn - now)
            self._pace.reserve(turn)
            if turn > now:
                await asyncio.sleep(turn - now)
            now = time.monotonic()
            if self._open_at <= now and not self._quota.wait(now):  # nor refused or used up meanwhile
                return
