"""How far ingestion has come: every original is searchable, waiting, being retried or given up."""

from dataclasses import dataclass

from ingest.caption_once import today
from ingest.context import IngestContext
from shared.stores.failures import Failure, FailureRecords, State


@dataclass(frozen=True)
class IngestStatus:
    """How many photos are in each state, and what was spent today (UTC); 0 captions per day means no cap."""

    indexed: int
    waiting: int
    retrying: int
    failed: int
    captions_today: int
    captions_per_day: int
    tokens_today: int


async def status(context: IngestContext) -> IngestStatus:
    """Count the photos; those in the container that are in no other state are waiting."""
    states = [failure.state async for failure in context.failures.all()]
    indexed = await context.index.count()
    originals = await context.original_count.get(context.storage.count)
    spending = await context.spending.total(today())
    return IngestStatus(
        indexed=indexed,
        waiting=max(0, originals - indexed - len(states)),
        retrying=states.count("retrying"),
        failed=states.count("failed"),
        captions_today=spending.captions,
        captions_per_day=context.settings.captions_per_day,
        tokens_today=spending.tokens,
    )


async def list_failures(failures: FailureRecords, state: State | None = None) -> list[Failure]:
    """The failure records in this state, or all of them, given up before retrying, sorted by path."""
    records = [failure async for failure in failures.all() if state in {None, failure.state}]
    return sorted(records, key=lambda failure: (failure.state, failure.path))
