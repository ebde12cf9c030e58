"""An expensive count, which is repeated the more seldom the longer it takes."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_KINDS = 100
COST_FACTOR = 20  # counting blobs lists the whole container; it may take up a twentieth of the time


@dataclass(frozen=True)
class OriginalCount:
    """How many files are meant to be searchable, how many belong to one of those, and how many are ignored."""

    photos: int = 0
    attached: int = 0
    ignored: int = 0


class CachedCount(Generic[T]):
    """Remembers a count for twenty times as long as it took; those `of` different kinds apart."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, tuple[T, float]] = OrderedDict()  # with when they expire

    async def get(self, count: Callable[[], Awaitable[T]], *, of: str = "") -> T:
        """The count, made again if the last one has expired."""
        start = time.monotonic()
        last = self._counts.get(of)
        if last and start < last[1]:
            return last[0]
        result = await count()
        end = time.monotonic()
        self._counts[of] = result, end + COST_FACTOR * (end - start)
        self._counts.move_to_end(of)
        if len(self._counts) > MAX_KINDS:
            self._counts.popitem(last=False)
        return result

    def invalidate(self) -> None:
        """Count again the next time."""
        self._counts.clear()
