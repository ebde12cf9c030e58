"""Whether people wait for this process: what is not urgent gives way to them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class RequestLoad:
    """How many requests are being answered, and how long ago the last one was."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = float("-inf")
        self.running = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Counts as a request while it lasts."""
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._last = self._clock()

    @property
    def idle_seconds(self) -> float:
        """How long ago the last request ended; 0 while one is running."""
        return 0.0 if self.running else self._clock() - self._last


REQUEST_LOAD = RequestLoad()  # of this process
