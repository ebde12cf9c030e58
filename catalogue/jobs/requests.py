"""Making, cancelling and undoing jobs."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, model_validator

from catalogue.jobs.actions import JobAction
from shared.access.caller import current_caller
from shared.access.requirement import require_role
from shared.access.roles import Role
from shared.catalogue.in_force import definitions_version
from shared.errors import BadRequest, Conflict, CountChanged
from shared.photo import is_photo_id, utc
from shared.stores.jobs import Job, JobMaker, JobQueue, Jobs, JobTurn

MAX_PHOTOS = 100_000  # of one job
TOO_MANY = f"a job takes at most {MAX_PHOTOS:,} photos: narrow the search, and make several jobs"


class JobPhotos(BaseModel):
    """
    The photos of a job: those with these `ids` or, of a `search` with the parameters of `GET /api/search`, those of$
    now, without those to `exclude`.
    """

    ids: list[str] | None = Field(None, min_length=1)
    search: dict[str, str | int | float | bool | list[str]] | None = None
    exclude: list[str] | None = None

    @model_validator(mode="after")
    def _check_photos(self) -> Self:
        if (self.ids is None) == (self.search is None):
            raise ValueError("give either ids or a search: one of them says which photos are meant")
        if self.exclude is not None and self.search is None:
            raise ValueError("exclude leaves photos out of a search: of ids, leave them out yourself")
        return self


class JobRequest(JobPhotos):
    """
    A job to be made: an action, its photos, and the parameters of the action.

    Where there are not as many photos as `expected`, nothing is done. `patch`, `add` and `remove` say what `edit`
    writes, as a merge patch can only replace a list; other actions have parameters of their own.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    action: str = Field(min_length=1, max_length=40)
    expected: int | None = Field(None, ge=0)

    @property
    def parameters(self) -> dict[str, Any]:
        """What the action takes."""
        return dict(self.model_extra or {})


async def make_job(
    request: JobRequest,
    matches: AsyncIterator[str] | None,
    *,
    by: str,
    actions: Mapping[str, JobAction],
    jobs: Jobs,
    queue: JobQueue,
) -> Job:
    """
    Keep a job with the photos as they are now, those of `matches` where the request names none, and give it a turn.

    BadRequest for what is wrong with it, InsufficientRights where the action needs another role, Conflict where there
    are not as many photos as expected. The job acts for the current caller.
    """
    if not (action := actions.get(request.action)):
        raise BadRequest(
            f"there is no action {request.action!r}; the actions are {', '.join(sorted(actions))}", param="action"
        )
    require_role_for(action)
    parameters = await action.check(request.parameters)
    ids = await photos_of(request, matches)
    if request.expected is not None and request.expected != len(ids):
        raise CountChanged(
            f"the job was expected to have {request.expected:,} photos, and now has {len(ids):,}: look at them again",
            param="expected",
            count=len(ids),
        )
    job = new_job(request.action, len(ids), by=by, parameters=parameters, search=request.search or {})
    await jobs.create(job, ids)
    await queue.send(JobTurn(job.id))
    return job


async def photos_of(request: JobPhotos, matches: AsyncIterator[str] | None) -> list[str]:
    """The ids of a job's photos, those of `matches` where the request names none."""
    excluded = frozenset(_checked_ids(request.exclude, "exclude"))
    return _checked_ids(request.ids, "ids") if matches is None else await _collected(matches, excluded)


def new_job(action: str, total: int, *, by: str, **others: Any) -> Job:
    """The record of a job that nobody has worked on, of the current caller."""
    now, maker = utc(datetime.now(UTC)), JobMaker.of(current_caller())
    job = Job(id=uuid4().hex, action=action, total=total, created_by=by, created_at=now, maker=maker, **others)
    return replace(job, definitions=definitions_version())


def require_role_for(action: JobAction | None) -> None:
    """InsufficientRights where the current caller may not do what a job does; one of another release needs an admin."""
    role, name = (action.role, action.name) if action else (Role.ADMIN, "of this action")
    require_role(current_caller(), role, what=f"a job {name}")


def _checked_ids(ids: Sequence[str] | None, param: str) -> list[str]:
    unique = list(dict.fromkeys(ids or ()))
    for each in unique:
        if not is_photo_id(each):
            raise BadRequest(f"{each[:60]!r} is not an id: an id has 32 hexadecimal digits", param=param)
    if len(unique) > MAX_PHOTOS:
        raise BadRequest(TOO_MANY, param=param)
    return unique


async def _collected(matches: AsyncIterator[str], excluded: Set[str]) -> list[str]:
    ids: dict[str, None] = {}
    async for each in matches:
        if each in excluded:
            continue
        ids[each] = None
        if len(ids) > MAX_PHOTOS:
            raise BadRequest(TOO_MANY, param="search")
    return list(ids)


async def cancel_job(id_: str, *, actions: Mapping[str, JobAction], jobs: Jobs) -> Job:
    """End a job; what it has done stays done. Conflict if it has ended, InsufficientRights as for making it."""

    def cancelled(job: Job) -> Job:
        require_role_for(actions.get(job.action))
        if job.has_ended:
            raise Conflict(f"the job has ended: it is {job.state}", param="id")
        return job.ended("cancelled", datetime.now(UTC))

    job = await jobs.update(id_, cancelled)
    assert job
    return job


async def undo_job(id_: str, *, by: str, actions: Mapping[str, JobAction], jobs: Jobs, queue: JobQueue) -> Job:
    """
    Make a job that takes back what another has done, and give it a turn; one that did not get through begins anew.

    Conflict if the other has not ended, was undone, or cannot be.
    """
    job = await jobs.read(id_)
    require_role_for(actions.get(job.action))
    _check_undoable(job, actions)
    undo = replace(new_job(job.action, job.position, by=by, undoes=job.id), id=undo_id(job.id))
    if not await jobs.create(undo, ()):
        await jobs.update(undo.id, lambda latest: _begun_anew(latest, undo))
    await jobs.update(job.id, lambda latest: replace(latest, undone_by=undo.id))
    await queue.send(JobTurn(undo.id))
    return undo


def undo_id(id_: str) -> str:
    """The id of the job that undoes another: there is one, whoever asks for it and how often."""
    return hashlib.sha256(f"undo {id_}".encode()).hexdigest()[:32]


def _begun_anew(latest: Job, undo: Job) -> Job:
    if latest.state not in {"cancelled", "failed"}:
        raise Conflict(f"the job was undone by the job {latest.id}, which is {latest.state}", param="id")
    return undo


def _check_undoable(job: Job, actions: Mapping[str, JobAction]) -> None:
    action = actions.get(job.action)
    if job.undoes or not (action and action.undoable):
        what = "an undo" if job.undoes else f"the action {job.action}"
        raise Conflict(f"{what} cannot be undone", param="id")
    if not job.has_ended:
        raise Conflict("the job is not done: cancel it first", param="id")
