"""How many arriving photos a worker has in progress, and how many of them may be part of an import."""

from collections.abc import Iterator
from contextlib import contextmanager

BULK_PLACES = 8  # of the 24 blobs in progress that host.json allows; it asks for more only while at most 11 are


class Arrivals:
    """The arrivals that one worker is working on."""

    def __init__(self) -> None:
        self._working = 0

    @property
    def is_busy(self) -> bool:
        """Whether there is no place for what arrives in bulk."""
        return self._working >= BULK_PLACES

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place for the length of the block."""
        self._working += 1
        try:
            yield
        finally:
            self._working -= 1
