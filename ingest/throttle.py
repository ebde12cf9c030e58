"""After a 429 every call to that model waits until the stated time, instead of running into it again."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.errors import Throttled

T = TypeVar("T")

UNSTATED = 10.0  # seconds to stay away when a 429 does not say
PATIENCE = 20.0  # seconds worth waiting inside a function; longer waits belong to the queue, which costs nothing


class Throttle:
    """Stands before one model in one process."""

    def __init__(self) -> None:
        self._opens = 0.0

    async def call(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make the call when the gate is open; Throttled when that is too long to wait."""
        while (wait := self._opens - time.monotonic()) > 0:
            if wait > PATIENCE:
                raise Throttled("the model is throttling us", wait=wait)
            # The jitter keeps those who waited from all arriving at the same moment.
            await asyncio.sleep(wait + random.uniform(0, 0.5))  # noqa: S311 - not a secret
        try:
            return await call()
        except Throttled as error:
            self._opens = max(self._opens, time.monotonic() + (error.wait or UNSTATED))
            raise
