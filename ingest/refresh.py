"""
Brings documents up to date that an older version made, as soon as a number in `ingest/versions.py` is raised.

A photo is read again and its description stays; its text is embedded again only where it or the embedding model has
changed, and its picture only where another image model is set, of its preview. So a refresh costs reading and at most
embeddings, never a caption. What was done is written in each document, so a refresh that is interrupted goes on where
it was, and doing a photo twice does no harm.

There are two ways. `python -m ingest refresh` works through everything where it runs. Reconcile queues a portion in
each run, spread over the minutes that follow, in a queue of its own: it takes days for a million photos, and no new
photo waits for it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ingest.context import IngestContext
from ingest.image_vector import fields_of, image_fields
from ingest.pipeline import ingest
from ingest.retries import delay, is_exhausted
from ingest.text_vector import text_fields
from ingest.versions import STAMP, lacks_image_vector, needs_no_reading, outdated_filter
from shared import telemetry
from shared.errors import BadRequest, Outage, PhotoError, SettingsError, Transient
from shared.log_text import error_label, photo_label
from shared.photo import Photo, photo_id
from shared.search.results import IndexEntry
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

WORKERS = 8  # photos in progress at once in the command
PATIENCE = (5.0, 15.0, 60.0)  # seconds between the command's tries of one photo
SPREAD = 600.0  # seconds over which reconcile spreads its portion at most
PACE = 1.0  # seconds from one ticket of a portion to the next at most


async def refresh(name: str, context: IngestContext) -> bool:
    """
    Bring one document up to date; False if it was left to the events of its blob, which has changed or is gone.

    Transient when it has to be tried again, BadPhoto when the file cannot be read any more.
    """
    indexed = await context.index.get(photo_id(name))
    if indexed and needs_no_reading(indexed, context.vector_recipes):
        fields = await image_fields(indexed, context)
        if fields is not None:
            return await _write_fields(indexed, fields | await text_fields(indexed, context), context)
    return await ingest(name, context, refresh=True) is not None


async def _write_fields(indexed: Photo, fields: Mapping[str, Any], context: IngestContext) -> bool:
    """Write single fields; False if the photo has changed while it was embedded."""
    current = await context.index.get(indexed.id) if fields else indexed
    if current is None or current.digest != indexed.digest:
        return False
    await context.index.touch(indexed.id, **STAMP, **context.index.words_of(current), **fields)
    if "vector" in fields:  # somebody may have edited the text meanwhile
        await context.edited_documents.follow(indexed.id)
    return True


async def keep(name: str, reason: str, context: IngestContext, *, label: str = "") -> None:
    """
    Leave a document as it is for good, until the next version: its file cannot be read any more.

    `label` is the reason as the log may say it, where it is not in words of our own.
    """
    log.error("kept %s as it was: %s", photo_label(name), label or reason)
    with suppress(BadRequest):  # it is gone
        await context.index.touch(photo_id(name), **STAMP, **await _vector_fields(photo_id(name), context))


async def _vector_fields(id_: str, context: IngestContext) -> dict[str, Any]:
    """The fields of vectors that a document lacks; a picture that cannot be read will never have one."""
    indexed = await context.index.get(id_)
    if indexed is None:
        return {}
    picture = fields_of([], context) if lacks_image_vector(indexed, context.vector_recipes) else {}
    return picture | await text_fields(indexed, context)


# -- by tickets ---------------------------------------------------------------------------


async def queue_outdated(context: IngestContext) -> int:
    """Queue the next portion of documents of an older version, unless the last one is not done; return how many."""
    limit = context.settings.refresh_photos
    if not limit or await context.refresh_tickets.count():
        return 0
    count = 0
    async for entry in context.index.walk(outdated_filter(context.vector_recipes), page=min(limit, 1000)):
        await context.refresh_tickets.send(Ticket(entry.path), delay=count * min(PACE, SPREAD / limit))
        count += 1
        if count == limit:
            break
    return count


async def attempt(ticket: Ticket, context: IngestContext) -> None:
    """
    Refresh the photo of a ticket, later if that cannot be done now.

    No failure is recorded, as the photo stays searchable as it was. One that is tried in vain is left to reconcile.
    """
    labels: telemetry.Attributes = {"photo.id": ticket.id, "photo.attempt": ticket.attempt}
    with telemetry.span("refresh photo", labels, parent=ticket.traceparent):
        await _attempt(ticket.of_trace(telemetry.current_traceparent()), context)


async def _attempt(ticket: Ticket, context: IngestContext) -> None:
    now = datetime.now(UTC)
    ticket = ticket.begin(now)
    try:
        await refresh(ticket.name, context)
    except SettingsError as error:
        await _postpone(ticket, Outage(str(error)), now, context)
    except Transient as error:
        await _postpone(ticket, error, now, context)
    except PhotoError as error:
        await keep(ticket.name, str(error), context, label=error_label(error))


async def _postpone(ticket: Ticket, error: Transient, now: datetime, context: IngestContext) -> None:
    if is_exhausted(ticket, error, now):
        log.error(
            "gave up refreshing %s after %d attempts: %s", photo_label(ticket.name), ticket.attempt, error_label(error)
        )
        return
    await context.refresh_tickets.send(ticket.next() if error.uses_attempt else ticket, delay=delay(error, ticket, now))


# -- here and now -------------------------------------------------------------------------


@dataclass
class RefreshReport:
    """
    How many documents were brought up to date, or left to the events of their blobs.

    By path: why others are kept as they were for good, and why some failed this time.
    """

    done: int = 0
    left: int = 0
    kept: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    error: PhotoError | SettingsError | None = None

    @property
    def count(self) -> int:
        return self.done + self.left + len(self.kept) + len(self.failed)


async def refresh_all(context: IngestContext, *, total: int, progress: Callable[[str], None]) -> RefreshReport:
    """
    Bring every document up to date, a few at a time; it may be stopped at any moment and started again.

    The first error that says nothing about its photo ends it, once the photos in progress are done, and is raised.
    """
    report = RefreshReport()
    entries, lock = context.index.walk(outdated_filter(context.vector_recipes)), asyncio.Lock()

    async def work() -> None:
        while report.error is None:
            async with lock:  # a generator serves one at a time
                entry = await anext(entries, None)
            if entry is None:
                return
            await _refresh_entry(entry, report, context)
            progress(f"{report.count:,} of {total:,} photos read again")

    await asyncio.gather(*(work() for _ in range(WORKERS)))
    if report.error:
        raise report.error
    return report


async def _refresh_entry(entry: IndexEntry, report: RefreshReport, context: IngestContext) -> None:
    try:
        is_done = await _refresh_patiently(entry.path, context)
    except SettingsError as error:
        report.error = error
    except Transient as error:
        if error.uses_attempt:
            report.failed[entry.path] = str(error)
        else:
            report.error = error
    except PhotoError as error:
        await keep(entry.path, str(error), context, label=error_label(error))
        report.kept[entry.path] = str(error)
    except Exception:  # a bug of ours, which one photo shows, is no reason to leave all others as they are
        log.exception("failed to refresh %s", photo_label(entry.path))
        report.failed[entry.path] = "the app failed on it"
    else:
        report.done += is_done
        report.left += not is_done


async def _refresh_patiently(name: str, context: IngestContext) -> bool:
    for wait in PATIENCE:
        try:
            return await refresh(name, context)
        except Transient as error:
            await asyncio.sleep(max(wait, min(error.wait or 0, PATIENCE[-1])))
    return await refresh(name, context)
