"""Finds documents that lack what people wrote, as where a process was killed after storing an edit."""

import logging
from collections.abc import Sequence

from ingest.context import IngestContext
from shared.edits import edits_state
from shared.search.results import IndexEntry
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)


async def queue_edited(edits: Sequence[tuple[str, str]], context: IngestContext) -> int:
    """
    Queue those of the documents that were made from other edits than those that are stored; return how many.

    `edits` are ids and etags of stored edits, 1,000 at most.
    """
    entries = await context.index.entries([id_ for id_, _ in edits]) if edits else {}
    stale = [entries[id_] for id_, etag in edits if id_ in entries and not _has_edits(entries[id_], etag)]
    for entry in stale:
        await context.refresh_tickets.send(Ticket(entry.path))
    if stale:
        log.info("queued %s photos whose edits are not indexed", len(stale))
    return len(stale)


def _has_edits(entry: IndexEntry, etag: str) -> bool:
    """Whether a document has these edits, and a vector of its text."""
    return bool(entry.embedded_text) and entry.edits_state == edits_state(
        etag, entry.etag, entry.sidecar_digest, entry.recipe
    )
