"""
Writing down who did what.

`record` is called once something is done. If it cannot be written, that is logged as an error, and it is written with
the next one: nobody would be helped if a photo that was edited were said not to be. `record_first` is for what an admin
does and nobody can take back: it is written before, and where that fails, nothing is done.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from shared.access.caller import Caller, current_caller
from shared.access.roles import Role
from shared.errors import PhotoError
from shared.log_text import error_label
from shared.photo import utc
from shared.services import services
from shared.stores.audit import AuditAction, AuditLog, AuditRecord

log = logging.getLogger(__name__)

UNKNOWN = Caller("", Role.VIEWER)  # somebody whose key is none
OUTSIDE = Caller("outside the app", Role.VIEWER)  # whoever deletes files in storage itself
MAX_IDS = 1000  # photos of one record
MAX_WAITING = 10_000  # records that could not be written, or are about to be
KNOWN_A_MINUTE, UNKNOWN_A_MINUTE = 30, 1  # refusals that get a record of their own


class AuditWriter:
    """Writes what is recorded at the same time, or could not be written before, in one request."""

    def __init__(self) -> None:
        self._waiting: list[AuditRecord] = []
        self._lock = asyncio.Lock()

    async def write(self, records: Iterable[AuditRecord], store: AuditLog) -> None:
        """Write these, and whatever waits, unless somebody else has; an error leaves all of it waiting."""
        self._waiting.extend(records)
        async with self._lock:
            batch, self._waiting = self._waiting, []
            try:
                if batch:
                    await store.append(batch)
            except BaseException:
                self._waiting = [*batch, *self._waiting]
                self._forget_oldest()
                raise

    def _forget_oldest(self) -> None:
        lost = len(self._waiting) - MAX_WAITING
        if lost > 0:
            self._waiting = self._waiting[-MAX_WAITING:]
            log.error("the audit log has lost %s records, as too many could not be written", lost)


@cache
def audit_writer() -> AuditWriter:
    """The writer of this process."""
    return AuditWriter()


async def record(
    action: AuditAction,
    photos: Iterable[str] = (),
    *,
    about: str = "",
    count: int = 0,
    job: str = "",
    caller: Caller | None = None,
    store: AuditLog | None = None,
) -> None:
    """Write down what the current caller has done; an error is logged, and it is written with the next one."""
    records = _records(action, photos, about=about, count=count, job=job, caller=caller or current_caller())
    try:
        await audit_writer().write(records, services().audit if store is None else store)
    except PhotoError as error:
        log.error("the audit log cannot be written, and is written later: %s", error_label(error))


async def record_first(action: AuditAction, photos: Iterable[str] = (), *, about: str = "", count: int = 0) -> None:
    """Write down what the current caller is about to do; an error if that cannot be, and then it must not be done."""
    records = _records(action, photos, about=about, count=count, job="", caller=current_caller())
    await services().audit.append(records)


def _records(
    action: AuditAction, photos: Iterable[str], *, about: str, count: int, job: str, caller: Caller
) -> list[AuditRecord]:
    """One record, or several where there are many photos."""
    ids, now = list(photos), utc(datetime.now(UTC))
    return [
        AuditRecord(
            at=now,
            action=action,
            by=caller.name,
            by_id=caller.id,
            role="" if caller is UNKNOWN or caller is OUTSIDE else str(caller.role),
            photos=tuple(ids[start : start + MAX_IDS]),
            about=about,
            count=count,
            job=job,
        )
        for start in range(0, len(ids), MAX_IDS) or [0]
    ]


@dataclass
class RefusalLimit:
    """How many refusals get a record of their own within a minute; the others are counted in the next one."""

    most: int
    clock: Callable[[], float] = time.monotonic
    _times: deque[float] = field(default_factory=deque)
    _left_out: int = 0

    def admit(self) -> int:
        """Count one: how many the record that is to be written stands for, 0 if none is to be."""
        now = self.clock()
        while self._times and now - self._times[0] >= 60:
            self._times.popleft()
        self._left_out += 1
        if len(self._times) >= self.most:
            return 0
        self._times.append(now)
        count, self._left_out = self._left_out, 0
        return count


@cache
def refusal_limit(is_known: bool) -> RefusalLimit:
    """The limit of this process for those it knows, or for all others."""
    return RefusalLimit(KNOWN_A_MINUTE if is_known else UNKNOWN_A_MINUTE)


async def record_refusal(function: str, caller: Caller | None) -> None:
    """Write down that somebody was refused a function; None is somebody whose key or name is not known."""
    if count := refusal_limit(caller is not None).admit():
        about = f"function:{function}" if caller else ""
        await record("refused", about=about, count=count, caller=caller or UNKNOWN)
