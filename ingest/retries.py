"""What happens when an attempt fails: wait and try again, or give up and record why."""

import json
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared import telemetry
from shared.errors import BadRequest, NotFound, Outage, PhotoError, SettingsError, Throttled, Transient
from shared.log_text import error_kind, error_label, photo_label
from shared.stores.failures import Failure, FailureRecords
from shared.stores.tickets import Ticket, TicketQueue

log = logging.getLogger(__name__)

FIRST_DELAY = 15.0  # seconds; five times longer each time, which makes eight attempts span about a day
MAX_DELAY = 8 * 3600.0
MAX_OUTAGE_DELAY = 600.0  # seconds between two attempts while a service is throttling us or down
MAX_THROTTLED_SPREAD = 5.0  # seconds over which what was throttled comes back, as its calls have a pace (throttle.py)


def backoff(attempt: int) -> float:
    """Seconds to wait after this many attempts: 15 s, 75 s, 6 min, 31 min, 2.6 h, 8 h, 8 h."""
    return float(min(FIRST_DELAY * 5 ** (attempt - 1), MAX_DELAY))


def outage_backoff(age: float) -> float:
    """Seconds to leave alone a service that has kept a photo waiting for `age` seconds: a quarter of that."""
    return min(max(FIRST_DELAY, age / 4), MAX_OUTAGE_DELAY)


def delay(error: Transient, ticket: Ticket, now: datetime) -> float:
    """Seconds until the next attempt: the service's wait or our own, whichever is longer, and up to a quarter more."""
    ours = backoff(ticket.attempt) if error.uses_attempt else outage_backoff(ticket.age(now))
    seconds = max(error.wait or 0.0, ours)
    spread = min(seconds / 4, MAX_THROTTLED_SPREAD) if isinstance(error, Throttled) else seconds / 4
    return seconds + random.uniform(0.0, spread)  # noqa: S311 - it only spreads load


def is_exhausted(ticket: Ticket, error: Transient, now: datetime) -> bool:
    """Whether this was the last attempt."""
    return ticket.attempt >= error.attempts if error.uses_attempt else ticket.age(now) > error.patience


async def attempt(
    ticket: Ticket,
    work: Callable[[], Awaitable[object]],
    *,
    tickets: TicketQueue,
    failures: FailureRecords,
    settle_success: Callable[[str], Awaitable[None]] | None = None,
) -> bool:
    """
    Do the work; if it fails, postpone what may succeed later and give up on what cannot. False if it is given up.

    Work that returns None had nothing to do: another attempt deals with the photo, and its failure stays recorded.
    `settle_success` gets the photo's name where a record was cleared, which may have been that of a newer version.
    """
    labels: telemetry.Attributes = {"photo.id": ticket.id, "photo.attempt": ticket.attempt}
    with telemetry.span("ingest photo", labels, parent=ticket.traceparent):
        ticket = ticket.of_trace(telemetry.current_traceparent())
        return await _attempt(ticket, work, tickets, failures, settle_success)


async def _attempt(
    ticket: Ticket,
    work: Callable[[], Awaitable[object]],
    tickets: TicketQueue,
    failures: FailureRecords,
    settle_success: Callable[[str], Awaitable[None]] | None,
) -> bool:
    now = datetime.now(UTC)
    ticket = ticket.begin(now)
    try:
        result = await work()
    except SettingsError as error:
        return await _postpone(ticket, Outage(str(error)), now, tickets, failures)
    except Transient as error:
        return await _postpone(ticket, error, now, tickets, failures)
    except PhotoError as error:
        await give_up(ticket, str(error), failures=failures, digest=error.digest, label=error_label(error))
        telemetry.count_outcome("failed", error_kind(error))
        return False
    except Exception as error:  # a bug: the host delivers the message again
        telemetry.count_outcome("crashed", error_kind(error))
        raise
    if result is not None and await failures.clear(ticket.id, with_others=True) and settle_success:
        await settle_success(ticket.name)
    telemetry.count_outcome("skipped" if result is None else "searchable")
    return True


async def _postpone(
    ticket: Ticket, error: Transient, now: datetime, tickets: TicketQueue, failures: FailureRecords
) -> bool:
    """Record the next attempt and queue it; give up, and return False, if there have been enough."""
    if is_exhausted(ticket, error, now):
        reason = f"gave up after {ticket.attempt} attempts: {error}"
        await give_up(ticket, reason, failures=failures, digest=error.digest, label=error_label(error))
        telemetry.count_outcome("failed", error_kind(error))
        return False
    seconds = delay(error, ticket, now)
    # Recorded first: a success of the next attempt would otherwise clear a record that is not there yet.
    try:
        due = now + timedelta(seconds=seconds)
        await _record(Failure.of(ticket, str(error), due=due, digest=error.digest), failures)
    except Transient as trouble:  # what matters is the ticket
        log.warning("could not record that %s is retrying: %s", photo_label(ticket.name), error_label(trouble))
    await tickets.send(ticket.next() if error.uses_attempt else ticket, delay=seconds)
    log.warning("postponed %s by %.0f s: %s", photo_label(ticket.name), seconds, error_label(error))
    telemetry.count_outcome("postponed", error_kind(error))
    return True


async def give_up(ticket: Ticket, reason: str, *, failures: FailureRecords, digest: str = "", label: str = "") -> None:
    """Record that this photo will not be tried again by itself, and why; `label` is what the log says of that."""
    await _record(Failure.of(ticket, reason, digest=digest), failures)
    log.error("gave up on %s after %d attempts: %s", photo_label(ticket.name), ticket.attempt, label)


async def _record(failure: Failure, failures: FailureRecords) -> None:
    """Write a record: of bytes that another attempt has described, it goes on to tell where this one has read none."""
    if not failure.digest:
        with suppress(NotFound):
            failure = replace(failure, digest=(await failures.read(failure.id)).digest)
    await failures.write(failure)


async def retry(failure: Failure, *, tickets: TicketQueue, failures: FailureRecords) -> Failure:
    """Record a new first attempt for a failing photo, and queue it; BadRequest if the record names no photo."""
    if failure.unreadable:
        raise BadRequest("this record names no photo, so there is nothing to try again", param="id")
    ticket = failure.ticket()
    now = datetime.now(UTC)
    retrying = Failure.of(ticket, failure.reason, error=failure.last_error, due=now, digest=failure.digest)
    retrying = replace(retrying, owner=failure.owner, uploaded_by=failure.uploaded_by)
    await failures.write(retrying)  # first, so that the attempt can clear it
    try:
        await tickets.send(ticket)
    except PhotoError:
        await failures.write(failure)
        raise
    return retrying


async def retry_all(
    *,
    tickets: TicketQueue,
    failures: FailureRecords,
    is_meant: Callable[[Failure], Awaitable[bool]] | None = None,
) -> list[str]:
    """Try every photo again that was given up, or those that are meant; return their ids."""
    records = [each async for each in failures.all() if each.state == "failed" and not each.unreadable]
    if is_meant:
        records = [each for each in records if await is_meant(each)]
    for failure in records:
        await retry(failure, tickets=tickets, failures=failures)
    return [each.id for each in records]


async def dead_letter(body: str, *, failures: FailureRecords) -> str | None:
    """Turn a message that the host gave up on into a failure record, whatever it contains; return the photo's name."""
    if name := blob_name_in(body):
        reason = "the app failed on this photo again and again; its log says why"
        await give_up(Ticket(name), reason, failures=failures, label=reason)
        telemetry.count_outcome("failed", "given_up_by_host")
        return name
    text = _without_surrogates(body)
    reason = f"a message in the queue names no photo: {text[:300]}"
    failure = Failure.of(Ticket(f"(message) {text[:200]}"), reason, unreadable=True)
    await failures.write(failure)
    log.error("a message in the queue names no photo: its failure record is %s", failure.id)
    return None


def blob_name_in(body: str) -> str | None:
    """The name of the blob that a ticket, or a message of the host's own blob queue, is about."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    name = message.get("name") or message.get("BlobName") if isinstance(message, dict) else None
    return name if isinstance(name, str) and name == _without_surrogates(name) else None


def _without_surrogates(text: str) -> str:
    """The text with lone surrogates replaced, as no service accepts them."""
    return text.encode("utf-8", "replace").decode()
