"""
What a comparison of container and index consists of, both ways: what is missing, changed, deleted or left over.

Each step reads page by page, so a million photos take no more memory than a thousand, and says after each page how far
it is, so that the next slice goes on there.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from ingest.batch_captions.answers import tend_batches
from ingest.batches import batches
from ingest.companions import PhotoFiles
from ingest.context import IngestContext
from ingest.edits import queue_edited
from ingest.file_roles import photo_pages
from ingest.fill_times import fill_times
from ingest.follow_rules import tend_rules
from ingest.forgetting import forget_gone
from ingest.heal_collections import heal_collections
from ingest.migration.tending import tend_migration
from ingest.one_state import settle_failure, settle_lost_attempt
from ingest.reconcile_slice import Slice
from ingest.refresh import queue_outdated
from ingest.removal import remove
from ingest.sweep import INDEXED_SHARE, sweep_descriptions
from ingest.sweep_exports import sweep_exports
from ingest.tend_jobs import tend_jobs
from ingest.trash import sweep_edits, sweep_trash
from shared.errors import NotFound
from shared.photo import photo_id
from shared.search.results import IndexEntry
from shared.stores.failures import Failure
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

BATCH = 512  # photos compared with the index in one request: two are a page of the container
LOOKED_FOR = 16  # originals looked for at once
ORPHANS = 128  # documents looked at between two notes of how far it is
TENDING = 120.0  # seconds that what is not part of a round may take at the end of a slice


async def fill_in_times(slice_: Slice) -> None:
    """Fill in the times that photos of an earlier release lack."""
    await fill_times(slice_.context.index, slice_)


async def compare(slice_: Slice) -> None:
    """Queue the originals that are not indexed as they are."""
    async for page, end in photo_pages(slice_.context, slice_.cursor):
        for start in range(0, len(page), BATCH):
            await _compare(page[start : start + BATCH], slice_)
        if end:
            await slice_.reached(end)


async def _compare(batch: Sequence[PhotoFiles], slice_: Slice) -> None:
    entries = await slice_.context.index.entries([photo_id(each.name) for each in batch])
    slice_.report.originals += len(batch)
    slice_.report.indexed += len(entries)
    for each in batch:
        entry = entries.get(photo_id(each.name))
        if entry is None or (entry.etag, entry.sidecar_digest) != (each.etag, each.sidecar_digest):
            await _queue(each, entry, slice_)


async def _queue(photo: PhotoFiles, entry: IndexEntry | None, slice_: Slice) -> None:
    """Queue an original that is not indexed as it is, unless it is too young, failing or may be queued already."""
    report, now = slice_.report, datetime.now(UTC)
    age, is_known = now - photo.last_modified, slice_.is_known(photo.last_modified)
    is_fresh = not is_known and age < slice_.grace
    failure = None if is_fresh else await _failure_of(photo, slice_.context)
    if failure is None or failure.state == "retrying":
        report.oldest = max(report.oldest, age.total_seconds())
    if is_fresh:
        report.fresh += 1
        return
    if failure and not failure.is_overdue(now):
        report.failing += 1
        return
    if entry is None:
        report.missing += 1
    else:
        report.changed += 1
    if slice_.busy and not is_known:
        report.postponed += 1
        return
    await slice_.context.tickets.send(Ticket(photo.name))
    report.queued += 1


async def _failure_of(photo: PhotoFiles, context: IngestContext) -> Failure | None:
    try:
        return await context.failures.read(photo_id(photo.name))
    except NotFound:
        return None


async def remove_orphans(slice_: Slice) -> None:
    """Remove documents without an original; only worth it when there are more documents than indexed originals."""
    context = slice_.context
    if not slice_.cursor and await context.index.count() <= slice_.report.indexed:
        return
    async for page in batches(context.index.walk(after=slice_.cursor), ORPHANS):
        for start in range(0, len(page), LOOKED_FOR):
            some = page[start : start + LOOKED_FOR]
            originals = await asyncio.gather(*(context.storage.stat(each.path) for each in some))
            for entry in [each for each, original in zip(some, originals, strict=True) if original is None]:
                await remove(entry.path, context)
                slice_.report.orphaned += 1
        await slice_.reached(page[-1].id)


async def settle_failures(slice_: Slice) -> None:
    """Remove all that is left of originals that are gone, and let no failure be about a photo that is searchable."""
    async for page, end in slice_.context.failures.pages(slice_.cursor):
        for failure in page:
            if failure.path and not failure.unreadable:
                await _settle(failure, slice_.context)
        if end:
            await slice_.reached(end)


async def _settle(failure: Failure, context: IngestContext) -> None:
    if await context.storage.stat(failure.path) is None:
        await remove(failure.path, context)  # with what a delete that failed half-way has left
    elif failure.state == "failed":
        await settle_failure(failure.path, context)
    elif failure.is_overdue(datetime.now(UTC)):
        await settle_lost_attempt(failure.path, context)


async def refresh_outdated(slice_: Slice) -> None:
    """Queue some of the documents of an older version."""
    if not slice_.busy:
        slice_.report.refreshing += await queue_outdated(slice_.context)


async def refresh_edited(slice_: Slice) -> None:
    """Queue the documents that lack what people wrote."""
    if slice_.busy and not slice_.cursor:
        return
    async for page, end in slice_.context.edits.pages(slice_.cursor):
        slice_.report.refreshing += await queue_edited(page, slice_.context)
        if end:
            await slice_.reached(end)


async def empty_trash(slice_: Slice) -> None:
    """Delete for good what has been in the trash for long enough."""
    await sweep_trash(slice_.context, slice_)


async def settle_edits(slice_: Slice) -> None:
    """Let edits wait in the trash of which nothing else is left, unless the index is only being filled."""
    if slice_.report.indexed >= slice_.report.originals * INDEXED_SHARE:
        await sweep_edits(slice_.context, slice_)


async def settle_descriptions(slice_: Slice) -> None:
    """Delete descriptions that no photo uses any more."""
    report = slice_.report
    await sweep_descriptions(slice_.context, slice_, originals=report.originals, indexed=report.indexed)


async def settle_collections(slice_: Slice) -> None:
    """Bring the index in line with collections."""
    await heal_collections(slice_.context, slice_)


STEPS: Mapping[str, Callable[[Slice], Awaitable[None]]] = {
    "times": fill_in_times,
    "originals": compare,
    "orphans": remove_orphans,
    "failures": settle_failures,
    "outdated": refresh_outdated,
    "edited": refresh_edited,
    "trash": empty_trash,
    "edits": settle_edits,
    "descriptions": settle_descriptions,
    "collections": settle_collections,
}


async def tend(context: IngestContext) -> None:
    """What every slice does at its end, as it cannot wait for the end of a round, and takes moments."""
    await forget_gone(context)
    await tend_rules(context)
    await tend_jobs(context)
    await sweep_exports(context)
    await tend_migration(context)
    await tend_batches(context, until=time.monotonic() + TENDING)
    await context.proposals.sweep()
    await context.shares.sweep()
    await context.sweep_audit()
    await context.merge_usage()
