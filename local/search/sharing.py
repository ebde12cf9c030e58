"""A lock that several may hold together, or one alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Semaphore


class SharedLock:
    """
    For `most` at a time, the others in order of their arrival; who waits to be alone lets nobody in before.

    Not reentrant.
    """

    def __init__(self, most: int) -> None:
        self._places = Semaphore(most)
        self._changed = Condition()
        self._together = 0
        self._waiting = 0
        self._taken = False

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hold it beside others."""
        with self._places:
            with self._changed:
                self._changed.wait_for(lambda: not self._taken and not self._waiting)
                self._together += 1
            try:
                yield
            finally:
                with self._changed:
                    self._together -= 1
                    self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold it as the only one."""
        with self._changed:
            self._waiting += 1
            self._changed.wait_for(lambda: not self._taken and not self._together)
            self._waiting -= 1
            self._taken = True
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()
