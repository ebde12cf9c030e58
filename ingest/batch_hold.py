"""
Photos that wait for a batch are held: recorded as being retried, without a ticket, so that nothing else queues them.

What is uploaded to be described in a batch is held before it is there, and marked: so its arrival is left to the batch
as well. All that is held is tried as any other photo is after a day, whatever becomes of the batch.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.context import IngestContext
from shared.errors import NotFound
from shared.photo import photo_id
from shared.storage import BlobInfo
from shared.stores.failures import Failure
from shared.stores.tickets import Ticket

HELD_FOR = timedelta(hours=24)  # then reconcile, which has some patience of its own, queues them as any others
REASON = "waits to be described in a batch, which takes up to a day"
ITS_TURN = "its batch has ended, and it is read next"


async def hold(name: str, context: IngestContext, *, digest: str = "") -> None:
    """Record that a photo waits for a batch, so that nothing else queues it for a while."""
    due = datetime.now(UTC) + HELD_FOR
    await context.failures.write(Failure.of(replace(Ticket(name), attempt=0), REASON, due=due, digest=digest))


async def release(name: str, context: IngestContext, *, holds: bool, definitions: str) -> None:
    """Queue a photo that a batch was to describe, and where it `holds` its photos, have it wait for that no more."""
    if holds and (held := await find_held(name, context)):
        # It stays recorded until it is searchable: its digest tells what is kept of it.
        due = Failure.of(Ticket(name), ITS_TURN, due=datetime.now(UTC), digest=held.digest)
        await context.failures.write(replace(due, owner=held.owner, uploaded_by=held.uploaded_by))
    await context.tickets.send(Ticket(name, definitions=definitions))


async def drop_hold(name: str, context: IngestContext) -> None:
    """Hold a file no more that could not be uploaded; one that another import has brought stays held."""
    original = await context.storage.stat(name)
    if not (original and original.for_batch) and await find_held(name, context):
        await context.failures.clear(photo_id(name))


async def find_held(name: str, context: IngestContext) -> Failure | None:
    """The record of a photo that is held; None for any other."""
    with suppress(NotFound):
        failure = await context.failures.read(photo_id(name))
        return failure if failure.is_held else None
    return None


async def held_names(names: Iterable[str], context: IngestContext) -> list[str]:
    """Those photos that wait for a batch, by name: also those of an earlier import that was stopped."""
    held = {each.path async for each in context.failures.all() if each.is_held}
    return sorted(held.intersection(names))


async def is_held(original: BlobInfo, context: IngestContext) -> bool:
    """Whether a file was uploaded to be described in a batch, and waits for that."""
    if not original.for_batch:
        return False
    held = await find_held(original.name, context)
    return held is not None and not held.is_overdue(datetime.now(UTC))
