"""Sees to it that a photo is either searchable or failed, whichever of several attempts at it ends last."""

import logging
from contextlib import suppress
from datetime import UTC, datetime

from ingest.companions import is_failing
from ingest.context import IngestContext
from ingest.forgetting import look_again
from ingest.removal import remove
from ingest.withdrawal import withdraw
from shared.errors import NotFound, PhotoError, SettingsError
from shared.log_text import error_label, photo_label
from shared.photo import photo_id
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)


async def settle_failure(name: str, context: IngestContext) -> None:
    """
    Leave a photo whose failure was just recorded in one state.

    Searchable as it is now: another attempt was luckier, and the record goes. An older version is searchable:
    its bytes are gone, so its document goes. A success writes the document first and clears the record then, a failure
    writes the record first and looks for the document then: whichever ends last sees the other.
    """
    try:
        await _settle(name, context)
    except (PhotoError, SettingsError) as error:  # the failure is recorded; reconcile looks again
        log.warning("could not look whether %s is searchable: %s", photo_label(name), error_label(error))


async def _settle(name: str, context: IngestContext) -> None:
    id_ = photo_id(name)
    indexed = await context.index.get(id_)
    if indexed is None:
        return
    original = await context.storage.stat(name)
    if original is None:
        await remove(name, context)
    elif original.etag == indexed.etag:
        await context.failures.clear(id_)
        log.info("is searchable although an attempt failed: %s", photo_label(name))
    else:
        await withdraw(id_, context)
        log.info("removed the older version of %s, which failed", photo_label(name))
        if not await is_failing(name, context):  # a newer one has succeeded, whose document may have gone as well
            await look_again(name, context)


async def settle_success(name: str, context: IngestContext) -> None:
    """
    Read a photo again whose failure was just cleared, unless it is searchable as it is now.

    The record may have been that of a newer version, which has failed since this one was written: then nothing else
    would tell of it any more.
    """
    try:
        indexed, original = await context.index.get(photo_id(name)), await context.storage.stat(name)
        is_settled = indexed is not None and original is not None and original.etag == indexed.etag
    except (PhotoError, SettingsError):
        is_settled = False
    if not is_settled:
        log.info("is read again, as it changed meanwhile %s", photo_label(name))
        await context.tickets.send(Ticket(name))


async def settle_lost_attempt(name: str, context: IngestContext) -> None:
    """
    Forget that a photo is being retried whose attempt should have come hours ago, if it is searchable as it is now.

    So it is where another version was to be uploaded for a batch, and the upload never began.
    """
    id_ = photo_id(name)
    indexed, original = await context.index.get(id_), await context.storage.stat(name)
    if indexed is None or original is None or original.etag != indexed.etag:
        return
    with suppress(NotFound):
        if (await context.failures.read(id_)).is_overdue(datetime.now(UTC)):  # still, as it may be held again by now
            await context.failures.clear(id_)
            log.info("is searchable, and waits for no attempt: %s", photo_label(name))
