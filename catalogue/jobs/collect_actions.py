"""The actions `collect` and `uncollect`: put many photos into a collection, and take them out of one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalogue.collecting import change_photos
from catalogue.jobs.actions import SLICE, SliceResult, refuse_others
from shared.access.roles import Role
from shared.access.sight import current_sight
from shared.errors import BadRequest, Permanent
from shared.search.index import PhotoIndex
from shared.stores.audit import AuditAction
from shared.stores.collections import Collections
from shared.stores.jobs import Job, PhotoFault
from shared.visible_collections import read_collection


@dataclass(frozen=True)
class CollectAction:
    """Adds the photos of a slice to a collection in one write, at its end; or takes them out, where it `removes`."""

    services: Callable[[], tuple[Collections, PhotoIndex]]
    removes: bool = False
    role: Role = Role.EDITOR
    audited: AuditAction = "collected"
    slice_size: int = SLICE
    follows_moves: bool = True

    @property
    def name(self) -> str:
        return "uncollect" if self.removes else "collect"

    @property
    def undoable(self) -> bool:
        return not self.removes  # the places that they had are not known any more

    async def check(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """`collection`, the id of a list."""
        refuse_others(self.name, parameters, frozenset({"collection"}))
        id_ = parameters.get("collection")
        if not isinstance(id_, str):
            raise BadRequest(f"{self.name} needs the id of a collection", param="collection")
        collections, index = self.services()
        if (await read_collection(id_, collections, index)).search is not None:
            raise BadRequest("this collection is a saved search, which fills itself", param="collection")
        return {"collection": id_}

    async def work(self, ids: Sequence[str], job: Job) -> SliceResult:
        """Do it to these photos."""
        return await self._change(ids, job, removes=self.removes)

    async def undo(self, ids: Sequence[str], job: Job, by: str) -> SliceResult:
        """Take out what was put in."""
        return await self._change(ids, job, removes=True)

    async def finish(self, job: Job) -> dict[str, Any]:
        """Nothing is left behind."""
        return {}

    async def _change(self, ids: Sequence[str], job: Job, *, removes: bool) -> SliceResult:
        collections, index = self.services()
        there = ids if removes and current_sight().is_full else list(await index.entries(ids))
        faults = [PhotoFault(each, f"there is no photo {each} any more") for each in ids if each not in there]
        id_, before = job.parameters["collection"], set[str]()

        def changed(photos: tuple[str, ...]) -> list[str]:
            before.clear()
            before.update(photos)
            if removes:
                return [each for each in photos if each not in set(there)]
            return [*photos, *(each for each in ids if each in there)]

        try:
            view = None if removes else await read_collection(id_, collections, index)
            await change_photos(id_, changed, collections=collections, index=index, view=view)
        except Permanent as error:  # it was deleted since, or is full
            return SliceResult(faults=[PhotoFault(each, str(error)) for each in ids])
        done = [each for each in there if (each in before) == removes]
        return SliceResult(len(done), len(there) - len(done), faults, done)
