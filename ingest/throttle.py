"""After a 429, every call to the same model waits as long as the model asked, so that it is not refused again."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.errors import Throttled

T = TypeVar("T")

DEFAULT_WAIT = 10.0  # seconds, when a 429 does not say how long
MAX_WAIT = 20.0  # seconds worth waiting inside a function; waiting longer in the queue costs nothing


class Throttle:
    """Holds back the calls of one process to one model."""

    def __init__(self) -> None:
        self._open_at = 0.0

    async def call(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make the call once the model allows it; Throttled if that takes too long."""
        while (wait := self._open_at - time.monotonic()) > 0:
            if wait > MAX_WAIT:
                raise Throttled("the model is throttling us", wait=wait)
            # The jitter keeps the calls that waited from all starting at the same moment.
            await asyncio.sleep(wait + random.uniform(0, 0.5))  # noqa: S311 - not a secret
        try:
            return await call()
        except Throttled as error:
            self._open_at = max(self._open_at, time.monotonic() + (error.wait or DEFAULT_WAIT))
            raise
