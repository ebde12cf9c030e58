"""What was deleted and may be restored: a record for each photo, and the bytes of its file where the app deleted it."""

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from azure.storage.blob.aio import BlobClient, BlobServiceClient
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass

from shared.blob_upload import commit, stage
from shared.errors import NotFound
from shared.photo import is_photo_id
from shared.storage_resources import StorageResources, ignore_missing

SERVICE = "blob storage"
CONTAINER = "photo-trash"
DIGEST = "digest"  # a blob's metadata key


@checked_dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="ignore"))
class TrashedPhoto:
    """
    A photo that was deleted: its path, the etag, digest and size of its file, and who deleted it, and when.

    `restorable` says whether its file is kept; one that was deleted by others is gone.
    """

    id: str
    path: str
    deleted_at: str
    by: str = ""
    title: str = ""
    etag: str = ""
    digest: str = ""
    size_bytes: int = 0
    content_type: str = "application/octet-stream"
    restorable: bool = False


TRASHED = TypeAdapter(TrashedPhoto)


@dataclass(frozen=True)
class TrashEntry:
    """A record as the container lists it: the id and the digest of the photo, and when it was deleted."""

    id: str
    digest: str
    deleted_at: datetime


class Trash(StorageResources):
    """The store of what was deleted. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__(SERVICE, self._container)

    async def keep_file(self, id_: str, data: AsyncIterable[bytes], *, content_type: str) -> None:
        """Keep the bytes of a file."""
        async with self.calls():
            blob = self._file(id_)
            staged = await stage(blob, data)
            await commit(blob, staged, content_type=content_type, metadata=None, if_match=None, if_none_match=False)

    async def file(self, id_: str) -> AsyncIterator[bytes]:
        """The bytes of a file, chunk by chunk; NotFound if they are not kept."""
        async with self.calls():
            stream = await self._file(id_).download_blob()
            async for chunk in stream.chunks():
                yield chunk

    async def write(self, photo: TrashedPhoto) -> None:
        """Write or replace the record of a photo."""
        async with self.calls():
            metadata = {DIGEST: photo.digest} if photo.digest else {}
            await self._record(photo.id).upload_blob(TRASHED.dump_json(photo), overwrite=True, metadata=metadata)

    async def read(self, id_: str) -> TrashedPhoto:
        """The record of a photo; NotFound when it is not in the trash, or its record is damaged."""
        async with self.calls():
            with ignore_missing(), suppress(ValueError):
                return TRASHED.validate_json(await (await self._record(id_).download_blob()).readall())
        raise NotFound(f"the photo {id_} is not in the trash", param="id")

    async def entries(self) -> AsyncIterator[TrashEntry]:
        """Every record, in the order of ids."""
        async with self.calls():
            async for each in self._container.list_blobs(include=["metadata"]):
                if is_photo_id(id_ := each.name.removesuffix(".json")) and each.name.endswith(".json"):
                    yield TrashEntry(id_, (each.metadata or {}).get(DIGEST, ""), each.last_modified)

    async def delete(self, id_: str) -> None:
        """Delete a file and then its record; what is gone already is fine."""
        async with self.calls():
            for blob in (self._file(id_), self._record(id_)):
                with ignore_missing():
                    await blob.delete_blob(delete_snapshots="include")

    def _record(self, id_: str) -> BlobClient:
        return self._container.get_blob_client(f"{id_}.json")

    def _file(self, id_: str) -> BlobClient:
        return self._container.get_blob_client(f"{id_}/original")
