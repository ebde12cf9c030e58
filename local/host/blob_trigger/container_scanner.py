"""
Finds new blobs: lists a container again and again and queues what has no receipt yet.

    list -> match the path -> no receipt for this etag? -> message -> receipt

Every scan lists everything, so neither clocks nor two uploads within one second
matter. The pause between scans is at least two seconds and twice what the last one
took: a container of a hundred thousand blobs costs a tenth of a core, not a whole one.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from local.host.blob_trigger.blob_listing import ListedBlob, list_pages
from local.host.blob_trigger.path_pattern import BlobPathPattern
from local.host.blob_trigger.receipts import BlobReceipts
from local.host.blob_trigger.trigger_message import BlobTriggerMessage
from local.host.blob_trigger.trigger_queue import BlobTriggerQueue
from local.host.connections import StorageAccount
from local.host.storage_errors import STORAGE_ERRORS

log = logging.getLogger(__name__)

_MIN_PAUSE = 2.0
_PAUSE_PER_SCAN_SECOND = 2
_MAX_PARALLEL_WRITES = 16
_CHUNK_SIZE = 64


@dataclass(frozen=True)
class ScanTarget:
    """A function to trigger, and the blobs of the container it is for."""

    function: str
    path: BlobPathPattern
    receipts: BlobReceipts

    def needs(self, blob: ListedBlob) -> bool:
        return self.path.match(blob.name) is not None and not self.receipts.has(
            self.path.container, blob.name, blob.etag
        )


class ContainerScanner:
    """Scans one container of one account for all functions it triggers."""

    def __init__(self, account: StorageAccount, targets: list[ScanTarget], queue: BlobTriggerQueue) -> None:
        self._account = account
        self._targets = targets
        self._queue = queue
        self._container: ContainerClient = account.blobs.get_container_client(targets[0].path.container)
        self._write_slots = asyncio.Semaphore(_MAX_PARALLEL_WRITES)
        self._container_missing = False

    async def run(self) -> None:
        """Scan until cancelled."""
        await self._retry_during_outage(self._load_receipts)
        while True:
            start = time.monotonic()
            await self._retry_during_outage(self._scan)
            await asyncio.sleep(max(_MIN_PAUSE, _PAUSE_PER_SCAN_SECOND * (time.monotonic() - start)))

    async def _load_receipts(self) -> None:
        for target in self._targets:
            await target.receipts.load()

    async def _scan(self) -> None:
        for target in self._targets:
            await target.receipts.write_pending()
        prefix = _common_prefix([target.path.prefix for target in self._targets])
        try:
            async for page in list_pages(self._container, prefix):
                new = [(target, blob) for blob in page for target in self._targets if target.needs(blob)]
                for start in range(0, len(new), _CHUNK_SIZE):
                    await self._queue.wait_until_short()
                    await self._enqueue_all(new[start : start + _CHUNK_SIZE])
        except ResourceNotFoundError:
            self._set_container_missing(True)
        else:
            self._set_container_missing(False)

    async def _enqueue_all(self, new: list[tuple[ScanTarget, ListedBlob]]) -> None:
        """Finish all before raising the first error: a blob that is half done would be queued twice."""
        results = await asyncio.gather(*(self._enqueue(target, blob) for target, blob in new), return_exceptions=True)
        if errors := [result for result in results if isinstance(result, BaseException)]:
            raise errors[0]

    async def _enqueue(self, target: ScanTarget, blob: ListedBlob) -> None:
        async with self._write_slots:
            container = target.path.container
            message = BlobTriggerMessage(target.function, blob.blob_type, container, blob.name, blob.etag)
            await self._queue.add(message)
            await target.receipts.add(container, blob.name, blob.etag)

    async def _retry_during_outage(self, step: Callable[[], Awaitable[None]]) -> None:
        pause = _MIN_PAUSE / 2
        while True:
            try:
                await step()
                self._account.availability.record_success("blob")
                return
            except* STORAGE_ERRORS as errors:
                self._account.availability.record_failure("blob", errors.exceptions[0])
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10)

    def _set_container_missing(self, missing: bool) -> None:
        if missing and not self._container_missing:
            log.info("container '%s' does not exist yet, waiting for it", self._container.container_name)
        self._container_missing = missing


def _common_prefix(prefixes: list[str]) -> str:
    """The longest text that all prefixes begin with, so that the listing is no longer than necessary."""
    first, last = min(prefixes), max(prefixes)
    pairs = enumerate(zip(first, last, strict=False))
    return first[: next((index for index, (a, b) in pairs if a != b), len(first))]
