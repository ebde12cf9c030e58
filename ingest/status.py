"""How far ingestion is: every uploaded blob is searchable, waiting, being retried or given up."""

import time
from dataclasses import dataclass

from ingest.paid import today
from ingest.studio import Studio
from shared.answers import Status
from shared.ledger import Ledger
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


async def status(studio: Studio, census: Census) -> Status:
    """How far it is; waiting is what the container holds beyond the other three."""
    states = [failure.state async for failure in studio.ledger.failures()]
    indexed = await studio.index.count()
    total = await census.taken(studio.storage)
    spent = await studio.ledger.spent(today())
    return {
        "indexed": indexed,
        "waiting": max(0, total - indexed - len(states)),
        "retrying": states.count("retrying"),
        "failed": states.count("failed"),
        "captions_today": spent.captions,
        "captions_per_day": studio.settings.captions_per_day,
        "tokens_today": spent.tokens,
    }


async def failing(ledger: Ledger, state: str | None = None) -> list[Failure]:
    """All failure records, those given up first, each group by path."""
    found = [each async for each in ledger.failures() if state in {None, each.state}]
    return sorted(found, key=lambda each: (each.state, each.path))
