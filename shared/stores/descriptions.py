"""
Descriptions that were paid for: one blob for each content and recipe.

While a worker makes a description, the blob is empty and the worker holds a lease on it.
So looking it up, claiming it and storing it all concern one blob, and no two workers pay
for the same description. A worker that dies loses its lease within half a minute; the
next one takes over.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
)
from azure.storage.blob.aio import BlobClient, BlobLeaseClient, BlobServiceClient

from shared.photo import utc
from shared.storage_resources import ResourceGone, StorageResources, ignore_missing, is_gone

SERVICE = "blob storage"
CONTAINER = "photo-descriptions"
DESCRIPTION_NAME = re.compile(r"([0-9a-f]{64})/[^/]+\.json")
UNUSED_SINCE = "unused_since"  # a blob's metadata key
LEASE = 30  # seconds that a claim outlives a worker that dies


@dataclass
class Claim:
    """The answer to a claim: the `description` if there is one, or it is `ours` to make, or else another makes it."""

    blob: BlobClient
    resources: StorageResources
    description: str | None = None
    lease: BlobLeaseClient | None = None

    @property
    def ours(self) -> bool:
        return self.lease is not None

    async def keep(self, description: str) -> None:
        """Store the description at once, before anything else can fail: it was paid for."""
        try:
            await self._write(description, self.lease)
        except ResourceGone:
            await self._write(description, None)
        self.description = description

    async def _write(self, description: str, lease: BlobLeaseClient | None) -> None:
        async with self.resources.calls():
            with _ignore_conflicts():  # the lease was lost: the other worker stores its own
                await self.blob.upload_blob(description.encode(), overwrite=True, lease=lease)


@dataclass(frozen=True)
class KeptDescription:
    """A description as the container lists it; `unused_since` is when it was first seen that no photo uses it."""

    name: str
    digest: str
    unused_since: datetime | None


@dataclass(frozen=True)
class StoredDescription:
    """What one recipe made of some bytes, as JSON, and when."""

    recipe: str
    text: str
    at: str


class Descriptions(StorageResources):
    """The store of descriptions. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__(SERVICE, self._container)

    @asynccontextmanager
    async def claim(
        self, digest: str, recipe: str, *, is_readable: Callable[[str], bool] = bool
    ) -> AsyncIterator[Claim]:
        """
        Claim the description of these bytes by this recipe; if it is ours to make, it stays so within the block.

        One that is not readable, because it was cut or written over, is as good as none.
        """
        claim = Claim(self._container.get_blob_client(f"{digest}/{recipe}.json"), self)
        async with self.calls():
            await _read_or_lease(claim, is_readable)
        if not claim.ours:
            yield claim
            return
        renewal = asyncio.create_task(_keep_lease(claim))
        try:
            yield claim
        finally:
            renewal.cancel()
            await _release(claim)

    async def read(self, digest: str, recipe: str) -> str | None:
        """The description of these bytes by this recipe; None if there is none, and "" while a worker makes it."""
        async with self.calls():
            with ignore_missing():
                stream = await self._container.download_blob(f"{digest}/{recipe}.json")
                return (await stream.readall()).decode(errors="replace")
        return None

    async def forget(self, digest: str) -> None:
        """Delete every description of these bytes, except those that a worker is making."""
        async with self.calls():
            async for each in self._container.list_blobs(name_starts_with=f"{digest}/"):
                with _ignore_conflicts():
                    await self._container.get_blob_client(each.name).delete_blob()

    async def all(self) -> AsyncIterator[KeptDescription]:
        """Every description, in the order of digests; other blobs in the container are left out."""
        async with self.calls():
            async for each in self._container.list_blobs(include=["metadata"]):
                if digest := DESCRIPTION_NAME.fullmatch(each.name):
                    yield KeptDescription(each.name, digest[1], moment_of_mark((each.metadata or {}).get(UNUSED_SINCE)))

    async def of(self, digest: str) -> list[StoredDescription]:
        """Every description of these bytes, the latest first."""
        stored = list[StoredDescription]()
        async with self.calls():
            async for each in self._container.list_blobs(name_starts_with=f"{digest}/"):
                with ignore_missing():
                    text = await (await self._container.download_blob(each.name)).readall()
                    recipe = each.name.partition("/")[2].removesuffix(".json")
                    stored.append(StoredDescription(recipe, text.decode(errors="replace"), utc(each.last_modified)))
        return sorted((each for each in stored if each.text), key=lambda each: each.at, reverse=True)

    async def mark(self, name: str, *, unused_since: datetime | None) -> None:
        """Note since when no photo uses a description, or that one does."""
        async with self.calls():
            with _ignore_conflicts():
                metadata = {UNUSED_SINCE: utc(unused_since)} if unused_since else {}
                await self._container.get_blob_client(name).set_blob_metadata(metadata)

    async def delete(self, name: str) -> None:
        """Delete one description, unless a worker is making it."""
        async with self.calls():
            with _ignore_conflicts():
                await self._container.get_blob_client(name).delete_blob()


def moment_of_mark(text: str | None) -> datetime | None:
    """The moment in a blob's metadata; None where there is none, or nothing that the app has written."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


@contextmanager
def _ignore_conflicts() -> Iterator[None]:
    """Ignore refusals that mean another worker leased, changed or deleted the blob."""
    try:
        yield
    except HttpResponseError as error:
        if error.status_code not in {404, 409, 412} or is_gone(error):
            raise


async def _read_or_lease(claim: Claim, is_readable: Callable[[str], bool]) -> None:
    """Fill in the claim. The etag ensures that nobody stored a description between our read and our lease."""
    try:
        etag = (await claim.blob.upload_blob(b"", overwrite=False))["etag"]
    except ResourceExistsError:
        etag = ""
        with ignore_missing(ResourceModifiedError):
            claim.description, etag = await _read(claim.blob)
        if not etag:  # another worker just gave it up, or finished it
            return
    if claim.description is not None and not is_readable(claim.description):
        claim.description = None
    if claim.description is None:
        # If another worker leased, finished or gave up this one, the next claim will tell.
        with _ignore_conflicts():
            claim.lease = await claim.blob.acquire_lease(
                LEASE, etag=etag, match_condition=MatchConditions.IfNotModified
            )


async def _read(blob: BlobClient) -> tuple[str | None, str]:
    """
    The description and the etag it was read at; None while another worker makes it.

    An empty blob is not downloaded: the SDK asks for it twice, takes what the second response holds
    for nothing, and returns the etag of that one. Finished in between, it would be paid for again.
    """
    properties = await blob.get_blob_properties()
    if not properties.size:
        return None, properties.etag
    stream = await blob.download_blob(etag=properties.etag, match_condition=MatchConditions.IfNotModified)
    return (await stream.readall()).decode(errors="replace"), properties.etag


async def _release(claim: Claim) -> None:
    """Release the lease; if there is still no description, delete the empty blob."""
    assert claim.lease
    with suppress(AzureError):  # the lease expires by itself, and another worker takes the empty blob over
        if claim.description is None:
            await claim.blob.delete_blob(lease=claim.lease)
        else:
            await claim.lease.release()


async def _keep_lease(claim: Claim) -> None:
    """Renew the lease again and again, until cancelled."""
    assert claim.lease
    while True:
        await asyncio.sleep(LEASE / 3)
        with suppress(AzureError):  # a short outage is no reason to stop
            await claim.lease.renew()
