"""
Compares the container with the index, both ways: what is missing, changed, deleted or left over.

Usually events report which photos come and go; this finds what they missed. A round is all steps of
`reconcile_steps.py`. The timer does as much of one as fits into the time that a function has, writes down how far it
came, and goes on there the next time; up to some hundred thousand photos that is the whole.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.backlog import GRACE, Backlog, read_backlog
from ingest.context import IngestContext
from ingest.move_steps import finish_moves
from ingest.reconcile_slice import ReconcileReport, Slice, SliceEnded
from ingest.reconcile_steps import STEPS, tend
from shared import telemetry
from shared.photo import utc
from shared.storage_resources import PlaceLost
from shared.stores.reconcile_rounds import HeldRounds, ReconcileRound

log = logging.getLogger(__name__)

SLICE_SECONDS = 300.0  # of the ten minutes that a function has (`functionTimeout` in host.json)
MOVES_SECONDS = 60.0  # of these, for moves that were interrupted
PAUSE = 5.0  # seconds between two looks whether another instance is done
WAITING = "another instance compares container and index just now: waiting for it"


async def reconcile(
    context: IngestContext, *, grace: timedelta = GRACE, show: Callable[[str], None] = log.info
) -> ReconcileReport:
    """
    Queue what is missing or changed, remove what is orphaned, and report: a whole round, from its beginning to its end.

    Photos that are being retried or were given up are left alone. So are those younger than `grace`, as their
    event is on its way. Nothing is queued while arrivals or earlier tickets wait: it would be queued twice.
    Then some of the documents of an older version are queued to be read again. While another instance is at it, this
    waits, and tells `show`. If it is killed, the timer ends the round.
    """
    if context.rounds is None:
        return await _whole(context, grace, None)
    while True:
        async with context.rounds.hold() as held:
            if held:
                return await _whole(context, grace, held)
        show(WAITING)
        await asyncio.sleep(PAUSE)


async def _whole(context: IngestContext, grace: timedelta, held: HeldRounds | None) -> ReconcileReport:
    await finish_moves(context)
    backlog = await read_backlog(context)
    slice_ = Slice(_new_round(context, backlog, grace), context, backlog=backlog, grace=grace, held=held)
    await _work(slice_)
    await tend(context)
    return slice_.report


async def continue_round(context: IngestContext, *, seconds: float = SLICE_SECONDS) -> ReconcileReport | None:
    """
    Go on with the round that was begun, or begin one, for about as long; its report once it has come to its end.

    None also where another instance is at it: then only what cannot wait for that is done. What cannot be gone on with,
    as after an upgrade, is begun anew.
    """
    if context.rounds is None:
        return await reconcile(context)
    until = time.monotonic() + seconds
    async with context.rounds.hold() as held:
        if held is None:
            log.info("another instance compares container and index")
            await _finish_some_moves(context)
            await tend(context)  # a command may be at it for hours
            return None
        await _finish_some_moves(context)
        slice_ = await _next_slice(context, held, until)
        try:
            await _work(slice_)
        except SliceEnded:
            log.info("compared so far, in %s slices: %s", slice_.round.slices, slice_.report)
            before = held.record.last.counts.get("oldest", 0.0) if held.record.last else 0.0
            telemetry.record_oldest_waiting(max(before, slice_.report.oldest))  # what a whole round has seen
            await tend(context)
            return None
        except PlaceLost:
            await held.write(replace(held.record, current=None))
            raise
        await tend(context)
        return slice_.report


async def _finish_some_moves(context: IngestContext) -> None:
    await finish_moves(context, until=time.monotonic() + MOVES_SECONDS)


async def _next_slice(context: IngestContext, held: HeldRounds, until: float) -> Slice:
    """The next slice of the round, which is written down before it begins."""
    backlog = await read_backlog(context)
    record = held.record.begun(utc(datetime.now(UTC)))
    begun = record.current
    if begun is None or begun.step not in STEPS or begun.container != context.settings.container:
        begun = _new_round(context, backlog, GRACE)
    begun = replace(begun, slices=begun.slices + 1)
    await held.write(replace(record, current=begun))
    return Slice(begun, context, backlog=backlog, grace=GRACE, until=until, held=held)


def _new_round(context: IngestContext, backlog: Backlog, grace: timedelta) -> ReconcileRound:
    now = datetime.now(UTC)
    known_until = "" if backlog.busy else utc(now - backlog.grace(grace))
    return ReconcileRound(
        began_at=utc(now), container=context.settings.container, step=next(iter(STEPS)), known_until=known_until
    )


async def _work(slice_: Slice) -> None:
    """Do what is left of the round; SliceEnded when the time of the slice is over before that."""
    steps = list(STEPS)
    for step in steps[steps.index(slice_.round.step) :]:
        await slice_.enter(step)
        await STEPS[step](slice_)
    await slice_.end()
    telemetry.record_oldest_waiting(slice_.report.oldest)
    log.info("reconciled: %s", slice_.report)
