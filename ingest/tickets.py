"""What happens when a step fails: wait and try again, or give up and say why."""

import json
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from shared.errors import BadRequest, Outage, PhotoError, SettingsError, Transient
from shared.ledger import Ledger
from shared.ticket import Failure, Ticket

log = logging.getLogger(__name__)

FIRST_DELAY = 15.0  # seconds; five times longer each time, which makes eight attempts span about a day
LONGEST_DELAY = 8 * 3600.0
LONGEST_LULL = 600.0  # seconds between two looks at a service that is throttling us or down


def backoff(attempt: int) -> float:
    """Seconds to wait after this many attempts: 15 s, 75 s, 6 min, 31 min, 2.6 h, 8 h, 8 h."""
    return float(min(FIRST_DELAY * 5 ** (attempt - 1), LONGEST_DELAY))


def lull(age: float) -> float:
    """Seconds to leave a service alone that has kept a photo waiting for `age` seconds: a quarter of that."""
    return min(max(FIRST_DELAY, age / 4), LONGEST_LULL)


def delay(error: Transient, ticket: Ticket, now: datetime) -> float:
    """The wait a service stated or our own, whichever is longer, and up to a quarter more."""
    own = backoff(ticket.attempt) if error.counts else lull(ticket.age(now))
    return max(error.wait or 0.0, own) * random.uniform(1.0, 1.25)  # noqa: S311 - spreads load, guards no secret


async def attempt(ticket: Ticket, work: Callable[[], Awaitable[object]], *, ledger: Ledger) -> None:
    """Do the work; on failure, postpone what may heal and give up on what cannot."""
    now = datetime.now(UTC)
    ticket = ticket.begun(now)
    try:
        await work()
    except SettingsError as error:
        await _again(ticket, Outage(str(error)), now, ledger)
    except Transient as error:
        await _again(ticket, error, now, ledger)
    except PhotoError as error:
        await give_up(ticket, str(error), ledger=ledger)
    else:
        await ledger.clear(ticket.id)


async def _again(ticket: Ticket, error: Transient, now: datetime, ledger: Ledger) -> None:
    spent = ticket.attempt >= error.attempts if error.counts else ticket.age(now) > error.patience
    if spent:
        await give_up(ticket, f"gave up after {ticket.attempt} attempts: {error}", ledger=ledger)
        return
    seconds = delay(error, ticket, now)
    await ledger.send(ticket.next() if error.counts else ticket, delay=seconds)
    await ledger.record(Failure.of(ticket, str(error), due=now + timedelta(seconds=seconds)))
    log.warning("postponed %s by %.0f s: %s", ticket.name, seconds, error)


async def give_up(ticket: Ticket, reason: str, *, ledger: Ledger) -> None:
    """Record that this blob will not be tried again by itself, and why."""
    await ledger.record(Failure.of(ticket, reason))
    log.error("gave up on %s: %s", ticket.name, reason)


async def retry(failure: Failure, *, ledger: Ledger) -> Failure:
    """Queue a fresh first attempt for a photo that is failing; the record shows that it is under way."""
    if failure.unreadable:
        raise BadRequest("this message names no photo, so there is nothing to try again", param="id")
    ticket = failure.ticket()
    await ledger.send(ticket)
    again = Failure.of(ticket, failure.reason, error=failure.last_error, due=datetime.now(UTC))
    await ledger.record(again)
    return again


async def bury(body: str, *, ledger: Ledger) -> None:
    """Turn a message that the host gave up on into a failure record, whatever it holds."""
    if name := named_in(body):
        await give_up(Ticket(name), "the app failed on this photo again and again; its log says how", ledger=ledger)
        return
    reason = f"a message in the queue names no photo: {body[:300]}"
    await ledger.record(Failure.of(Ticket(f"(message) {body[:200]}"), reason, unreadable=True))
    log.error("%s", reason)


def named_in(body: str) -> str | None:
    """The blob a ticket, or a message of the host's own blob queue, is about."""
    try:
        message = json.loads(body)
    except ValueError:
        return None
    name = message.get("name") or message.get("BlobName") if isinstance(message, dict) else None
    return name if isinstance(name, str) else None
