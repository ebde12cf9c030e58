"""Which photos were moved lately: what is still to be done of a move, and where an old id leads."""

import time
from collections.abc import AsyncIterator, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import ResourceExistsError
from azure.storage.blob.aio import BlobClient, BlobServiceClient
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass

from shared.photo import is_photo_id, photo_id
from shared.storage_resources import StorageResources, ignore_missing

SERVICE = "blob storage"
CONTAINER = "photo-moves"
DONE, NEW_ID = "done", "new_id"  # metadata keys of a blob
LOOK_EVERY = 30.0  # seconds
LEADS_ON = timedelta(days=1)  # how long an old id leads to the new one


@checked_dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="ignore"))
class MovedFile:
    """A file that goes with a photo."""

    path: str
    new_path: str


@checked_dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="ignore"))
class Move:
    """A photo on its way from one path to another, or there: `done`. `etag` is that of the file that is moved."""

    path: str
    new_path: str
    etag: str
    at: str
    by: str = ""
    sidecars: tuple[MovedFile, ...] = ()
    movies: tuple[MovedFile, ...] = ()
    done: bool = False

    @property
    def id(self) -> str:
        return photo_id(self.path)

    @property
    def new_id(self) -> str:
        return photo_id(self.new_path)


MOVE = TypeAdapter(Move)


@dataclass(frozen=True)
class MoveEntry:
    """A move as the container lists it: the old and the new id of the photo, whether it is done, and since when."""

    id: str
    done: bool
    since: datetime
    new_id: str = ""  # empty in what an older version of the app wrote, or while the move is made


class Moves(StorageResources):
    """The store of moves. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__(SERVICE, self._container)
        self._are_kept, self._looked_at = False, -LOOK_EVERY

    async def are_kept(self) -> bool:
        """Whether any photo was moved lately; what others have moved is known a little later."""
        if time.monotonic() - self._looked_at > LOOK_EVERY:
            async with self.calls():
                pages = self._container.list_blobs(results_per_page=1).by_page()
                self._are_kept = bool([each async for each in await anext(pages)])
            self._looked_at = time.monotonic()
        return self._are_kept

    async def steps(self, id_: str) -> list[Move]:
        """The moves that lead from this id to the one that the photo has now, in their order."""
        steps, seen = list[Move](), [id_]
        while (move := await self.find(seen[-1])) and leads_on(move) and move.new_id not in seen:
            steps.append(move)
            seen.append(move.new_id)
        return steps

    async def begin(self, move: Move) -> bool:
        """Write down a move that is to be made; False if the photo of this path has one already."""
        self._are_kept = True
        async with self.calls():
            try:
                await self._blob(move.id).upload_blob(MOVE.dump_json(move), overwrite=False)
            except ResourceExistsError:
                return False
        return True

    async def write(self, move: Move) -> None:
        """Write or replace the move of a photo."""
        metadata = {DONE: "true", NEW_ID: move.new_id} if move.done else {}
        async with self.calls():
            await self._blob(move.id).upload_blob(MOVE.dump_json(move), overwrite=True, metadata=metadata)

    async def find(self, id_: str) -> Move | None:
        """The last move of the photo that had this id; None if there was none lately, or its record is damaged."""
        async with self.calls():
            with ignore_missing(), suppress(ValueError):
                return MOVE.validate_json(await (await self._blob(id_).download_blob()).readall())
        return None

    async def entries(self) -> AsyncIterator[MoveEntry]:
        """Every move that is kept, in the order of ids."""
        async with self.calls():
            async for each in self._container.list_blobs(include=["metadata"]):
                if is_photo_id(id_ := each.name.removesuffix(".json")):
                    metadata = each.metadata or {}
                    yield MoveEntry(id_, metadata.get(DONE) == "true", each.last_modified, metadata.get(NEW_ID, ""))

    async def former_ids(self, ids: Set[str]) -> set[str]:
        """The ids that these photos had before they were moved lately."""
        entries = [each async for each in self.entries() if each.done]
        leads_to = {each.id: each.new_id or await self._new_id(each.id) for each in entries}
        former: set[str] = set()
        while more := {old for old, new in leads_to.items() if new in ids | former} - former - ids:
            former |= more
        return former

    async def _new_id(self, id_: str) -> str:
        move = await self.find(id_)
        return move.new_id if move else ""

    async def delete(self, id_: str) -> None:
        """Forget a move; one that is forgotten already is fine."""
        async with self.calls():
            with ignore_missing():
                await self._blob(id_).delete_blob(delete_snapshots="include")

    def _blob(self, id_: str) -> BlobClient:
        return self._container.get_blob_client(f"{id_}.json")


def leads_on(move: Move) -> bool:
    """Whether the old id still leads to the new one."""
    return datetime.now(UTC) - datetime.fromisoformat(move.at) < LEADS_ON
