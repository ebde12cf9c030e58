"""
What arrives in bulk makes way for what a person is waiting for.

An import, or a copy of a whole library, is one event after the other, and the host has a fixed number of
places for them. Such arrivals take a third of these; when they are taken, the next ones become tickets, which
have places of their own. So the host's queue of events stays short, and an upload through the app, which
carries a mark, is at work at once, however much has arrived before it.

A ticket of such an upload would wait behind those of the import. So when an import keeps a service busy,
the upload is tried again in its place.
"""

import asyncio
import logging

from ingest.context import IngestContext
from ingest.pipeline import ingest
from shared import telemetry
from shared.errors import PhotoError, Throttled
from shared.log_text import photo_label
from shared.photo import Photo
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

BULK_DELAY = 3.0  # seconds until such a ticket is due: what a person uploads meanwhile comes first

LONG_QUEUE = 50  # tickets; behind fewer than these a retry does not wait long
PATIENT_TRIES = 3
PATIENT_WAIT = 5.0  # seconds between them, where the service does not ask for more
MAX_PATIENT_WAIT = 30.0  # seconds a service may ask for; after longer ones there is time for a ticket


async def make_way(name: str, context: IngestContext) -> bool:
    """
    Queue an arrival in bulk as a ticket if there is no place for it, and return whether that was done.

    The ticket is stored before the host hears that the event is dealt with, so a worker that dies loses nothing.
    It is the first attempt: the photo is waiting, not being retried.
    """
    if not context.arrivals.is_busy or await _is_awaited(name, context):
        return False
    ticket = Ticket(name, traceparent=telemetry.current_traceparent())
    await context.tickets.send(ticket, delay=BULK_DELAY)
    log.info("queued %s, as many photos are arriving", photo_label(name))
    return True


async def ingest_patiently(name: str, context: IngestContext) -> Photo | None:
    """Ingest an arrival; where it is throttled, try an upload of a person a few more times before it gets a ticket."""
    for _ in range(PATIENT_TRIES - 1):
        try:
            return await ingest(name, context, arrives=True)
        except Throttled as error:
            wait = max(error.wait or 0.0, PATIENT_WAIT)
            if wait > MAX_PATIENT_WAIT or not await _would_wait(name, context):
                raise
        await asyncio.sleep(wait)
    return await ingest(name, context, arrives=True)


async def _would_wait(name: str, context: IngestContext) -> bool:
    """Whether a person uploaded it and its ticket would be behind many others."""
    return await _is_awaited(name, context) and await context.tickets.count() > LONG_QUEUE


async def _is_awaited(name: str, context: IngestContext) -> bool:
    """Whether a person uploaded it through the app, or it is gone or only has another name, which takes no time."""
    try:
        original = await context.storage.stat(name)
    except PhotoError:  # the ticket will find out what is wrong with storage
        return False
    return original is None or original.from_app or original.arrived is not None
