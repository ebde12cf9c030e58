"""
What jobs can do: the actions, by name.

An action checks a request before anything is kept, and works on a slice of photos. A slice may be worked on twice, as
a worker may die before it has said how far it was: doing it again must change nothing more.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from catalogue.jobs.giving_way import batch_size, give_way
from shared.access.roles import Role
from shared.errors import BadRequest, PhotoError, Transient
from shared.stores.audit import AuditAction
from shared.stores.jobs import Job, PhotoFault

SLICE = 100  # photos between two writes of a job's record
TRIES = 3  # of one photo, before the slice is put off
PAUSE = 1.0  # seconds between them, and twice as many after each


@dataclass(frozen=True)
class SliceResult:
    """How many photos of a slice were changed, and which, how many needed nothing, and what was wrong with others."""

    changed: int = 0
    unchanged: int = 0
    faults: Sequence[PhotoFault] = ()
    ids: Sequence[str] = ()


class JobAction(Protocol):
    """
    One thing that jobs can do. `undoable` actions take `undo` as well.

    It gets at most `slice_size` photos at once. Where it `follows_moves`, they come by the ids that they have now.
    `role` is what it takes to make such a job, and `audited` what is written down of the photos that it changed.
    `check` returns the parameters to keep, of those that a request brings; BadRequest names what is wrong with them.
    `work` does it to these photos, and `undo` takes back what `job` has done to them. Transient puts the slice off.
    `finish` is called once, or after a kill again, when all photos are done; what it returns is the job's result.
    """

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> Role: ...

    @property
    def audited(self) -> AuditAction: ...

    @property
    def undoable(self) -> bool: ...

    @property
    def slice_size(self) -> int: ...

    @property
    def follows_moves(self) -> bool: ...

    async def check(self, parameters: Mapping[str, Any]) -> dict[str, Any]: ...

    async def work(self, ids: Sequence[str], job: Job) -> SliceResult: ...

    async def undo(self, ids: Sequence[str], job: Job, by: str) -> SliceResult: ...

    async def finish(self, job: Job) -> dict[str, Any]: ...


@dataclass(frozen=True)
class PhotoAction:
    """
    An action that takes each photo by itself.

    `change` and `take_back` return whether they changed anything; what a PhotoError says is kept as the photo's error.
    `take_back` gets the job that is undone, and who does so. `names` are the parameters it takes, and `checked` checks
    them.
    """

    name: str
    role: Role
    audited: AuditAction
    change: Callable[[str, Job], Awaitable[bool]]
    take_back: Callable[[str, Job, str], Awaitable[bool]] | None = None
    names: frozenset[str] = frozenset()
    checked: Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]] | None = None
    follows_moves: bool = True
    slice_size: int = SLICE
    pause: float = field(default=PAUSE, compare=False)

    @property
    def undoable(self) -> bool:
        return self.take_back is not None

    async def check(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters as they are kept."""
        refuse_others(self.name, parameters, self.names)
        return await self.checked(parameters) if self.checked else dict(parameters)

    async def work(self, ids: Sequence[str], job: Job) -> SliceResult:
        """Do it to these photos, a few at a time."""
        return await each_photo(ids, lambda id_: self.change(id_, job), pause=self.pause)

    async def undo(self, ids: Sequence[str], job: Job, by: str) -> SliceResult:
        """Take back what the job has done to these photos."""
        take_back = self.take_back
        assert take_back  # the job was refused otherwise
        return await each_photo(ids, lambda id_: take_back(id_, job, by), pause=self.pause)

    async def finish(self, job: Job) -> dict[str, Any]:
        """Nothing is left behind."""
        return {}


def refuse_others(action: str, parameters: Mapping[str, Any], names: frozenset[str]) -> None:
    """BadRequest for a parameter that the action does not take."""
    for name in parameters:
        if name not in names:
            takes = f"it takes {', '.join(sorted(names))}" if names else "it takes none"
            raise BadRequest(f"the action {action} has no parameter {name}: {takes}", param=name)


async def each_photo(
    ids: Sequence[str],
    change: Callable[[str], Awaitable[bool]],
    *,
    pause: float = PAUSE,
    rest: Callable[[float], Awaitable[None]] = give_way,
) -> SliceResult:
    """
    Do something to each photo, a batch at a time; a photo that a service refuses is tried a few times.

    `rest` is told how long a batch took, and lets others have their turn.
    """

    async def attempt(id_: str) -> bool | PhotoFault:
        try:
            return await _patiently(lambda: change(id_), pause)
        except Transient:
            raise
        except PhotoError as error:
            return PhotoFault(id_, str(error))

    outcomes: list[bool | PhotoFault] = []
    while len(outcomes) < len(ids):
        began = time.monotonic()
        outcomes += await _all(attempt(each) for each in islice(ids, len(outcomes), len(outcomes) + batch_size()))
        await rest(time.monotonic() - began)
    faults = [each for each in outcomes if isinstance(each, PhotoFault)]
    changed = [id_ for id_, each in zip(ids, outcomes, strict=True) if each is True]
    return SliceResult(len(changed), len(outcomes) - len(changed) - len(faults), faults, changed)


async def _all(attempts: Iterable[Awaitable[bool | PhotoFault]]) -> list[bool | PhotoFault]:
    """What became of each; once all have ended, the first error of one is raised."""
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    results: list[bool | PhotoFault] = []
    for each in outcomes:
        if isinstance(each, BaseException):
            raise each
        results.append(each)
    return results


async def _patiently(work: Callable[[], Awaitable[bool]], pause: float) -> bool:
    for attempt in range(TRIES - 1):
        try:
            return await work()
        except Transient:
            await asyncio.sleep(pause * 2**attempt)
    return await work()
