"""
Descriptions that were paid for, one blob for each content and recipe.

The blob is empty while a worker makes the description, who holds a lease on it: so the
look, the claim and the place where it will be kept are one thing, and no two pay for the
same. A worker that dies loses its lease within half a minute, and the next takes over.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.storage.blob.aio import BlobClient, BlobLeaseClient, BlobServiceClient

from shared.azure_errors import translated_errors
from shared.once import Once

SERVICE = "blob storage"
CONTAINER = "photo-descriptions"
LEASE = 30  # seconds a claim outlives the worker that made it


@dataclass
class Claim:
    """What became of asking for a description: it is `kept`, or it is `ours` to make, or another is making it."""

    blob: BlobClient
    kept: str | None = None
    lease: BlobLeaseClient | None = None

    @property
    def ours(self) -> bool:
        return self.lease is not None

    async def keep(self, description: str) -> None:
        """Keep what was made, before anything else can fail: it is the paid part."""
        async with translated_errors(SERVICE):
            with _unless_another_has_it():  # a lease that was lost: the other one keeps theirs
                await self.blob.upload_blob(description.encode(), overwrite=True, lease=self.lease)
        self.kept = description


class Descriptions:
    """Create it once; `ready()` makes the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._kept = blobs.get_container_client(CONTAINER)
        self._once = Once()

    async def ready(self) -> None:
        """Create the container if it is missing, once."""
        await self._once(self._create)

    async def _create(self) -> None:
        async with translated_errors(SERVICE):
            with suppress(ResourceExistsError):
                await self._kept.create_container()

    @asynccontextmanager
    async def claim(self, digest: str, recipe: str) -> AsyncIterator[Claim]:
        """Ask for the description of these bytes by this recipe; it is ours to make for the length of the block."""
        await self.ready()
        claim = Claim(self._kept.get_blob_client(f"{digest}/{recipe}.json"))
        async with translated_errors(SERVICE):
            await _take(claim)
        if not claim.ours:
            yield claim
            return
        renewing = asyncio.create_task(_renewed(claim))
        try:
            yield claim
        finally:
            renewing.cancel()
            await _let_go(claim)

    async def forget(self, digest: str) -> None:
        """Drop every description of these bytes; one that is being made is left to who makes it."""
        await self.ready()
        async with translated_errors(SERVICE):
            async for each in self._kept.list_blobs(name_starts_with=f"{digest}/"):
                with _unless_another_has_it():
                    await self._kept.get_blob_client(each.name).delete_blob()


@contextmanager
def _unless_another_has_it() -> Iterator[None]:
    """Pass over what storage refuses because another worker leased, changed or deleted the blob."""
    try:
        yield
    except HttpResponseError as error:
        if error.status_code not in {404, 409, 412}:
            raise


async def _take(claim: Claim) -> None:
    """Fill in the claim. The etag makes sure that nobody finished between our look and our lease."""
    try:
        etag = (await claim.blob.upload_blob(b"", overwrite=False))["etag"]
    except ResourceExistsError:
        try:
            stream = await claim.blob.download_blob()
            claim.kept, etag = (await stream.readall()).decode() or None, stream.properties.etag
        except ResourceNotFoundError:  # just given up by another
            return
    if claim.kept is None:
        # Held by another, finished by another, or given up by another: the next look will tell.
        with _unless_another_has_it():
            claim.lease = await claim.blob.acquire_lease(
                LEASE, etag=etag, match_condition=MatchConditions.IfNotModified
            )


async def _let_go(claim: Claim) -> None:
    """Give the lease back; where nothing came of it, the empty blob goes too."""
    assert claim.lease
    with suppress(AzureError):  # the lease runs out by itself, and the empty blob is taken over
        if claim.kept is None:
            await claim.blob.delete_blob(lease=claim.lease)
        else:
            await claim.lease.release()


async def _renewed(claim: Claim) -> None:
    assert claim.lease
    while True:
        await asyncio.sleep(LEASE / 3)
        with suppress(AzureError):  # a moment's outage is no reason to stop
            await claim.lease.renew()
