"""
What arrives in bulk makes way for what a person is waiting for.

An import, or a copy of a whole library, is one event after the other, and the host has a fixed number of
places for them. Such arrivals take a third of these; when they are taken, the next ones become tickets, which
have places of their own. So the host's queue of events stays short, and an upload through the app, which
carries a mark, is at work at once, however much has arrived before it.
"""

import logging

from ingest.context import IngestContext
from shared.errors import PhotoError
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

BULK_DELAY = 3.0  # seconds until such a ticket is due: what a person uploads meanwhile comes first


async def make_way(name: str, context: IngestContext) -> bool:
    """
    Queue an arrival in bulk as a ticket if there is no place for it, and return whether that was done.

    The ticket is stored before the host hears that the event is dealt with, so a worker that dies loses nothing.
    It is the first attempt: the photo is waiting, not being retried.
    """
    if not context.arrivals.is_busy or await _is_awaited(name, context):
        return False
    ticket = Ticket(name)
    await context.tickets.send(ticket, delay=BULK_DELAY)
    log.info("queued %s, as many photos are arriving", ticket.id)
    return True


async def _is_awaited(name: str, context: IngestContext) -> bool:
    """Whether a person uploaded it through the app, or it is gone, which takes no time to see to."""
    try:
        original = await context.storage.stat(name)
    except PhotoError:  # the ticket will find out what is wrong with storage
        return False
    return original is None or original.from_app
