"""Finds documents that lack what people wrote, as where a process was killed after storing an edit."""

import logging

from ingest.batches import batches
from ingest.context import IngestContext
from shared.edits import edits_state
from shared.search.results import IndexEntry
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

BATCH = 500  # photos compared with the index in one request


async def queue_edited(context: IngestContext) -> int:
    """Queue the documents that were made from other edits than those that are stored; return how many."""
    count = 0
    async for batch in batches(context.edits.all(), BATCH):
        entries = await context.index.entries([id_ for id_, _ in batch])
        stale = [entries[id_] for id_, etag in batch if id_ in entries and not _has_edits(entries[id_], etag)]
        for entry in stale:
            await context.refresh_tickets.send(Ticket(entry.path))
        count += len(stale)
    if count:
        log.info("queued %s photos whose edits are not indexed", count)
    return count


def _has_edits(entry: IndexEntry, etag: str) -> bool:
    """Whether a document has these edits, and a vector of its text."""
    return bool(entry.embedded_text) and entry.edits_state == edits_state(
        etag, entry.etag, entry.sidecar_digest, entry.recipe
    )
