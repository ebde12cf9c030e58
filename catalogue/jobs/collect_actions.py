"""The actions `collect` and `uncollect`: put many photos into a collection, and take them out of one."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from catalogue.collecting import change_photos
from catalogue.jobs.actions import SLICE, SliceResult, refuse_others
from shared.access.roles import Role
from shared.access.sight import current_sight
from shared.errors import BadRequest, NotFound, Permanent
from shared.search.index import PhotoIndex
from shared.stores.audit import AuditAction
from shared.stores.collections import Collection, Collections
from shared.stores.jobs import Job, Jobs, PhotoFault
from shared.visible_collections import read_collection

Placing = Callable[[Sequence[str], Sequence[str]], list[str]]  # photos, and those that are added, as one list


@dataclass(frozen=True)
class CollectServices:
    """What collecting takes; `current_ids` gives the ids that photos have now, where they were moved."""

    collections: Collections
    index: PhotoIndex
    jobs: Jobs
    current_ids: Callable[[Sequence[str]], Awaitable[list[str]]]


@dataclass(frozen=True)
class CollectAction:
    """
    Adds the photos of a slice to a collection in one write, at its end; or takes them out, where it `removes`.

    Before it takes any out, it keeps the order of all, so that they come back to the places that they had.
    """

    services: Callable[[], CollectServices]
    removes: bool = False
    role: Role = Role.EDITOR
    audited: AuditAction = "collected"
    slice_size: int = SLICE
    follows_moves: bool = True
    undoable: bool = True

    @property
    def name(self) -> str:
        return "uncollect" if self.removes else "collect"

    async def check(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """`collection`, the id of a list."""
        refuse_others(self.name, parameters, frozenset({"collection"}))
        id_ = parameters.get("collection")
        if not isinstance(id_, str):
            raise BadRequest(f"{self.name} needs the id of a collection", param="collection")
        services = self.services()
        if (await read_collection(id_, services.collections, services.index)).search is not None:
            raise BadRequest("this collection is a saved search, which fills itself", param="collection")
        return {"collection": id_}

    async def work(self, ids: Sequence[str], job: Job) -> SliceResult:
        """Do it to these photos."""
        if not self.removes:
            return await self._add(ids, job, lambda photos, added: [*photos, *added])
        if job.position == 0:
            with suppress(NotFound):  # `_take_out` says so of each photo
                photos = (await self.services().collections.read(job.parameters["collection"])).photos
                await self.services().jobs.keep_order(job, photos)
        return await self._take_out(ids, job)

    async def undo(self, ids: Sequence[str], job: Job, by: str) -> SliceResult:
        """Take out what was put in, or put back what was taken out."""
        if not self.removes:
            return await self._take_out(ids, job)
        services = self.services()
        order = await services.current_ids(await services.jobs.kept_order(job.id))
        return await self._add(ids, job, lambda photos, added: put_back(photos, added, order))

    async def finish(self, job: Job) -> dict[str, Any]:
        """Nothing is left behind."""
        return {}

    async def _add(self, ids: Sequence[str], job: Job, place: Placing) -> SliceResult:
        services = self.services()
        there = list(await services.index.entries(ids))

        def changed(photos: tuple[str, ...]) -> list[str]:
            return place(photos, [each for each in ids if each in there])

        try:
            view = await read_collection(job.parameters["collection"], services.collections, services.index)
        except Permanent as error:
            return _refused(ids, error)
        return await self._change(ids, there, job, changed, view=view)

    async def _take_out(self, ids: Sequence[str], job: Job) -> SliceResult:
        there = ids if current_sight().is_full else list(await self.services().index.entries(ids))
        leaving = set(there)
        return await self._change(ids, there, job, lambda photos: [each for each in photos if each not in leaving])

    async def _change(
        self,
        ids: Sequence[str],
        there: Sequence[str],
        job: Job,
        change: Callable[[tuple[str, ...]], list[str]],
        *,
        view: Collection | None = None,
    ) -> SliceResult:
        """Write what `change` makes of the collection; changed are those `there` that are in just one of both."""
        services, moved = self.services(), set[str]()

        def changed(photos: tuple[str, ...]) -> list[str]:
            after = change(photos)
            moved.clear()
            moved.update(set(photos) ^ set(after))
            return after

        try:
            await change_photos(
                job.parameters["collection"], changed, collections=services.collections, index=services.index, view=view
            )
        except Permanent as error:  # it was deleted since, or is full
            return _refused(ids, error)
        faults = [PhotoFault(each, f"there is no photo {each} any more") for each in ids if each not in there]
        done = [each for each in there if each in moved]
        return SliceResult(len(done), len(there) - len(done), faults, done)


def _refused(ids: Sequence[str], error: Permanent) -> SliceResult:
    return SliceResult(faults=[PhotoFault(each, str(error)) for each in ids])


def put_back(photos: Sequence[str], returning: Sequence[str], order: Sequence[str]) -> list[str]:
    """
    A list with photos that come back to it: each behind the one that it followed in an earlier `order`.

    Where that one is gone, behind the one before it, and so on; without any of them at the beginning. Those that are
    not in the order come last.
    """
    places = {each: place for place, each in enumerate(order)}
    after, there = list(photos), set(photos)
    back = [each for each in dict.fromkeys(returning) if each not in there]
    known = sorted((each for each in back if each in places), key=lambda each: places[each])
    for each in known:
        before = next((order[place] for place in range(places[each] - 1, -1, -1) if order[place] in there), None)
        after.insert(0 if before is None else after.index(before) + 1, each)
        there.add(each)
    return [*after, *(each for each in back if each not in places)]
