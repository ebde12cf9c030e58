"""
Finds new blobs: lists a container again and again and queues what has no receipt yet.

    list -> match the path -> no receipt for this etag? -> message -> receipt

Every pass lists everything, so neither clocks nor two uploads within one second
matter. Between passes lie at least two seconds and twice what the last one took:
a container of a hundred thousand blobs costs a tenth of a core, not a whole one.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from .blob_path import BlobPath
from .blob_queue import BlobEvent, BlobQueue
from .connections import Account
from .listing import Listed, list_pages
from .outages import OUTAGES
from .receipts import Receipts

log = logging.getLogger(__name__)

_PAUSE = 2.0
_REST = 2
_AT_ONCE = 16
_CHUNK = 64


@dataclass(frozen=True)
class Watch:
    """One function's interest in a container."""

    function: str
    path: BlobPath
    receipts: Receipts

    def wants(self, blob: Listed) -> bool:
        return self.path.match(blob.name) is not None and not self.receipts.has(
            self.path.container, blob.name, blob.etag
        )


class Discovery:
    """Watches one container of one account for all functions it triggers."""

    def __init__(self, account: Account, watches: list[Watch], queue: BlobQueue) -> None:
        self._account = account
        self._watches = watches
        self._queue = queue
        self._container: ContainerClient = account.blobs.get_container_client(watches[0].path.container)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._missing = False

    async def discover(self) -> None:
        """Scan until cancelled."""
        await self._persist(self._load)
        while True:
            began = time.monotonic()
            await self._persist(self._scan)
            await asyncio.sleep(max(_PAUSE, _REST * (time.monotonic() - began)))

    async def _load(self) -> None:
        for watch in self._watches:
            await watch.receipts.load()

    async def _scan(self) -> None:
        for watch in self._watches:
            await watch.receipts.catch_up()
        prefix = _common([watch.path.prefix for watch in self._watches])
        try:
            async for page in list_pages(self._container, prefix):
                found = [(watch, blob) for blob in page for watch in self._watches if watch.wants(blob)]
                for start in range(0, len(found), _CHUNK):
                    await self._queue.room()
                    await self._announce_all(found[start : start + _CHUNK])
        except ResourceNotFoundError:
            self._note_missing(True)
        else:
            self._note_missing(False)

    async def _announce_all(self, found: list[tuple[Watch, Listed]]) -> None:
        """All are tried before the first error is raised: one that is half done would be queued twice."""
        results = await asyncio.gather(*(self._announce(watch, blob) for watch, blob in found), return_exceptions=True)
        if errors := [result for result in results if isinstance(result, BaseException)]:
            raise errors[0]

    async def _announce(self, watch: Watch, blob: Listed) -> None:
        async with self._slots:
            container = watch.path.container
            await self._queue.add(BlobEvent(watch.function, blob.blob_type, container, blob.name, blob.etag))
            await watch.receipts.add(container, blob.name, blob.etag)

    async def _persist(self, step: Callable[[], Awaitable[None]]) -> None:
        pause = _PAUSE / 2
        while True:
            try:
                await step()
                self._account.outages.answered("blobs")
                return
            except* OUTAGES as errors:
                self._account.outages.failed("blobs", errors.exceptions[0])
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10)

    def _note_missing(self, missing: bool) -> None:
        if missing and not self._missing:
            log.info("container '%s' does not exist yet, waiting for it", self._container.container_name)
        self._missing = missing


def _common(prefixes: list[str]) -> str:
    """The longest text all prefixes begin with: the listing need not be longer than that."""
    first, last = min(prefixes), max(prefixes)
    return first[: next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]
