"""Blobs, tickets and failure records: the only file that speaks Azure Storage."""

import asyncio
import mimetypes
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobSasPermissions, ContentSettings, UserDelegationKey, generate_blob_sas
from azure.storage.blob.aio import BlobClient, BlobServiceClient, ContainerClient
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueServiceClient

from shared.azure import translated
from shared.errors import BadPhoto, NotFound
from shared.ticket import Failure, Ticket

TICKETS = "photo-tickets"
DELETED = "photo-deleted"
DERIVED = "photo-derived"
DESCRIPTIONS = "photo-descriptions"
FAILURES = "photo-failures"
FOREVER = -1
LONGEST_DELAY = 7 * 24 * 3600

# Three quick tries at a broken connection; anything longer is for the tickets to wait out.
PATIENCE: dict[str, Any] = {
    "retry_total": 3,
    "initial_backoff": 0.4,
    "increment_base": 2,
    "connection_timeout": 5,
}


@dataclass(frozen=True)
class Blob:
    """An original as it was read; `etag` tells whether it has changed since."""

    name: str
    data: bytes
    etag: str
    last_modified: datetime


@dataclass(frozen=True)
class Listed:
    """An original as the container lists it."""

    name: str
    etag: str
    size: int
    last_modified: datetime


class Storage:
    """The photo account. Create it once; `ready()` makes the containers and queues it needs."""

    def __init__(self, blobs: BlobServiceClient, queues: QueueServiceClient, *, container: str) -> None:
        self._blobs = blobs
        self._photos = blobs.get_container_client(container)
        self._derived = blobs.get_container_client(DERIVED)
        self._descriptions = blobs.get_container_client(DESCRIPTIONS)
        self._failures = blobs.get_container_client(FAILURES)
        self._tickets = queues.get_queue_client(TICKETS, message_encode_policy=TextBase64EncodePolicy())
        self._deleted = queues.get_queue_client(DELETED, message_encode_policy=TextBase64EncodePolicy())
        self._ready: asyncio.Task[None] | None = None
        self._delegation: UserDelegationKey | None = None

    async def ready(self) -> None:
        """Create what is missing; a success is remembered, a failure is tried again at the next call."""
        if self._ready is None or (self._ready.done() and self._ready.exception()):
            self._ready = asyncio.create_task(self._create())
        await asyncio.shield(self._ready)

    async def _create(self) -> None:
        async with translated("blob storage"):
            for each in (
                self._photos,
                self._derived,
                self._descriptions,
                self._failures,
                self._tickets,
                self._deleted,
            ):
                try:
                    await each.create_container() if isinstance(each, ContainerClient) else await each.create_queue()
                except ResourceExistsError:
                    continue

    async def check(self) -> None:
        """Raise Transient when blobs or queues cannot be reached."""
        await self.ready()
        async with translated("blob storage"):
            await self._photos.exists(timeout=3)
            await self._tickets.get_queue_properties(timeout=3)

    # -- originals ------------------------------------------------------------------------

    async def look(self, name: str) -> Listed | None:
        """What the container says of one original, or None when it is gone."""
        async with translated("blob storage"):
            try:
                found = await self._photos.get_blob_client(name).get_blob_properties()
            except ResourceNotFoundError:
                return None
        return Listed(name, found.etag, found.size, found.last_modified)

    async def read(self, seen: Listed) -> Blob | None:
        """The bytes of an original just as it was seen, or None when it has changed or gone since."""
        async with translated("blob storage"):
            try:
                stream = await self._photos.download_blob(
                    seen.name,
                    etag=seen.etag,
                    match_condition=MatchConditions.IfNotModified,
                    max_concurrency=2,
                )
                return Blob(seen.name, await stream.readall(), seen.etag, seen.last_modified)
            except (ResourceNotFoundError, ResourceModifiedError):
                return None

    async def upload(self, name: str, data: AsyncIterable[bytes], *, limit: int) -> Listed:
        """Stream an original into the container, replacing one of that name; BadPhoto past `limit` bytes."""
        await self.ready()
        blob = self._photos.get_blob_client(name)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        async with translated("blob storage"):
            await blob.upload_blob(
                _at_most(data, limit), overwrite=True, content_settings=ContentSettings(content_type=kind)
            )
            found = await blob.get_blob_properties()
        return Listed(name, found.etag, found.size, found.last_modified)

    async def delete(self, name: str) -> None:
        """Delete an original; one that is gone already is fine."""
        await _delete(self._photos.get_blob_client(name))

    async def originals(self) -> AsyncIterator[Listed]:
        """Every original, in the order of names, page by page."""
        await self.ready()
        async with translated("blob storage"):
            async for each in self._photos.list_blobs():
                yield Listed(each.name, f'"{each.etag}"', each.size, each.last_modified)

    async def count(self) -> int:
        """How many originals there are; lists the container, 5,000 names a request."""
        return sum([1 async for _ in self.originals()])

    # -- what we make of them -------------------------------------------------------------

    async def write_pictures(self, id_: str, *, preview: bytes, thumbnail: bytes) -> None:
        """Keep the two derived JPEGs of a photo."""
        settings = ContentSettings(content_type="image/jpeg", cache_control="private, max-age=3600")
        async with translated("blob storage"):
            for size, data in (("preview", preview), ("thumbnail", thumbnail)):
                blob = self._derived.get_blob_client(f"{id_}/{size}.jpg")
                await blob.upload_blob(data, overwrite=True, content_settings=settings)

    async def read_preview(self, id_: str) -> bytes:
        """The JPEG the vision model saw; NotFound when there is none."""
        async with translated("blob storage"):
            return await (await self._derived.download_blob(f"{id_}/preview.jpg")).readall()

    async def delete_pictures(self, id_: str) -> None:
        for size in ("preview", "thumbnail"):
            await _delete(self._derived.get_blob_client(f"{id_}/{size}.jpg"))

    async def recall(self, digest: str, recipe: str) -> str | None:
        """The description paid for earlier for these bytes by this recipe, as it was kept."""
        async with translated("blob storage"):
            try:
                stream = await self._descriptions.download_blob(f"{digest}/{recipe}.json")
                return (await stream.readall()).decode()
            except ResourceNotFoundError:
                return None

    async def remember(self, digest: str, recipe: str, description: str) -> None:
        """Keep a description before anything else can fail: it is the paid part."""
        async with translated("blob storage"):
            await self._descriptions.upload_blob(f"{digest}/{recipe}.json", description.encode(), overwrite=True)

    async def forget(self, digest: str) -> None:
        """Drop every description of these bytes."""
        async with translated("blob storage"):
            names = [each.name async for each in self._descriptions.list_blobs(name_starts_with=f"{digest}/")]
        for name in names:
            await _delete(self._descriptions.get_blob_client(name))

    # -- links ----------------------------------------------------------------------------

    async def link(self, path: str, *, minutes: int) -> str:
        """A read-only link to an original that ends after `minutes`."""
        return await self._signed(self._photos.get_blob_client(path), minutes)

    async def picture_link(self, id_: str, size: str, *, minutes: int) -> str:
        """A read-only link to a derived picture: `preview` or `thumbnail`."""
        return await self._signed(self._derived.get_blob_client(f"{id_}/{size}.jpg"), minutes)

    async def _signed(self, blob: BlobClient, minutes: int) -> str:
        now = datetime.now(UTC)
        key = getattr(self._blobs.credential, "account_key", None)
        token = generate_blob_sas(
            account_name=str(blob.account_name),
            container_name=blob.container_name,
            blob_name=blob.blob_name,
            account_key=key,
            user_delegation_key=None if key else await self._delegation_key(now, minutes),
            permission=BlobSasPermissions(read=True),
            start=now - timedelta(minutes=5),
            expiry=now + timedelta(minutes=minutes),
        )
        return f"{blob.url}?{token}"

    async def _delegation_key(self, now: datetime, minutes: int) -> UserDelegationKey:
        """A key that outlives the link it signs; one serves for hours."""
        known = self._delegation
        if known and datetime.fromisoformat(str(known.signed_expiry)) > now + timedelta(minutes=minutes):
            return known
        async with translated("blob storage"):
            self._delegation = await self._blobs.get_user_delegation_key(
                now - timedelta(minutes=5), now + timedelta(minutes=minutes, hours=6)
            )
        return self._delegation

    # -- tickets and failures -------------------------------------------------------------

    async def send(self, ticket: Ticket, *, delay: float = 0) -> None:
        """Queue an attempt that becomes due after `delay` seconds, seven days at most."""
        await self.ready()
        async with translated("queue storage"):
            await self._tickets.send_message(
                ticket.encode(), visibility_timeout=int(min(delay, LONGEST_DELAY)), time_to_live=FOREVER
            )

    async def record(self, failure: Failure) -> None:
        """Write or replace the failure record of one photo."""
        await self.ready()
        async with translated("blob storage"):
            await self._failures.upload_blob(
                f"{failure.id}.json",
                failure.encode().encode(),
                overwrite=True,
                # The listing returns metadata, so all failures are read in one request a page.
                metadata={"record": quote(failure.encode())},
            )

    async def clear(self, id_: str) -> None:
        """Drop a failure record: the photo is searchable, or gone."""
        await _delete(self._failures.get_blob_client(f"{id_}.json"))

    async def failure(self, id_: str) -> Failure:
        """One failure record; NotFound when that photo is not failing."""
        async with translated("blob storage"):
            try:
                stream = await self._failures.download_blob(f"{id_}.json")
                return Failure.decode((await stream.readall()).decode())
            except ResourceNotFoundError:
                raise NotFound(f"no failure is recorded for {id_}", param="id") from None

    async def failures(self) -> AsyncIterator[Failure]:
        """Every failure record, in no particular order."""
        await self.ready()
        async with translated("blob storage"):
            async for each in self._failures.list_blobs(include=["metadata"]):
                yield Failure.decode(unquote(each.metadata["record"]))


async def _delete(blob: BlobClient) -> None:
    async with translated("blob storage"):
        try:
            await blob.delete_blob(delete_snapshots="include")
        except ResourceNotFoundError:
            return


async def _at_most(data: AsyncIterable[bytes], limit: int) -> AsyncIterator[bytes]:
    """Pass chunks on; past the limit the upload is broken off, so nothing is kept."""
    total = 0
    async for chunk in data:
        total += len(chunk)
        if total > limit:
            raise BadPhoto(f"the file is larger than the limit of {limit:,} bytes (MAX_PHOTO_BYTES)")
        yield chunk
