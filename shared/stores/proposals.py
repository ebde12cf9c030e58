"""What the chat proposes to write, kept for a day: nothing of it is done before somebody accepts it."""

from contextlib import suppress
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from azure.storage.blob.aio import BlobServiceClient
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.errors import NotFound
from shared.storage_resources import StorageResources, ignore_missing

CONTAINER = "photo-proposals"
KEEP_PROPOSALS = timedelta(days=1)


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

    `accepted_by` is empty while nobody has accepted it.
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


PROPOSAL = TypeAdapter(Proposal)


class Proposals(StorageResources):
    """The store of proposals. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__("blob storage", self._container)

    async def write(self, proposal: Proposal) -> None:
        """Keep a proposal, or what has become of it."""
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

    async def delete(self, id_: str) -> None:
        """Forget a proposal; one that is gone is fine."""
        async with self.calls():
            with ignore_missing():
                await self._container.delete_blob(f"{id_}.json")

    async def sweep(self) -> None:
        """Delete what is older than a day."""
        async with self.calls():
            async for each in self._container.list_blobs():
                if datetime.now(UTC) - each.last_modified > KEEP_PROPOSALS:
                    with ignore_missing():
                        await self._container.delete_blob(each.name)
