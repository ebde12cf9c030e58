"""What was deleted and may be restored: a record for each photo, and the bytes of its file where the app deleted it."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobClient, BlobServiceClient
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass

from shared.access.uploader import Uploader
from shared.blob_upload import commit, stage
from shared.errors import Conflict, NotFound
from shared.photo import is_photo_id, utc
from shared.storage_resources import StorageResources, ignore_missing
from shared.stores.api_keys import unless_changed
from shared.stores.descriptions import moment_of_mark

SERVICE = "blob storage"
CONTAINER = "photo-trash"
DIGEST, DELETED_AT = "digest", "deleted_at"  # metadata keys of a blob
GONE = "gone/"  # with the ids of photos of which nothing is left but what other records say
CLAIM = timedelta(minutes=15)  # after which whoever has begun with a photo has died

Purpose = Literal["", "restore", "delete"]


@checked_dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="ignore"))
class TrashedPhoto:
    """
    A photo that was deleted: its path, the etag, digest and size of its file, and who deleted it, and when.

    `restorable` says whether its file is kept, as a blob of the etag `file_etag`; one that was deleted by others is
    gone. `claim` is what somebody has begun to do with it, at `claimed_at`. `other_digests` are of versions that were
    being read when it was deleted: their descriptions go with it.
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
    claim: Purpose = ""
    claimed_at: str = ""
    owner: str = ""
    uploaded_by: str = ""
    file_etag: str = ""
    other_digests: tuple[str, ...] = ()

    @property
    def uploader(self) -> Uploader:
        """Whose its file was."""
        return Uploader(self.owner, self.uploaded_by)


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

    async def keep_file(self, id_: str, data: AsyncIterable[bytes], *, content_type: str) -> str:
        """Keep the bytes of a file, and return the etag of what is kept."""
        async with self.calls():
            blob = self._file(id_)
            staged = await stage(blob, data)
            written = await commit(
                blob, staged, content_type=content_type, metadata=None, if_match=None, if_none_match=False
            )
        return written[0]

    async def file(self, id_: str) -> AsyncIterator[bytes]:
        """The bytes of a file, chunk by chunk; NotFound if they are not kept."""
        async with self.calls():
            stream = await self._file(id_).download_blob()
            async for chunk in stream.chunks():
                yield chunk

    async def write(self, photo: TrashedPhoto) -> None:
        """Write or replace the record of a photo."""
        async with self.calls():
            await self._write(photo, overwrite=True)

    async def write_words(self, photo: TrashedPhoto) -> None:
        """Write the record of a photo whose file is gone, unless a file of its name waits."""
        while True:
            current, etag = await self._find(photo.id)
            if current and current.restorable:
                return
            async with self.calls():
                with ignore_missing(ResourceModifiedError, ResourceExistsError):
                    await self._write(photo, **unless_changed(etag))
                    return

    async def _write(self, photo: TrashedPhoto, **condition: Any) -> None:
        metadata = {DIGEST: photo.digest} if photo.digest else {}
        await self._record(photo.id).upload_blob(TRASHED.dump_json(photo), metadata=metadata, **condition)

    async def read(self, id_: str) -> TrashedPhoto:
        """The record of a photo; NotFound when it is not in the trash, or its record is damaged."""
        return (await self._read(id_))[0]

    async def _read(self, id_: str) -> tuple[TrashedPhoto, BlobProperties]:
        async with self.calls():
            with ignore_missing(), suppress(ValueError):
                stream = await self._record(id_).download_blob()
                return TRASHED.validate_json(await stream.readall()), stream.properties
        raise NotFound(f"the photo {id_} is not in the trash", param="id")

    async def _find(self, id_: str) -> tuple[TrashedPhoto | None, str | None]:
        """The record of a photo and its etag; none of either if there is no record, no record if it is damaged."""
        async with self.calls():
            with ignore_missing():
                stream = await self._record(id_).download_blob()
                with suppress(ValueError):
                    return TRASHED.validate_json(await stream.readall()), stream.properties.etag
                return None, stream.properties.etag
        return None, None

    async def claim(self, id_: str, purpose: Purpose) -> TrashedPhoto:
        """
        Begin to restore a photo or to delete it for good, which nobody else then begins; "" gives it up again.

        NotFound if it is not in the trash, Conflict if somebody else has just begun.
        """
        while True:
            photo, properties = await self._read(id_)
            now = datetime.now(UTC)
            if purpose and photo.claim not in {"", purpose} and now - datetime.fromisoformat(photo.claimed_at) < CLAIM:
                doing = "restored" if photo.claim == "restore" else "deleted for good"
                raise Conflict(f"the photo is being {doing} just now", param="id")
            photo = replace(photo, claim=purpose, claimed_at=utc(now) if purpose else "")
            if await self._change(photo, properties):
                return photo

    async def add_digests(self, id_: str, digests: Set[str]) -> bool:
        """Let the descriptions of other versions of a photo go with it; False if it is not in the trash."""
        while True:
            try:
                photo, properties = await self._read(id_)
            except NotFound:
                return False
            others = {*photo.other_digests, *digests} - {photo.digest}
            if others == {*photo.other_digests}:
                return True
            if await self._change(replace(photo, other_digests=tuple(sorted(others))), properties):
                return True

    async def _change(self, photo: TrashedPhoto, before: BlobProperties) -> bool:
        """Replace a record, which keeps its age; False if somebody else has changed it meanwhile."""
        # A record's age is that of its blob, unless it says otherwise.
        metadata = {DELETED_AT: utc(_deleted_at(before)), **(before.metadata or {})}
        condition = unless_changed(before.etag)
        async with self.calls():
            with ignore_missing(ResourceModifiedError, ResourceExistsError):
                await self._record(photo.id).upload_blob(TRASHED.dump_json(photo), metadata=metadata, **condition)
                return True
        return False

    async def entries(self) -> AsyncIterator[TrashEntry]:
        """Every record, in the order of ids."""
        async with self.calls():
            async for each in self._container.list_blobs(include=["metadata"]):
                if is_photo_id(id_ := each.name.removesuffix(".json")) and each.name.endswith(".json"):
                    yield TrashEntry(id_, (each.metadata or {}).get(DIGEST, ""), _deleted_at(each))

    async def note_gone(self, id_: str) -> None:
        """Note that a photo is gone for good, until other records say nothing of it."""
        async with self.calls():
            await self._container.upload_blob(f"{GONE}{id_}", b"", overwrite=True)

    async def gone(self) -> list[str]:
        """The ids of photos that are gone for good, of which other records may say something."""
        async with self.calls():
            names = [each.name async for each in self._container.list_blobs(name_starts_with=GONE)]
        return [name.removeprefix(GONE) for name in names]

    async def forget_gone(self, ids: Iterable[str]) -> None:
        """Forget that they were ever there."""
        async with self.calls():
            for id_ in ids:
                with ignore_missing():
                    await self._container.delete_blob(f"{GONE}{id_}")

    async def delete(self, photo: TrashedPhoto) -> TrashedPhoto | None:
        """
        Delete a file and then its record, and return that as it was in the end.

        None, and both stay, if a later deletion has written another one.
        """
        while True:
            current, etag = await self._find(photo.id)
            if current is None or _deletion(current) != _deletion(photo):
                return None
            async with self.calls():
                if photo.restorable:
                    await _delete(self._file(photo.id), photo.file_etag)
                if await _delete(self._record(photo.id), etag):
                    return current

    def _record(self, id_: str) -> BlobClient:
        return self._container.get_blob_client(f"{id_}.json")

    def _file(self, id_: str) -> BlobClient:
        return self._container.get_blob_client(f"{id_}/original")


def _deleted_at(record: BlobProperties) -> datetime:
    return moment_of_mark((record.metadata or {}).get(DELETED_AT)) or record.last_modified


def _deletion(photo: TrashedPhoto) -> TrashedPhoto:
    """A record without what came to it later, which tells one deletion of a photo from another."""
    return replace(photo, claim="", claimed_at="", other_digests=())


async def _delete(blob: BlobClient, etag: str | None) -> bool:
    """Delete a blob of this etag, of any without one, and say whether there is none of it any more."""
    condition: dict[str, Any] = {"etag": etag, "match_condition": MatchConditions.IfNotModified} if etag else {}
    with suppress(ResourceModifiedError):
        with ignore_missing():
            await blob.delete_blob(delete_snapshots="include", **condition)
        return True
    return False
