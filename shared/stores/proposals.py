"""What the chat proposes to write, kept for a day: nothing of it is done before somebody accepts it."""

import asyncio
from collections.abc import Set
from contextlib import suppress
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from azure.core.exceptions import ResourceModifiedError
from azure.storage.blob.aio import BlobServiceClient
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.access.caller import Caller
from shared.errors import NotFound
from shared.storage_resources import StorageResources, ignore_missing
from shared.stores.api_keys import unless_changed

CONTAINER = "photo-proposals"
KEEP_PROPOSALS = timedelta(days=1)
MAX_OPEN = 200  # of everybody that are looked at for those of one person: the latest


@dataclass(frozen=True)
class ProposedChange:
    """One field of one photo: what it says, and what it would say."""

    photo: str
    path: str
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """
    Changes of photos, or a collection of `photos` with a `name`, that the chat proposes to whoever asked it.

    `owner` tells people of one name apart, but not in what an older version of the app wrote. `accepted_by` is empty
    while nobody has accepted it.
    """

    id: str
    kind: Literal["edit", "collection"]
    created_by: str
    created_at: str
    changes: tuple[ProposedChange, ...] = ()
    name: str = ""
    description: str = ""
    photos: tuple[str, ...] = ()
    accepted_by: str = ""
    accepted_at: str = field(default="")
    owner: str = ""

    def is_of(self, caller: Caller) -> bool:
        """Whether it was made for this caller."""
        return self.owner == caller.identity if self.owner else self.created_by == caller.name


PROPOSAL = TypeAdapter(Proposal)


class Proposals(StorageResources):
    """The store of proposals. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__("blob storage", self._container)

    async def write(self, proposal: Proposal) -> None:
        """Keep a proposal."""
        async with self.calls():
            await self._container.upload_blob(f"{proposal.id}.json", PROPOSAL.dump_json(proposal), overwrite=True)

    async def read(self, id_: str) -> Proposal:
        """One proposal; NotFound when there is none of this id, or it is older than a day."""
        async with self.calls():
            with ignore_missing(), suppress(ValidationError):
                stream = await self._container.download_blob(f"{id_}.json")
                proposal = replace(PROPOSAL.validate_json(await stream.readall()), id=id_)
                if datetime.now(UTC) - datetime.fromisoformat(proposal.created_at) <= KEEP_PROPOSALS:
                    return proposal
        raise NotFound(f"there is no proposal {id_}: one is kept for a day", param="id")

    async def open_of(self, caller: Caller) -> list[Proposal]:
        """The proposals of the last day that were made for this caller and not accepted, the newest first."""
        async with self.calls():
            blobs = [each async for each in self._container.list_blobs()]
        latest = sorted(blobs, key=lambda blob: blob.last_modified, reverse=True)[:MAX_OPEN]
        proposals = await asyncio.gather(*(self._find(each.name.removesuffix(".json")) for each in latest))
        mine = [each for each in proposals if each and each.is_of(caller) and not each.accepted_by]
        return sorted(mine, key=lambda proposal: proposal.created_at, reverse=True)

    async def _find(self, id_: str) -> Proposal | None:
        with suppress(NotFound):
            return await self.read(id_)
        return None

    async def mark_accepted(self, id_: str, *, by: str, at: str) -> None:
        """Note who accepted a proposal; one that was dismissed meanwhile stays dismissed."""
        async with self.calls():
            with ignore_missing():
                while True:
                    stream = await self._container.download_blob(f"{id_}.json")
                    proposal = PROPOSAL.validate_json(await stream.readall())
                    accepted = PROPOSAL.dump_json(replace(proposal, accepted_by=by, accepted_at=at))
                    condition = unless_changed(stream.properties.etag)
                    with suppress(ResourceModifiedError):  # a photo in it was forgotten
                        await self._container.upload_blob(f"{id_}.json", accepted, **condition)
                        return

    async def delete(self, id_: str) -> None:
        """Forget a proposal; one that is gone is fine."""
        async with self.calls():
            with ignore_missing():
                await self._container.delete_blob(f"{id_}.json")

    async def forget_photos(self, ids: Set[str]) -> None:
        """Take photos that are gone out of every proposal; one in which nothing else is, goes."""
        async with self.calls():
            async for each in self._container.list_blobs():
                with ignore_missing():
                    stream = await self._container.download_blob(each.name)
                    content, etag = await stream.readall(), stream.properties.etag
                    await self._forget(each.name, content, etag, ids)

    async def _forget(self, name: str, content: bytes, etag: str, ids: Set[str]) -> None:
        try:
            proposal = PROPOSAL.validate_json(content)
        except ValidationError:
            return
        rest = _without(proposal, ids)
        if not (rest.changes or rest.photos):
            await self._container.delete_blob(name)
        elif rest != proposal:
            with suppress(ResourceModifiedError):  # whoever accepts it meanwhile: it is gone a day after it was made
                await self._container.upload_blob(name, PROPOSAL.dump_json(rest), **unless_changed(etag))

    async def sweep(self) -> None:
        """Delete what is older than a day."""
        async with self.calls():
            async for each in self._container.list_blobs():
                if datetime.now(UTC) - each.last_modified > KEEP_PROPOSALS:
                    with ignore_missing():
                        await self._container.delete_blob(each.name)


def _without(proposal: Proposal, ids: Set[str]) -> Proposal:
    changes = tuple(each for each in proposal.changes if each.photo not in ids)
    return replace(proposal, changes=changes, photos=tuple(each for each in proposal.photos if each not in ids))
