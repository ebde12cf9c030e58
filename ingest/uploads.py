"""
An upload through the app is at work at once, where new blobs are found by polling.

Polling lists the whole container: with 100,000 blobs that takes a laptop 10 to 20 seconds, and Azure up to ten minutes.
So the upload itself sends a ticket, into a queue of its own, where it waits behind no import. The event comes later all
the same, and whichever of the two is first makes the attempt; the other one has nothing to do. Both are delivered again
until they are dealt with, so neither a ticket that was never sent nor a worker that dies loses a photo.

Event Grid reports a blob within a second and needs no ticket beside it.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ingest.context import IngestContext
from shared import telemetry
from shared.errors import PhotoError
from shared.log_text import error_label, photo_label
from shared.request_load import REQUEST_LOAD
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

EXPECTED = 2.0  # seconds within which its ticket or event comes: host.json says how seldom queues are asked


async def announce(name: str, context: IngestContext) -> None:
    """Send the ticket of an upload that is stored. If that fails, its event will do. Jobs give way until then."""
    REQUEST_LOAD.expect(EXPECTED)
    if context.settings.events != "polling":
        return
    try:
        await context.upload_tickets.send(Ticket(name, traceparent=telemetry.current_traceparent()))
    except PhotoError as error:
        log.warning("%s has to wait until it is noticed: %s", photo_label(name), error_label(error))


@asynccontextmanager
async def first_attempt(name: str, context: IngestContext) -> AsyncIterator[bool]:
    """
    Whether the first attempt at a blob is still to be made: of an upload, only the first to ask is told so.

    An attempt that raises was none, as the host delivers its event or ticket again.
    """
    version = await _version_of_upload(name, context)
    if version is None:
        yield True
        return
    is_first = context.recent_uploads.claim(version)
    if is_first:
        log.info("starting with the upload %s", photo_label(name))
    try:
        yield is_first
    except BaseException:
        if is_first:
            context.recent_uploads.release(version)
        raise


async def _version_of_upload(name: str, context: IngestContext) -> str | None:
    """What tells this version of an upload from all others; None for other blobs, or where there are no tickets."""
    if context.settings.events != "polling":
        return None
    try:
        original = await context.storage.stat(name)
    except PhotoError:  # the attempt will find out what is wrong with storage
        return None
    return f"{original.etag} {name}" if original and original.from_app else None
