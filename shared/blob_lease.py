"""A lease on a blob, held for a block of code: it outlives a process that is killed by half a minute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobClient, BlobLeaseClient

from shared.storage_resources import StorageResources, is_gone

LEASE = 30  # seconds that a lease outlives a worker that dies


@asynccontextmanager
async def leased(blob: BlobClient, resources: StorageResources) -> AsyncIterator[BlobLeaseClient | None]:
    """The lease on a blob, which is created empty if it is not there; None while another worker holds it."""
    async with resources.calls():
        lease = await _acquire(blob)
    if lease is None:
        yield None
        return
    renewal = asyncio.create_task(_renew(lease))
    try:
        yield lease
    finally:
        renewal.cancel()
        with suppress(AzureError):  # it expires by itself
            await lease.release()


async def _acquire(blob: BlobClient) -> BlobLeaseClient | None:
    try:
        return await _try_to_acquire(blob)
    except ResourceNotFoundError as error:
        if is_gone(error):
            raise
    with suppress(ResourceExistsError):  # somebody else was faster
        await blob.upload_blob(b"", overwrite=False)
    return await _try_to_acquire(blob)


async def _try_to_acquire(blob: BlobClient) -> BlobLeaseClient | None:
    try:
        return await blob.acquire_lease(LEASE)
    except HttpResponseError as error:
        if error.status_code != 409:
            raise
        return None


async def _renew(lease: BlobLeaseClient) -> None:
    """Renew the lease again and again, until cancelled."""
    while True:
        await asyncio.sleep(LEASE / 3)
        with suppress(AzureError):  # a short outage is no reason to stop
            await lease.renew()
