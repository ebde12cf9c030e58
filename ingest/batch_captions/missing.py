"""Photos that are not indexed, held back for a batch: reconcile would have each of them described at full price."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.batches import batches
from ingest.context import IngestContext
from ingest.file_roles import photos
from shared.photo import photo_id
from shared.stores.failures import Failure
from shared.stores.tickets import Ticket

PAGE = 500  # photos looked for in the index in one request
HELD_FOR = timedelta(hours=24)  # then reconcile, which has some patience of its own, queues them as any others
REASON = "waits to be described in a batch, which takes up to a day"


async def hold_missing(context: IngestContext) -> list[str]:
    """Hold every photo that is not indexed as it is, and not being retried nor given up; return their names."""
    failures = {each.id: each.state async for each in context.failures.all() if not each.is_held}
    names = list[str]()
    async for page in batches(photos(context), PAGE):
        entries = await context.index.entries([photo_id(each.name) for each in page])
        for each in page:
            id_ = photo_id(each.name)
            entry, state = entries.get(id_), failures.get(id_)
            is_indexed = entry and (entry.etag, entry.sidecar_digest) == (each.etag, each.sidecar_digest)
            if is_indexed or state is not None:  # one that is being retried has a ticket of its own
                continue
            names.append(each.name)
            await hold(each.name, context)
    return names


async def hold(name: str, context: IngestContext, *, digest: str = "") -> None:
    """Record that a photo waits for a batch, so that nothing else queues it for a while."""
    due = datetime.now(UTC) + HELD_FOR
    await context.failures.write(Failure.of(replace(Ticket(name), attempt=0), REASON, due=due, digest=digest))
