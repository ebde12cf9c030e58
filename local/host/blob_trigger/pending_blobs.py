"""Versions of blobs that were found and are not queued yet: the newest come first, and the number is limited."""

import asyncio
from bisect import insort
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, TypeVar

T = TypeVar("T")

_FRESH_SECONDS = 60
"""A blob that arrived within a minute of the newest one is fresh: somebody may be waiting for it."""


@dataclass(frozen=True, slots=True)
class PendingBlob(Generic[T]):
    """`key` identifies the version, `modified` is its time in seconds, `work` is what to do with it."""

    key: int
    modified: float
    work: T


class PendingBlobs(Generic[T]):
    """
    At most `limit` of them, so that a container of any size takes the same memory.

    When there are too many, the oldest is forgotten: the next listing finds it again.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: list[PendingBlob[T]] = []
        self._keys: set[int] = set()
        self._newest = 0.0
        self._added = asyncio.Event()

    def __contains__(self, key: int) -> bool:
        """Whether this version waits here, or was taken and is not settled."""
        return key in self._keys

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def has_fresh(self) -> bool:
        """Whether one that waits is about as new as the newest ever seen."""
        return bool(self._waiting) and self._waiting[-1].modified >= self._newest - _FRESH_SECONDS

    def add(self, blob: PendingBlob[T]) -> None:
        """Let it wait, unless as many newer ones do."""
        self._newest = max(self._newest, blob.modified)
        if len(self._waiting) >= self._limit and blob.modified < self._waiting[0].modified:
            return
        self._keys.add(blob.key)
        self._insert(blob)

    async def wait(self) -> None:
        """Return once there is something to take."""
        await self._added.wait()

    def take(self, count: int) -> list[PendingBlob[T]]:
        """Up to so many, the newest first; each must be settled or put back."""
        taken = self._waiting[: -count - 1 : -1]
        del self._waiting[-count:]
        if not self._waiting:
            self._added.clear()
        return taken

    def settle(self, blob: PendingBlob[T]) -> None:
        """It is queued."""
        self._keys.discard(blob.key)

    def put_back(self, blob: PendingBlob[T]) -> None:
        """It could not be queued, and waits again."""
        self._insert(blob)

    def _insert(self, blob: PendingBlob[T]) -> None:
        insort(self._waiting, blob, key=attrgetter("modified"))
        if len(self._waiting) > self._limit:
            self._keys.discard(self._waiting.pop(0).key)
        self._added.set()
