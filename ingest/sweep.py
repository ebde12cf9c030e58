"""
Deletes descriptions that no photo uses any more.

A photo that is deleted takes its description along. Those of versions that were replaced stay for a week, as a version
that is put back is not to be paid for twice; then they go, because they quote the text that was visible in them.
"""

import logging
from collections.abc import Sequence, Set
from datetime import UTC, datetime, timedelta

from ingest.checkpoint import IN_ONE_GO, Checkpoint
from ingest.context import IngestContext
from shared.stores.descriptions import KeptDescription

log = logging.getLogger(__name__)

KEEP_UNUSED = timedelta(days=7)
BATCH = 200  # digests looked for in one request
INDEXED_SHARE = 0.9  # of the originals; while fewer are indexed, the index is being filled and tells nothing


async def sweep_descriptions(
    context: IngestContext, checkpoint: Checkpoint = IN_ONE_GO, *, originals: int, indexed: int
) -> int:
    """Mark descriptions that no photo uses, delete those that were marked a week ago, and return how many."""
    if indexed < originals * INDEXED_SHARE:
        return 0
    failing = {failure.digest async for failure in context.failures.all()}
    failing |= {entry.digest async for entry in context.trash.entries()}  # they may come back
    count = 0
    async for page, end in context.descriptions.pages(checkpoint.cursor):
        for start in range(0, len(page), BATCH):
            count += await _sweep_batch(page[start : start + BATCH], failing, context)
        if end:
            await checkpoint.reached(end)
    if count:
        log.info("deleted %s descriptions that no photo uses", count)
    return count


async def _sweep_batch(batch: Sequence[KeptDescription], failing: Set[str], context: IngestContext) -> int:
    used = failing | await context.index.digests([each.digest for each in batch])
    return sum([await _sweep(each, context, is_used=each.digest in used) for each in batch])


async def _sweep(description: KeptDescription, context: IngestContext, *, is_used: bool) -> bool:
    """Mark one description, take the mark back or, True, delete it."""
    now = datetime.now(UTC)
    if is_used or description.unused_since is None:
        if is_used != (description.unused_since is None):
            await context.descriptions.mark(description.name, unused_since=None if is_used else now)
        return False
    if now - description.unused_since < KEEP_UNUSED:
        return False
    await context.descriptions.delete(description.name)
    return True
