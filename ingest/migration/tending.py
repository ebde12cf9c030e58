"""What the timer does about a move: it removes the index before once the way back has been kept long enough."""

import logging
from datetime import UTC, datetime

from ingest.context import IngestContext
from ingest.migration.steps import end, is_over, may_be_removed, removed
from shared.search.live_index import LiveIndex

log = logging.getLogger(__name__)


async def tend_migration(context: IngestContext) -> None:
    """End a move whose time is over, and remove the index that nobody uses any more."""
    if context.live_index is None:
        return
    store = context.live_index.record
    record, now = await store.now(), datetime.now(UTC)
    if is_over(record, now):
        await end(store)
    elif may_be_removed(record, now):
        await remove(context.live_index, context)


async def remove(index: LiveIndex, context: IngestContext) -> None:
    """Remove the index that is to be removed. Every instance must know that, or it would miss it."""
    record = await index.record.now()
    if record.removing:
        await index.at(record.removing).remove()
        await removed(index.record)
        await context.write_down("index_removed", about=f"index:{record.removing.name}")
