"""
Runs jobs: a turn works through slices of photos for a while, and gives way.

How far a job is stands in its record, which is written after each slice, and only if nobody else has written it: of two
turns of one job, as a queue may deliver a message twice, one goes on and the other ends. A turn that is lost with its
worker comes back, and begins with the slice that was not finished.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from catalogue.jobs.actions import SLICE, JobAction, SliceResult
from shared.access.caller import acting_for
from shared.errors import BadRequest, NotFound, PhotoError, SettingsError, Transient
from shared.log_text import error_label
from shared.stores.audit import AuditAction
from shared.stores.jobs import Job, JobQueue, Jobs, JobTurn

log = logging.getLogger(__name__)

SMALL_SLICE = 20  # photos between two writes of the record while uploads wait
TURN_SECONDS = 20.0  # of work, after which others have theirs
GIVE_WAY = 5.0  # seconds until the next turn while uploads wait
ATTEMPTS = 10  # at one slice that a service refuses: about an hour
LONGEST_WAIT = 900.0  # seconds between them
GAVE_UP = "the app failed on it again and again; its log says why. Make another job for the rest"


@dataclass(frozen=True)
class JobRunner:
    """
    Everything that running jobs takes.

    `uploads_wait` tells whether people are waiting for their uploads, and `current_ids` gives the ids that photos have
    now, where they were moved since the job was made. `write_down` is told what was done to which photos by which job,
    and `know_definitions` sees to it that definitions of this version, or newer ones, are in force.
    """

    jobs: Jobs
    queue: JobQueue
    actions: Mapping[str, JobAction]
    uploads_wait: Callable[[], Awaitable[bool]]
    current_ids: Callable[[Sequence[str]], Awaitable[list[str]]]
    write_down: Callable[[AuditAction, Sequence[str], str], Awaitable[None]]
    know_definitions: Callable[[str], Awaitable[None]]
    clock: Callable[[], float] = time.monotonic

    async def take_turn(self, turn: JobTurn) -> None:
        """Work on a job for a while, and queue its next turn unless it has ended."""
        try:
            job = await self.jobs.update(turn.id, _begun)
        except NotFound:
            log.warning("left out a turn of the job %s, which is not there any more", turn.id)
            return
        if job is None:
            return
        await self.know_definitions(job.definitions)
        with acting_for(job.caller):
            await self._work_for_a_while(job, turn)

    async def _work_for_a_while(self, first: Job, turn: JobTurn) -> None:
        job: Job | None = first
        began = self.clock()
        while job and not job.has_ended:
            is_crowded = await self.uploads_wait()
            try:
                job = await self._do_slice(job, SMALL_SLICE if is_crowded else SLICE)
            except (Transient, SettingsError) as error:
                await self._put_off(turn, error)
                return
            turn = JobTurn(turn.id)  # a slice is done: its attempts are forgotten
            if job and not job.has_ended and (is_crowded or self.clock() - began > TURN_SECONDS):
                await self.queue.send(turn, delay=GIVE_WAY if is_crowded else 0)
                return

    async def _do_slice(self, job: Job, size: int) -> Job | None:
        """The job after its next slice; None if another turn has been there first."""
        try:
            action = self._action(job)
            ids = await self.jobs.photos(job, min(size, action.slice_size))
            result = await self._work(ids, job, action)
            if result.ids:
                await self.write_down(_audited(job, action), result.ids, job.id)
            if result.faults:
                await self.jobs.write_faults(job, result.faults)
            position = job.position + len(ids)
            outcome = await action.finish(job) if position >= job.total and not job.undoes else {}
        except Transient:
            raise
        except PhotoError as error:
            return await self.fail(job.id, str(error))
        return await self.jobs.update(job.id, lambda latest: _advanced(latest, job, result, position, outcome))

    async def _work(self, ids: list[str], job: Job, action: JobAction) -> SliceResult:
        if not ids:
            return SliceResult()
        if action.follows_moves:
            ids = await self.current_ids(ids)
        if not job.undoes:
            return await action.work(ids, job)
        return await action.undo(ids, await self.jobs.read(job.undoes), job.created_by)

    def _action(self, job: Job) -> JobAction:
        if action := self.actions.get(job.action):
            return action
        raise BadRequest(f"this release of the app has no action {job.action}: make the job again with one that has")

    async def _put_off(self, turn: JobTurn, error: Transient | SettingsError) -> None:
        """Queue the slice again for later, or give the job up after many attempts."""
        log.warning("put off the job %s after attempt %s: %s", turn.id, turn.attempt, error_label(error))
        if turn.attempt >= ATTEMPTS:
            await self.fail(turn.id, f"gave up after {turn.attempt} attempts: {error}")
            return
        wait = getattr(error, "wait", None) or min(5.0 * 2 ** (turn.attempt - 1), LONGEST_WAIT)
        await self.queue.send(replace(turn, attempt=turn.attempt + 1), delay=wait)

    async def fail(self, id_: str, reason: str) -> Job | None:
        """Give a job up; what it has done stays done."""

        def failed(job: Job) -> Job | None:
            return None if job.has_ended else job.ended("failed", datetime.now(UTC), error=reason[:1000])

        return await self.jobs.update(id_, failed)


def _audited(job: Job, action: JobAction) -> AuditAction:
    return "restored" if job.undoes and action.audited == "deleted" else action.audited


def _begun(job: Job) -> Job | None:
    return None if job.has_ended else replace(job, state="running")


def _advanced(
    latest: Job, before: Job, result: SliceResult, position: int, outcome: Mapping[str, object]
) -> Job | None:
    """The job with a slice counted; one that was cancelled meanwhile stays cancelled."""
    if latest.position != before.position:
        return None
    job = replace(
        latest,
        position=position,
        changed=latest.changed + result.changed,
        unchanged=latest.unchanged + result.unchanged,
        failed=latest.failed + len(result.faults),
        result=dict(outcome),
    )
    if job.has_ended or position < job.total:
        return job
    return job.ended("done", datetime.now(UTC))
