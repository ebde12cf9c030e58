"""
Finds new blobs: one task lists a container again and again, another queues what has no receipt yet.

    list -> match the path -> no receipt for this etag? -> pending
    pending -> room in the queue? -> message -> receipt

Every scan lists everything, so neither clocks nor two uploads within one second matter.
The pause between scans is as long as the last listing took, and at least a second: a large
container costs half of the emulator's time, and a backlog of any length delays no listing.

The real host queues at once whatever it finds, in the order of the listing. Here blobs wait while the app's
queues are long, which the emulator suffers from. Blobs with metadata, which tools that copy whole folders do
not write, are urgent: they hardly wait. Of the others the newest goes first.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from local.host.blob_trigger.blob_listing import ListedBlob, list_pages
from local.host.blob_trigger.path_pattern import BlobPathPattern
from local.host.blob_trigger.pending_blobs import PendingBlob, PendingBlobs
from local.host.blob_trigger.receipts import BlobReceipts
from local.host.blob_trigger.trigger_message import BlobTriggerMessage
from local.host.blob_trigger.trigger_queue import BlobTriggerQueue
from local.host.connections import StorageAccount
from local.host.storage_errors import repeat_until_success

log = logging.getLogger(__name__)

_MIN_PAUSE = 1.0
_MAX_PAUSE = 2.0  # after a page, however long it took
_MAX_PENDING = 10_000
_CHUNK_SIZE = 16


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


Discovery = tuple[ScanTarget, ListedBlob]
"""A function, and a version of a blob that it has not been triggered by."""


class ContainerScanner:
    """Scans one container of one account for all functions it triggers."""

    def __init__(self, account: StorageAccount, targets: list[ScanTarget], queue: BlobTriggerQueue) -> None:
        self._account = account
        self._targets = targets
        self._queue = queue
        self._container: ContainerClient = account.blobs.get_container_client(targets[0].path.container)
        self._prefix = _common_prefix([target.path.prefix for target in targets])
        self._pending = PendingBlobs[Discovery](_MAX_PENDING)
        self._container_missing = False

    @property
    def container_name(self) -> str:
        return str(self._container.container_name)

    async def run(self) -> None:
        """Scan and queue until cancelled."""
        await repeat_until_success(self._load_receipts, "reading receipts")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_scanning())
            tasks.create_task(self._keep_queueing())

    async def _load_receipts(self) -> None:
        for target in self._targets:
            await target.receipts.load()

    async def _keep_scanning(self) -> None:
        while True:
            await repeat_until_success(self._scan, f"listing '{self.container_name}'")
            await asyncio.sleep(_MIN_PAUSE)

    async def _keep_queueing(self) -> None:
        while True:
            await self._pending.wait()
            await repeat_until_success(self._queue_first, "queueing new blobs")

    async def _scan(self) -> None:
        """List the container once, half of the time: the emulator answers nobody else while it makes a page."""
        pages = list_pages(self._container, self._prefix, metadata=True)
        start = time.monotonic()
        while (page := await self._next_page(pages)) is not None:
            self._find_new(page)
            await asyncio.sleep(min(time.monotonic() - start, _MAX_PAUSE))
            start = time.monotonic()

    async def _next_page(self, pages: AsyncIterator[list[ListedBlob]]) -> list[ListedBlob] | None:
        """The next page; None after the last, and where there is no container."""
        with self._account.availability.watch("blob"):
            try:
                page = await anext(pages, None)
            except ResourceNotFoundError:
                self._set_container_missing(True)
                return None
            self._set_container_missing(False)
            return page

    def _find_new(self, page: list[ListedBlob]) -> None:
        for blob in page:
            for target in self._targets:
                if not target.needs(blob):
                    continue
                key = hash((target.function, blob.name, blob.etag))
                if key not in self._pending:
                    urgent = bool(blob.metadata_names)
                    self._pending.add(PendingBlob(key, urgent, _seconds(blob.last_modified), (target, blob)))

    async def _queue_first(self) -> None:
        for target in self._targets:
            await target.receipts.write_pending()
        await self._queue.wait_for_room(lambda: self._pending.has_urgent)
        chunk = self._pending.take(_CHUNK_SIZE)
        # Finish all before raising the first error: a blob that is half done would be queued twice.
        results = await asyncio.gather(*(self._enqueue(blob) for blob in chunk), return_exceptions=True)
        if errors := [result for result in results if isinstance(result, BaseException)]:
            raise errors[0]

    async def _enqueue(self, blob: PendingBlob[Discovery]) -> None:
        target, listed = blob.work
        container = target.path.container
        try:
            await self._queue.add(
                BlobTriggerMessage(target.function, listed.blob_type, container, listed.name, listed.etag)
            )
        except BaseException:
            self._pending.put_back(blob)
            raise
        try:
            await target.receipts.add(container, listed.name, listed.etag)
        finally:
            self._pending.settle(blob)

    def _set_container_missing(self, missing: bool) -> None:
        if missing and not self._container_missing:
            log.info("container '%s' does not exist yet, waiting for it", self.container_name)
        self._container_missing = missing


def _seconds(last_modified: str) -> float:
    """A time as storage writes it, in seconds since 1970; 0 if it cannot be read."""
    try:
        return parsedate_to_datetime(last_modified).timestamp()
    except ValueError:
        return 0.0


def _common_prefix(prefixes: list[str]) -> str:
    """The longest text that all prefixes begin with, so that the listing is no longer than necessary."""
    first, last = min(prefixes), max(prefixes)
    pairs = enumerate(zip(first, last, strict=False))
    return first[: next((index for index, (a, b) in pairs if a != b), len(first))]
