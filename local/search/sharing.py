"""A lock that several may hold together, or one alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Lock


class SharedLock:
    """For many at a time, or for one alone; who waits to be alone lets nobody in before. Not reentrant."""

    def __init__(self) -> None:
        self._turn = Lock()  # both kinds stand in line for it, so that neither starves the other
        self._changed = Condition()
        self._inside = 0

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hold it beside others."""
        with self._turn, self._changed:
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold it as the only one."""
        with self._turn:
            with self._changed:
                self._changed.wait_for(lambda: not self._inside)
            yield
