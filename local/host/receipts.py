"""
Which blob versions are already queued: empty blobs in azure-webjobs-hosts, as the real host writes them.

    blobreceipts/{host id}/{function id}/{etag}/{container}/{blob name}
"""

import hashlib

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from .connections import Account

HOSTS_CONTAINER = "azure-webjobs-hosts"
_LONGEST_NAME = 1024


class Receipts:
    """
    The receipts of one function, read once and then kept in memory.

    Memory holds one 64-bit hash per receipt. Two of a million receipts share a
    hash once in 40 million starts, and with another seed at the next start.
    """

    def __init__(self, host_storage: Account, host_id: str, function_id: str) -> None:
        self._container: ContainerClient = host_storage.blobs.get_container_client(HOSTS_CONTAINER)
        self._prefix = f"blobreceipts/{host_id}/{function_id}/"
        self._known: set[int] = set()

    async def load(self) -> None:
        """Read all receipts; incomplete ones do not count, their blobs are queued again."""
        known = set()
        try:
            async for blob in self._container.list_blobs(self._prefix, include=["metadata"]):
                if "Incomplete" not in (blob.metadata or {}):
                    known.add(hash(blob.name))
        except ResourceNotFoundError:
            await create_container(self._container)
        self._known = known

    def has(self, container: str, name: str, etag: str) -> bool:
        return hash(self._name(container, name, etag)) in self._known

    async def add(self, container: str, name: str, etag: str) -> None:
        """Written after the message: a crash in between queues the blob twice, never not at all."""
        receipt = self._name(container, name, etag)
        try:
            await self._container.upload_blob(receipt, b"", overwrite=True)
        except ResourceNotFoundError:
            await create_container(self._container)
            await self._container.upload_blob(receipt, b"", overwrite=True)
        self._known.add(hash(receipt))

    def _name(self, container: str, name: str, etag: str) -> str:
        receipt = f"{self._prefix}{etag}/{container}/{name}"
        if len(receipt) <= _LONGEST_NAME:
            return receipt
        return f"{self._prefix}{etag}/{container}/{hashlib.sha256(name.encode()).hexdigest()}"


async def create_container(container: ContainerClient) -> None:
    try:
        await container.create_container()
    except ResourceExistsError:
        return
