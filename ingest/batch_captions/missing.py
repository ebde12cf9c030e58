"""Photos that are not indexed, held back for a batch: reconcile would have each of them described at full price."""

from ingest.batch_hold import hold
from ingest.batches import batches
from ingest.context import IngestContext
from ingest.file_roles import photos
from shared.photo import photo_id

PAGE = 500  # photos looked for in the index in one request


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
