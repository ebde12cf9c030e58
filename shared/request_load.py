"""Whether people wait for this process: what is not urgent gives way to them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class RequestLoad:
    """How many requests are being answered, and how long ago the last one was."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = self._expected_until = float("-inf")
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

    def expect(self, seconds: float) -> None:
        """Somebody waits for what begins within so many seconds, such as the attempt at an upload."""
        self._expected_until = max(self._expected_until, self._clock() + seconds)

    @property
    def is_awaited(self) -> bool:
        """Whether anybody waits for something, that is running or about to begin."""
        return bool(self.running) or self._clock() < self._expected_until

    @property
    def idle_seconds(self) -> float:
        """How long ago anybody waited; 0 while somebody does."""
        return 0.0 if self.is_awaited else self._clock() - max(self._last, self._expected_until)


REQUEST_LOAD = RequestLoad()  # of this process
