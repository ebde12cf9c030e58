"""
Photos that wait for a batch are held: recorded as being retried, without a ticket, so that nothing else queues them.

All that is held is tried as any other photo is after a day, whatever becomes of the batch.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.context import IngestContext
from shared.errors import NotFound
from shared.photo import photo_id
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


async def find_held(name: str, context: IngestContext) -> Failure | None:
    """The record of a photo that is held; None for any other."""
    with suppress(NotFound):
        failure = await context.failures.read(photo_id(name))
        return failure if failure.is_held else None
    return None
