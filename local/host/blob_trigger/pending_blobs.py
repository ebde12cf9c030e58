"""Versions of blobs that were found and are not queued yet: the first in rank come first, and the number is limited."""

import asyncio
from bisect import insort
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PendingBlob(Generic[T]):
    """`key` identifies the version, `work` is what to do with it, `modified` is its time in seconds."""

    key: int
    urgent: bool
    modified: float
    work: T

    @property
    def rank(self) -> tuple[bool, float]:
        return self.urgent, self.modified


class PendingBlobs(Generic[T]):
    """
    At most `limit` of them, so that a container of any size takes the same memory; urgent ones first, then the newest.

    When there are too many, the last in rank is forgotten: the next listing finds it again.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: list[PendingBlob[T]] = []
        self._keys: set[int] = set()
        self._added = asyncio.Event()

    def __contains__(self, key: int) -> bool:
        """Whether this version waits here, or was taken and is not settled."""
        return key in self._keys

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def has_urgent(self) -> bool:
        return bool(self._waiting) and self._waiting[-1].urgent

    def add(self, blob: PendingBlob[T]) -> None:
        """Let it wait, unless as many of a higher rank do."""
        if len(self._waiting) >= self._limit and blob.rank < self._waiting[0].rank:
            return
        self._keys.add(blob.key)
        self._insert(blob)

    async def wait(self) -> None:
        """Return once there is something to take."""
        await self._added.wait()

    def take(self, count: int) -> list[PendingBlob[T]]:
        """The first in rank, up to so many, and only urgent ones if there are any; each must be settled or put back."""
        urgent = self.has_urgent
        taken: list[PendingBlob[T]] = []
        while self._waiting and len(taken) < count and self._waiting[-1].urgent == urgent:
            taken.append(self._waiting.pop())
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
        insort(self._waiting, blob, key=attrgetter("rank"))
        if len(self._waiting) > self._limit:
            self._keys.discard(self._waiting.pop(0).key)
        self._added.set()
