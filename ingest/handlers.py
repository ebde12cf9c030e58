"""What the triggers of the function app call: one function for each event. The host prints what they raise."""

import json
import logging
from collections.abc import Awaitable, Callable

from ingest import bulk, reconcile, refresh, retries, uploads
from ingest.context import ingest_context
from ingest.ignored_files import is_ignored
from ingest.one_state import settle_failure, settle_success
from ingest.other_containers import container_in, is_elsewhere
from ingest.pipeline import ingest
from ingest.removal import remove
from shared.blob_name import fault_in_name
from shared.errors import BadRequest
from shared.log_text import error_label
from shared.redaction import redacted
from shared.request_load import REQUEST_LOAD
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

NOT_REMOVED = (
    "the photo was deleted, and the app failed again and again to remove what it had made of it: its log says why; the "
    "next reconcile tries again"
)


@redacted
async def photo_arrived(name: str, container: str = "") -> None:
    """A blob was written: its first attempt, or a ticket for it while many arrive that nobody is waiting for."""
    if is_ignored(name):
        return
    context = ingest_context()
    if is_elsewhere(container, context):
        return
    async with uploads.first_attempt(name, context) as is_first:
        if is_first and not await bulk.make_way(name, context):
            await _attempt_in_place(Ticket(name))


@redacted
async def upload_due(body: str) -> None:
    """A person has uploaded a file through the app: its first attempt, unless its event came first."""
    try:
        ticket = Ticket.decode(body)
    except BadRequest:
        await dead_lettered(body)
    else:
        async with uploads.first_attempt(ticket.name, ingest_context()) as is_first:
            if is_first:
                await _attempt_in_place(ticket)


@redacted
async def retry_due(body: str) -> None:
    """A ticket is due: the next attempt. A message that isn't a ticket becomes a failure record."""
    try:
        ticket = Ticket.decode(body)
    except BadRequest:
        await dead_lettered(body)
    else:
        await _attempt(ticket, lambda: _ingest_by_definitions(ticket))


async def _ingest_by_definitions(ticket: Ticket) -> object:
    """Ingest by the definitions that the ticket was made under, or newer ones."""
    context = ingest_context()
    await context.know_fields(ticket.definitions)
    return await ingest(ticket.name, context)


async def _attempt_in_place(ticket: Ticket) -> None:
    """The first attempt at what arrives; meanwhile it takes one of the places for that, and jobs give way to it."""
    context = ingest_context()
    with context.arrivals.place(), REQUEST_LOAD.counted():
        await _attempt(ticket, lambda: bulk.ingest_patiently(ticket.name, context))


async def _attempt(ticket: Ticket, work: Callable[[], Awaitable[object]]) -> None:
    context = ingest_context()
    is_given_up = not await retries.attempt(
        ticket,
        work,
        tickets=context.tickets,
        failures=context.failures,
        settle_success=lambda name: settle_success(name, context),
    )
    if is_given_up:
        await settle_failure(ticket.name, context)


@redacted
async def refresh_due(body: str) -> None:
    """A document of an older version is to be brought up to date."""
    try:
        ticket = Ticket.decode(body)
    except BadRequest:
        await dead_lettered(body)
    else:
        await refresh.attempt(ticket, ingest_context())


@redacted
async def refresh_given_up(body: str) -> None:
    """The host gave up on a refresh: the photo stays searchable as it was."""
    if name := retries.blob_name_in(body):
        await refresh.keep(name, "the app failed on it again and again; its log says why", ingest_context())
    else:
        await dead_lettered(body)


@redacted
async def dead_lettered(body: str) -> None:
    """The host gave up on a message: it becomes a failure record, unless it is about a blob of another container."""
    context = ingest_context()
    if is_elsewhere(container_in(body), context):
        return
    if name := await retries.dead_letter(body, failures=context.failures):
        await settle_failure(name, context)


@redacted
async def photo_deleted(body: str) -> None:
    """Event Grid reports deleted blobs: remove what was made from them."""
    context = ingest_context()
    for name in deleted_names(body, container=context.settings.container):
        await remove(name, context)


@redacted
async def delete_given_up(body: str) -> None:
    """
    The host gave up on a message of deletions: what was not removed is recorded as failed.

    It is tried once more at once, and then by every reconcile. A blob that is there again needs no record.
    """
    context = ingest_context()
    names = deleted_names(body, container=context.settings.container)
    if not names:
        await dead_lettered(body)
    for name in names:
        if await context.storage.stat(name) is None:
            await retries.give_up(Ticket(name), NOT_REMOVED, failures=context.failures)
            await settle_failure(name, context)


def deleted_names(body: str, *, container: str) -> list[str]:
    """The names of originals in one `BlobDeleted` event or in a list of them; none in whatever is no such event."""
    try:
        events = json.loads(body)
    except (ValueError, RecursionError) as error:
        log.error("left out a message of deletions that is not JSON: %s", error_label(error))
        return []
    prefix = f"/blobServices/default/containers/{container}/blobs/"
    objects = [event for event in (events if isinstance(events, list) else [events]) if isinstance(event, dict)]
    subjects = [event.get("subject") for event in objects]
    names = [each.removeprefix(prefix) for each in subjects if isinstance(each, str) and each.startswith(prefix)]
    return [name for name in names if fault_in_name(name) is None]


@redacted
async def reconcile_due() -> None:
    """The timer is due: compare the container with the index, as far as there is time for it."""
    await reconcile.continue_round(ingest_context())
