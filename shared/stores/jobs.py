"""
Jobs, which do one thing to many photos, and the queue that brings them their turns.

In the container `photo-jobs` are, for each job: `jobs/ID.json`, its record; `photos/ID`, the ids of its photos as they
were when it was made, each on a line of its own, so that a slice is a range of bytes; `orders/ID`, where the job takes
photos out of a list, the ids of that list as it was before; and `errors/ID/POSITION.json`, the photos of one slice with
which something was wrong. Writing a slice again replaces what it wrote before.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import asdict, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from azure.core.exceptions import ResourceExistsError, ResourceModifiedError
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueServiceClient
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.access.caller import Caller
from shared.access.in_force import rules_in_force
from shared.access.roles import ROLE_OF_RIGHT, Role, RoleName
from shared.errors import BadRequest, NotFound
from shared.photo import is_photo_id, utc
from shared.storage_resources import StorageResources, ignore_missing
from shared.stores.api_keys import unless_changed

CONTAINER = QUEUE = "photo-jobs"
NEVER_EXPIRES = -1
LINE = 33  # bytes of an id and the end of its line
NO_PHOTO = "0" * 32  # in place of the id of a photo that is gone
READ_AT_ONCE = 16
ORDERS = "orders/"
ENDED_MARK = "ended"  # metadata of a record, so that a listing tells

OF_MAKING = ("maker", "definitions")  # of a record: nobody is told

JobState = Literal["waiting", "running", "done", "cancelled", "failed"]
ENDED = frozenset[JobState]({"done", "cancelled", "failed"})


@dataclass(frozen=True)
class JobMaker:
    """Who has made a job, as they were then; `rules` is the version of those that said what they saw."""

    name: str
    role: RoleName
    id: str = ""
    groups: tuple[str, ...] = ()
    rules: str = ""

    @classmethod
    def of(cls, caller: Caller) -> "JobMaker":
        groups, rules = tuple(sorted(caller.groups)), rules_in_force().rules.version
        return cls(caller.name, caller.role.label, caller.id, groups, rules)


@dataclass(frozen=True, kw_only=True)
class Job:
    """
    One job: what it does, to how many photos, and how far it is.

    `position` is how many photos it has been through: `changed`, `unchanged` as there was nothing to do, or `failed`,
    which `errors` of the API name. `parameters` are those of the action, `search` the words and filters it was made
    with; `undoes` and `undone_by` are the ids of other jobs. `result` is what the action leaves, such as a link.
    `maker` is whoever has made it, for whom it acts, with the role and the groups that they had then; `definitions` is
    the version of fields and vocabulary by which it was checked.
    """

    id: str
    action: str
    total: int
    created_by: str
    created_at: str
    state: JobState = "waiting"
    position: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    parameters: dict[str, Any] = field(default_factory=dict)
    search: dict[str, Any] = field(default_factory=dict)
    updated_at: str = ""
    finished_at: str = ""
    error: str = ""
    undoes: str = ""
    undone_by: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    maker: JobMaker | None = None
    definitions: str = ""

    @property
    def caller(self) -> Caller:
        """For whom it acts; a job of the time before there were roles was made by somebody who might do everything."""
        if self.maker is None:
            return Caller(self.created_by, Role.ADMIN)
        maker = self.maker
        return Caller(maker.name, ROLE_OF_RIGHT[maker.role], maker.id, frozenset(maker.groups))

    def is_of(self, caller: Caller) -> bool:
        """Whether this caller has made it."""
        return self.caller.identity == caller.identity

    @property
    def has_current_rules(self) -> bool:
        """Whether the same rules say who sees which photos as when it was made."""
        return self.maker is not None and self.maker.rules == rules_in_force().rules.version

    def record(self) -> dict[str, Any]:
        """The job as HTTP callers see it: nobody else is told the groups of its maker."""
        return {name: value for name, value in asdict(self).items() if name not in OF_MAKING}

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def photos_of(self) -> str:
        """The id of the job whose list of photos it has: an undo goes through those of the job that it undoes."""
        return self.undoes or self.id

    def ended(self, state: JobState, now: datetime, *, error: str = "") -> "Job":
        """The job once it has ended in this way."""
        return replace(self, state=state, error=error, finished_at=utc(now))


@dataclass(frozen=True)
class PhotoFault:
    """What was wrong with one photo of a job."""

    id: str
    error: str


@dataclass(frozen=True)
class ListedJob:
    """A job as a listing tells of it: when its record was last written, and whether it has ended."""

    id: str
    written: datetime
    has_ended: bool


@dataclass(frozen=True)
class JobTurn:
    """A message of the queue: it is this job's turn; `attempt` counts those at one slice that a service refused."""

    id: str
    attempt: int = 1

    def encode(self) -> str:
        return TURN.dump_json(self).decode()

    @classmethod
    def decode(cls, body: str) -> "JobTurn":
        """The turn in a queue message; BadRequest when the message isn't one."""
        try:
            return TURN.validate_json(body)
        except ValidationError as error:
            raise BadRequest(f"not a turn of a job: {error.errors()[0]['msg']}") from error


RULES_TURN = JobTurn("0" * 31 + "1")  # not of a job: documents follow the rules of who sees which photos
JOB, TURN = TypeAdapter(Job), TypeAdapter(JobTurn)
FAULTS = TypeAdapter(list[PhotoFault])


class JobQueue(StorageResources):
    """The queue of turns. Create it once; `ready()` creates it."""

    def __init__(self, queues: QueueServiceClient) -> None:
        self._queue = queues.get_queue_client(QUEUE, message_encode_policy=TextBase64EncodePolicy())
        super().__init__("queue storage", self._queue)

    async def send(self, turn: JobTurn, *, delay: float = 0) -> None:
        """Give a job a turn after `delay` seconds."""
        async with self.calls():
            await self._queue.send_message(turn.encode(), visibility_timeout=int(delay), time_to_live=NEVER_EXPIRES)

    async def count(self) -> int:
        """About how many turns are queued, those in progress among them."""
        async with self.calls():
            return int((await self._queue.get_queue_properties()).approximate_message_count or 0)


class Jobs(StorageResources):
    """The store of jobs. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__("blob storage", self._container)

    async def create(self, job: Job, ids: Iterable[str]) -> bool:
        """Keep a job with the ids of its photos; an undo has none of its own. False if there is one of its id."""
        async with self.calls():
            if not job.undoes:
                await self._container.upload_blob(_photos(job.id), "".join(f"{each}\n" for each in ids).encode())
            try:
                await self._container.upload_blob(_record(job.id), JOB.dump_json(job), metadata=_mark(job))
            except ResourceExistsError:
                return False
        return True

    async def read(self, id_: str) -> Job:
        """One job; NotFound when there is none of this id, or it was deleted a month after its end."""
        return (await self._read(id_))[0]

    async def update(self, id_: str, change: Callable[[Job], Job | None]) -> Job | None:
        """Write what `change` makes of a job, again if it was written meanwhile; None once `change` says so."""
        while True:
            job, etag = await self._read(id_)
            if (after := change(job)) is None:
                return None
            after = replace(after, updated_at=utc(datetime.now(UTC)))
            async with self.calls():
                with suppress(ResourceModifiedError, ResourceExistsError):
                    content, condition = JOB.dump_json(after), unless_changed(etag)
                    await self._container.upload_blob(_record(id_), content, metadata=_mark(after), **condition)
                    return after

    async def _read(self, id_: str) -> tuple[Job, str]:
        async with self.calls():
            with ignore_missing(), suppress(ValidationError):
                stream = await self._container.download_blob(_record(id_))
                return JOB.validate_json(await stream.readall()), stream.properties.etag
        raise NotFound(f"there is no job {id_}", param="id")

    async def photos(self, job: Job, count: int) -> list[str]:
        """The ids of the next `count` photos of a job."""
        count = min(count, job.total - job.position)
        if count <= 0:
            return []
        async with self.calls():
            with ignore_missing():
                stream = await self._container.download_blob(
                    _photos(job.photos_of), offset=job.position * LINE, length=count * LINE
                )
                return (await stream.readall()).decode().split()
        raise NotFound(f"the photos of the job {job.photos_of} are not known any more", param="id")

    async def keep_order(self, job: Job, ids: Iterable[str]) -> None:
        """Keep the list that a job takes photos out of; the one that was kept first stays."""
        async with self.calls():
            with suppress(ResourceExistsError):
                await self._container.upload_blob(_order(job.id), "".join(f"{each}\n" for each in ids).encode())

    async def kept_order(self, id_: str) -> list[str]:
        """The list that a job took photos out of, as it was before; nothing where none was kept."""
        async with self.calls():
            with ignore_missing():
                stream = await self._container.download_blob(_order(id_))
                return (await stream.readall()).decode().split()
        return []

    async def write_faults(self, job: Job, faults: Sequence[PhotoFault]) -> None:
        """Keep what was wrong with photos of the slice that begins at the job's position."""
        async with self.calls():
            await self._container.upload_blob(
                f"{_faults(job.id)}{job.position:08d}.json", FAULTS.dump_json(list(faults)), overwrite=True
            )

    async def faults(self, id_: str, *, skip: int, top: int) -> list[PhotoFault]:
        """What was wrong with which photos, in the order of the job's."""
        faults: list[PhotoFault] = []
        async with self.calls():
            async for each in self._container.list_blobs(name_starts_with=_faults(id_)):
                if len(faults) >= skip + top:
                    break
                faults += FAULTS.validate_json(await (await self._container.download_blob(each.name)).readall())
        return faults[skip : skip + top]

    async def recent(self, *, skip: int, top: int) -> tuple[int, list[Job]]:
        """How many jobs there are, and a page of them, the latest first."""
        names = [each.id async for each in self.all()][::-1]
        limit = asyncio.Semaphore(READ_AT_ONCE)

        async def read(id_: str) -> list[Job]:
            async with limit:
                with suppress(NotFound):
                    return [await self.read(id_)]
            return []

        pages = await asyncio.gather(*(read(each) for each in names[skip : skip + top]))
        return len(names), [job for page in pages for job in page]

    async def all(self) -> AsyncIterator[ListedJob]:
        """Every job, the oldest first."""
        async with self.calls():
            blobs = [each async for each in self._container.list_blobs(name_starts_with="jobs/", include=["metadata"])]
        for each in sorted(blobs, key=lambda blob: (blob.creation_time, blob.name)):
            if is_photo_id(id_ := each.name.removeprefix("jobs/").removesuffix(".json")):
                yield ListedJob(id_, each.last_modified, has_ended=ENDED_MARK in (each.metadata or {}))

    async def forget_photos(self, ids: Set[str]) -> set[str]:
        """
        Take photos that are gone out of all jobs: their lists, the orders that are kept, and what was wrong.

        Each keeps its line, as slices are ranges of lines. A job goes as well whose photos are all gone: its parameters
        may hold what was written about them. Returns the ids of all jobs that had one of them.
        """
        had: set[str] = set()
        async with self.calls():
            names = [each.name async for each in self._container.list_blobs(name_starts_with="photos/")]
            for name in names:
                id_ = name.removeprefix("photos/")
                before, rest = await self._forget_in_list(name, ids)
                if before != rest:
                    had.add(id_)
                if {*rest} == {NO_PHOTO}:
                    await self._forget_jobs_of(id_)
            async for each in self._container.list_blobs(name_starts_with=ORDERS):
                await self._forget_in_list(each.name, ids)
            async for each in self._container.list_blobs(name_starts_with="errors/"):
                await self._forget_faults(each.name, ids)
        return had

    async def _forget_in_list(self, name: str, ids: Set[str]) -> tuple[list[str], list[str]]:
        """A list of photos as it was, and as it is now."""
        with ignore_missing(ResourceModifiedError):
            stream = await self._container.download_blob(name)
            content, etag = (await stream.readall()).decode(), stream.properties.etag
            lines = content.splitlines()
            rest = [NO_PHOTO if each in ids else each for each in lines]
            if rest != lines:
                text = "".join(f"{each}\n" for each in rest)
                await self._container.upload_blob(name, text.encode(), **unless_changed(etag))
            return lines, rest
        return [], []

    async def _forget_jobs_of(self, id_: str) -> None:
        """Delete a job and its undo, if they have ended."""
        with suppress(NotFound):
            job = await self.read(id_)
            if job.undone_by:
                await self._delete_ended(job.undone_by)
            await self._delete_ended(id_)

    async def _delete_ended(self, id_: str) -> None:
        with suppress(NotFound):
            if (await self.read(id_)).has_ended:
                await self.delete(id_)

    async def _forget_faults(self, name: str, ids: Set[str]) -> None:
        with ignore_missing(), suppress(ValidationError):
            faults = FAULTS.validate_json(await (await self._container.download_blob(name)).readall())
            rest = [each for each in faults if each.id not in ids]
            if rest != faults:
                await self._container.upload_blob(name, FAULTS.dump_json(rest), overwrite=True)

    async def delete(self, id_: str) -> None:
        """Delete all that is kept of a job, its record last."""
        async with self.calls():
            names = [each.name async for each in self._container.list_blobs(name_starts_with=_faults(id_))]
            for name in (*names, _order(id_), _photos(id_), _record(id_)):
                with ignore_missing():
                    await self._container.delete_blob(name)


def _mark(job: Job) -> dict[str, str]:
    return {ENDED_MARK: "yes"} if job.has_ended else {}


def _record(id_: str) -> str:
    return f"jobs/{id_}.json"


def _photos(id_: str) -> str:
    return f"photos/{id_}"


def _order(id_: str) -> str:
    return f"{ORDERS}{id_}"


def _faults(id_: str) -> str:
    return f"errors/{id_}/"
