"""
Which blob versions are already queued: empty blobs in azure-webjobs-hosts, as the real host writes them.

    blobreceipts/{host id}/{function id}/{etag}/{container}/{blob name}
"""

import hashlib
import logging

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from local.host.blob_trigger.blob_listing import list_pages
from local.host.connections import StorageAccount
from local.host.storage_errors import is_refusal
from local.host.storage_operations import HOSTS_CONTAINER, create_container

log = logging.getLogger(__name__)

_MAX_NAME_LENGTH = 1024


class BlobReceipts:
    """
    The receipts of one function, read once and then kept in memory.

    Memory holds one 64-bit hash per receipt. Two of a million receipts share a
    hash once in 40 million starts, and the next start uses another seed.
    """

    def __init__(self, host_storage: StorageAccount, host_id: str, function_id: str) -> None:
        self._availability = host_storage.availability
        self._container: ContainerClient = host_storage.blobs.get_container_client(HOSTS_CONTAINER)
        self._prefix = f"blobreceipts/{host_id}/{function_id}/"
        self._hashes: set[int] = set()
        self._unwritten: set[str] = set()

    async def load(self) -> None:
        """Read all receipts; incomplete ones do not count, so their blobs are queued again."""
        with self._availability.watch("blob"):
            try:
                self._hashes = await self._read_all()
            except ResourceNotFoundError:
                await create_container(self._container)
                # Read them all the same: half a listing would have every other blob queued again.
                self._hashes = await self._read_all()

    async def _read_all(self) -> set[int]:
        hashes: set[int] = set()
        async for page in list_pages(self._container, self._prefix, metadata=True):
            hashes |= {hash(blob.name) for blob in page if "Incomplete" not in blob.metadata_names}
        return hashes

    def has(self, container: str, name: str, etag: str) -> bool:
        return hash(self._receipt_name(container, name, etag)) in self._hashes

    async def add(self, container: str, name: str, etag: str) -> None:
        """Call this after queueing: a crash in between queues the blob twice instead of never."""
        receipt = self._receipt_name(container, name, etag)
        # It counts even before storage has it, or every scan would queue the blob again.
        self._hashes.add(hash(receipt))
        self._unwritten.add(receipt)
        await self._write(receipt)

    async def write_pending(self) -> None:
        """Write the receipts that storage did not accept at first."""
        for receipt in list(self._unwritten):
            await self._write(receipt)

    async def _write(self, receipt: str) -> None:
        with self._availability.watch("blob"):
            try:
                await self._upload(receipt)
            except HttpResponseError as error:
                if not is_refusal(error):
                    raise
                log.warning("storage refuses the receipt %s, so a restart will run it again: %s", receipt, error)
        self._unwritten.discard(receipt)

    async def _upload(self, receipt: str) -> None:
        try:
            await self._container.upload_blob(receipt, b"", overwrite=True)
        except ResourceNotFoundError:
            await create_container(self._container)
            await self._container.upload_blob(receipt, b"", overwrite=True)

    def _receipt_name(self, container: str, name: str, etag: str) -> str:
        receipt = f"{self._prefix}{etag}/{container}/{name}"
        if len(receipt) <= _MAX_NAME_LENGTH:
            return receipt
        return f"{self._prefix}{etag}/{container}/{hashlib.sha256(name.encode()).hexdigest()}"
