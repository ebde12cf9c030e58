"""
Which blob versions are already queued: empty blobs in azure-webjobs-hosts, as the real host writes them.

    blobreceipts/{host id}/{function id}/{etag}/{container}/{blob name}
"""

import hashlib
import logging

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from .connections import Account
from .listing import list_pages

log = logging.getLogger(__name__)

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
        self._unwritten: set[str] = set()

    async def load(self) -> None:
        """Read all receipts; incomplete ones do not count, their blobs are queued again."""
        known: set[int] = set()
        try:
            async for page in list_pages(self._container, self._prefix, metadata=True):
                known |= {hash(blob.name) for blob in page if "Incomplete" not in blob.metadata}
        except ResourceNotFoundError:
            await create_container(self._container)
        self._known = known

    def has(self, container: str, name: str, etag: str) -> bool:
        return hash(self._name(container, name, etag)) in self._known

    async def add(self, container: str, name: str, etag: str) -> None:
        """Written after the message: a crash in between queues the blob twice, never not at all."""
        receipt = self._name(container, name, etag)
        # Known even before storage has it, or every pass would queue the blob again.
        self._known.add(hash(receipt))
        self._unwritten.add(receipt)
        await self._write(receipt)

    async def catch_up(self) -> None:
        """Write what storage did not take when it was due."""
        for receipt in list(self._unwritten):
            await self._write(receipt)

    async def _write(self, receipt: str) -> None:
        try:
            await self._container.upload_blob(receipt, b"", overwrite=True)
        except ResourceNotFoundError:
            await create_container(self._container)
            await self._container.upload_blob(receipt, b"", overwrite=True)
        except HttpResponseError as error:
            if error.status_code is None or error.status_code >= 500:
                raise
            log.warning("storage refuses the receipt %s, a restart will run it again: %s", receipt, error)
        self._unwritten.discard(receipt)

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
