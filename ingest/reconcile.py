"""
Container against index, both ways: what was missed, changed, deleted or left over.

Both are walked by pages, so a million photos take no more memory than a thousand.
Events are how photos usually come and go; this finds what events did not tell.
"""

import logging
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from ingest.pipeline import remove
from ingest.studio import Studio
from shared.errors import NotFound
from shared.photo import photo_id
from shared.search import Stamp
from shared.storage import Listed
from shared.ticket import Ticket

log = logging.getLogger(__name__)

BATCH = 500  # photos compared with the index in one request
GRACE = timedelta(minutes=5)  # a blob this young has an event on its way


@dataclass
class Report:
    """What was found: originals seen, and of them those not indexed or changed since; documents without an original."""

    originals: int = 0
    missing: int = 0
    changed: int = 0
    orphaned: int = 0
    failing: int = 0
    fresh: int = 0
    queued: int = 0
    postponed: int = 0

    def __str__(self) -> str:
        return ", ".join(f"{count} {name}" for name, count in asdict(self).items())


async def reconcile(studio: Studio, *, grace: timedelta = GRACE) -> Report:
    """
    Queue what is missing or changed, take away what is orphaned, and report.

    Photos being retried or given up are left alone: they have their own next step. Nothing is queued
    while earlier tickets still wait, or the same photos would be queued again and again.
    """
    report = Report()
    busy = await _busy(studio)
    indexed = 0
    async for batch in _batches(studio.storage.originals()):
        indexed += await _compare(batch, studio, report, busy=busy, grace=grace)
    if await studio.index.count() > indexed:
        await _sweep(studio, report)
    await _forget_failures(studio)
    log.info("reconciled: %s", report)
    return report


async def _busy(studio: Studio) -> bool:
    """Whether more tickets are queued than photos being retried account for."""
    retrying = sum([1 async for each in studio.ledger.failures() if each.state == "retrying"])
    return await studio.ledger.queued() > retrying


async def _batches(originals: AsyncIterator[Listed]) -> AsyncIterator[list[Listed]]:
    batch: list[Listed] = []
    async for each in originals:
        batch.append(each)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _compare(batch: list[Listed], studio: Studio, report: Report, *, busy: bool, grace: timedelta) -> int:
    """Compare one batch with the index; the number of its photos that are indexed."""
    known = await studio.index.stamps([photo_id(each.name) for each in batch])
    report.originals += len(batch)
    for each in batch:
        stamp = known.get(photo_id(each.name))
        if stamp is None or stamp.etag != each.etag:
            await _mend(each, stamp, studio, report, busy=busy, grace=grace)
    return len(known)


async def _mend(
    blob: Listed, stamp: Stamp | None, studio: Studio, report: Report, *, busy: bool, grace: timedelta
) -> None:
    if datetime.now(UTC) - blob.last_modified < grace:
        report.fresh += 1
        return
    if await _is_failing(blob, studio):
        report.failing += 1
        return
    if stamp is None:
        report.missing += 1
    else:
        report.changed += 1
    if busy:
        report.postponed += 1
        return
    await studio.ledger.send(Ticket(blob.name))
    report.queued += 1


async def _is_failing(blob: Listed, studio: Studio) -> bool:
    try:
        await studio.ledger.failure(photo_id(blob.name))
    except NotFound:
        return False
    return True


async def _sweep(studio: Studio, report: Report) -> None:
    """Look for the original of every document; only worth it when there are more documents than originals had."""
    async for stamp in studio.index.walk():
        if await studio.storage.look(stamp.path) is None:
            await remove(stamp.path, studio)
            report.orphaned += 1


async def _forget_failures(studio: Studio) -> None:
    """A record about an original that is gone helps nobody."""
    async for failure in studio.ledger.failures():
        if failure.path and not failure.unreadable and await studio.storage.look(failure.path) is None:
            await studio.ledger.clear(failure.id)


@dataclass(frozen=True)
class Estimate:
    """How many photos are described by an older recipe, of how many, and about what describing them again takes."""

    stale: int
    total: int
    tokens: int


async def estimate(studio: Studio) -> Estimate:
    """What a recaption would redo; the tokens are what the present descriptions took."""
    stale = tokens = 0
    async for stamp in studio.index.walk(_stale(studio)):
        stale += 1
        tokens += stamp.tokens
    return Estimate(stale, await studio.index.count(), tokens)


async def recaption(studio: Studio) -> int:
    """Queue every photo that is described by an older recipe; how many that were."""
    count = 0
    async for stamp in studio.index.walk(_stale(studio)):
        await studio.ledger.send(Ticket(stamp.path))
        count += 1
    return count


def _stale(studio: Studio) -> str:
    return f"recipe ne '{studio.recipe}'"  # hex, so it needs no escaping
