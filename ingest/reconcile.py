"""
Compares the container with the index, both ways: what is missing, changed, deleted or left over.

Both are read page by page, so a million photos take no more memory than a thousand.
Usually events report which photos come and go; this finds what they missed.
"""

import logging
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from ingest.backlog import GRACE, read_backlog
from ingest.batch_captions.answers import tend_batches
from ingest.batches import batches
from ingest.companions import PhotoFiles
from ingest.context import IngestContext
from ingest.edits import queue_edited
from ingest.file_roles import photos
from ingest.fill_times import fill_times
from ingest.follow_rules import tend_rules
from ingest.forgetting import forget_gone
from ingest.heal_collections import heal_collections
from ingest.migration.tending import tend_migration
from ingest.move_steps import finish_moves
from ingest.one_state import settle_failure
from ingest.pipeline import remove
from ingest.refresh import queue_outdated
from ingest.sweep import INDEXED_SHARE, sweep_descriptions
from ingest.sweep_exports import sweep_exports
from ingest.tend_jobs import tend_jobs
from ingest.trash import sweep_edits, sweep_trash
from shared import telemetry
from shared.errors import NotFound
from shared.photo import photo_id
from shared.search.results import IndexEntry
from shared.storage import BlobInfo
from shared.stores.failures import Failure
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

BATCH = 500  # photos compared with the index in one request


@dataclass
class ReconcileReport:
    """
    Counts: originals, those not indexed or changed since, documents without an original, and what became of them.

    `refreshing` are documents of an older version that are queued to be read again.
    """

    originals: int = 0
    missing: int = 0
    changed: int = 0
    orphaned: int = 0
    failing: int = 0
    fresh: int = 0
    queued: int = 0
    postponed: int = 0
    refreshing: int = 0
    oldest: float = field(default=0.0, compare=False)  # seconds since the oldest that is waiting was written

    def __str__(self) -> str:
        return ", ".join(f"{count} {name}" for name, count in asdict(self).items() if name != "oldest")


async def reconcile(context: IngestContext, *, grace: timedelta = GRACE) -> ReconcileReport:
    """
    Queue what is missing or changed, remove what is orphaned, and report.

    Photos that are being retried or were given up are left alone. So are those younger than `grace`, as their
    event is on its way. Nothing is queued while arrivals or earlier tickets wait: it would be queued twice.
    Then some of the documents of an older version are queued to be read again.
    """
    await finish_moves(context)
    await fill_times(context.index)
    report = ReconcileReport()
    backlog = await read_backlog(context)
    busy, grace = backlog.busy, backlog.grace(grace)
    indexed = 0
    async for batch in batches(photos(context), BATCH):
        indexed += await _compare(batch, context, report, busy=busy, grace=grace)
    if await context.index.count() > indexed:
        await _remove_orphans(context, report)
    await _settle_failures(context)
    report.refreshing = 0 if busy else await queue_outdated(context) + await queue_edited(context)
    await sweep_trash(context)
    await forget_gone(context)
    if indexed >= report.originals * INDEXED_SHARE:
        await sweep_edits(context)
    await sweep_descriptions(context, originals=report.originals, indexed=indexed)
    await heal_collections(context)
    await tend_rules(context)
    await tend_jobs(context)
    await sweep_exports(context)
    await tend_migration(context)
    await tend_batches(context)
    await context.proposals.sweep()
    await context.shares.sweep()
    await context.sweep_audit()
    await context.merge_usage()
    telemetry.record_oldest_waiting(report.oldest)
    log.info("reconciled: %s", report)
    return report


async def _compare(
    batch: list[PhotoFiles], context: IngestContext, report: ReconcileReport, *, busy: bool, grace: timedelta
) -> int:
    """Compare one batch of originals with the index; return how many of them are indexed."""
    entries = await context.index.entries([photo_id(each.name) for each in batch])
    report.originals += len(batch)
    for each in batch:
        entry = entries.get(photo_id(each.name))
        if entry is None or (entry.etag, entry.sidecar_digest) != (each.etag, each.sidecar_digest):
            await _queue(each, entry, context, report, busy=busy, grace=grace)
    return len(entries)


async def _queue(
    blob: BlobInfo,
    entry: IndexEntry | None,
    context: IngestContext,
    report: ReconcileReport,
    *,
    busy: bool,
    grace: timedelta,
) -> None:
    """Queue an original that is not indexed as it is, unless it is too young, failing or may be queued already."""
    age = datetime.now(UTC) - blob.last_modified
    failure = None if age < grace else await _failure_of(blob, context)
    if failure is None or failure.state == "retrying":
        report.oldest = max(report.oldest, age.total_seconds())
    if age < grace:
        report.fresh += 1
        return
    if failure and not failure.is_overdue(datetime.now(UTC)):
        report.failing += 1
        return
    if entry is None:
        report.missing += 1
    else:
        report.changed += 1
    if busy:
        report.postponed += 1
        return
    await context.tickets.send(Ticket(blob.name))
    report.queued += 1


async def _failure_of(blob: BlobInfo, context: IngestContext) -> Failure | None:
    try:
        return await context.failures.read(photo_id(blob.name))
    except NotFound:
        return None


async def _remove_orphans(context: IngestContext, report: ReconcileReport) -> None:
    """Remove documents without an original; only worth it when there are more documents than indexed originals."""
    async for entry in context.index.walk():
        if await context.storage.stat(entry.path) is None:
            await remove(entry.path, context)
            report.orphaned += 1


async def _settle_failures(context: IngestContext) -> None:
    """Remove all that is left of originals that are gone, and let no failure be about a photo that is searchable."""
    async for failure in context.failures.all():
        if not failure.path or failure.unreadable:
            continue
        if await context.storage.stat(failure.path) is None:
            await remove(failure.path, context)  # with what a delete that failed half-way has left
        elif failure.state == "failed":
            await settle_failure(failure.path, context)
