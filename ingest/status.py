"""How far ingestion is: every uploaded blob is searchable, waiting, being retried or given up."""

import time
from dataclasses import dataclass

from shared.search import PhotoIndex
from shared.storage import Storage
from shared.ticket import Failure

REST = 20  # counting blobs lists the whole container, so it may take a twentieth of our time


@dataclass
class Census:
    """The number of originals, counted anew when the last count is old for what it cost."""

    count: int = 0
    due: float = 0.0

    async def taken(self, storage: Storage) -> int:
        started = time.monotonic()
        if started >= self.due:
            self.count = await storage.count()
            finished = time.monotonic()
            self.due = finished + REST * (finished - started)
        return self.count


async def status(*, storage: Storage, index: PhotoIndex, census: Census) -> dict[str, int]:
    """`{indexed, waiting, retrying, failed}`; waiting is what the container holds beyond the other three."""
    states = [failure.state async for failure in storage.failures()]
    indexed = await index.count()
    total = await census.taken(storage)
    return {
        "indexed": indexed,
        "waiting": max(0, total - indexed - len(states)),
        "retrying": states.count("retrying"),
        "failed": states.count("failed"),
    }


async def failing(*, storage: Storage, state: str | None = None) -> list[Failure]:
    """All failure records, those given up first, each group by path."""
    found = [each async for each in storage.failures() if state in {None, each.state}]
    return sorted(found, key=lambda each: (each.state, each.path))
