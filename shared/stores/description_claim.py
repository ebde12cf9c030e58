"""
A claim on a description: its blob, while that is empty. Its worker writes it anew every few seconds.

The etag says that the claim is still its worker's, whose name in the metadata tells a write whose answer was lost from
another worker's. A claim that was not written for half a minute, by storage's clock, was left by a worker that died:
the next one takes over. While the last release has a lease on a blob, storage refuses others.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError
from azure.storage.blob.aio import BlobClient

from shared.service_clock import ServiceClock
from shared.storage_resources import ResourceGone, StorageResources, ignore_missing, is_gone

log = logging.getLogger(__name__)

LASTS = 30.0  # seconds that a claim outlives a worker that dies
RENEWED = 10.0  # seconds after which its worker writes it again
WORKER = "worker"  # a blob's metadata key


@dataclass
class Claim:
    """The answer to a claim: the `description` if there is one, or it is `ours` to make, or else another makes it."""

    blob: BlobClient
    resources: StorageResources
    clock: ServiceClock
    description: str | None = None
    etag: str = ""  # of the blob, while the claim is ours
    worker: str = field(default_factory=lambda: uuid.uuid4().hex)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # of writes, as each needs the etag of the one before
    _renewal: "asyncio.Task[None] | None" = None
    _is_over: bool = False

    @property
    def ours(self) -> bool:
        return bool(self.etag)

    async def make(self, is_readable: Callable[[str], bool]) -> None:
        """Find the description, or claim it unless another worker has."""
        try:
            self.etag = await self._write(b"", "")
        except ResourceExistsError:
            with ignore_conflicts():  # another worker just gave it up, or finished it: the next claim will tell
                await self._read_or_take_over(is_readable)
        if self.ours:
            self._renewal = asyncio.create_task(self._renew())

    async def keep(self, description: str) -> None:
        """Store the description at once, before anything else can fail: it was paid for."""
        async with self._lock:
            try:
                await self._store(description)
            except ResourceGone:
                self.etag = ""
                await self._store(description)
            self.description = description

    async def release(self) -> None:
        """Let others make it, unless it was kept."""
        self._is_over = True  # even if this is cancelled while a renewal has the lock
        async with self._lock:
            if self._renewal:
                self._renewal.cancel()
            if self.ours and self.description is None:
                with suppress(AzureError):  # it expires by itself
                    await self.blob.delete_blob(**if_match(self.etag))

    async def _read_or_take_over(self, is_readable: Callable[[str], bool]) -> None:
        """
        What the blob holds, or the claim where that is nothing that counts.

        An empty blob is not downloaded: the SDK asks for it twice, takes what the second response holds
        for nothing, and returns the etag of that one. Finished in between, it would be paid for again.
        """
        there = await self.blob.get_blob_properties(raw_response_hook=self.clock.read)
        if there.size:
            stream = await self.blob.download_blob(**if_match(there.etag))
            text = (await stream.readall()).decode(errors="replace")
            if is_readable(text):
                self.description = text
                return
        elif self._is_own(there.metadata):  # the answer was lost that said so
            self.etag = there.etag
            return
        elif is_held(there.last_modified, self.clock):
            return
        self.etag = await self._write(b"", there.etag)

    async def _renew(self) -> None:
        """Write the claim again and again, until it is kept or released."""
        while True:
            await asyncio.sleep(RENEWED)
            async with self._lock:
                if self._is_over or self.description is not None:
                    return
                with suppress(AzureError):  # a short outage is no reason to stop
                    try:
                        self.etag = await self._write(b"", self.etag)
                    except HttpResponseError as error:
                        if not is_conflict(error):
                            raise
                        self.etag = await self._own_etag() or self.etag

    async def _store(self, description: str) -> None:
        """Write over our claim, or where there is none any more; what another worker makes or has made stays."""
        async with self.resources.calls():
            for _ in range(2):
                try:
                    self.etag = await self._write(description.encode(), self.etag)
                except HttpResponseError as error:
                    if not is_conflict(error):
                        raise
                    etag = await self._own_etag()
                    if etag is None:
                        return
                    self.etag = etag
                else:
                    return
        log.warning("could not store %s, which was paid for: others changed it meanwhile", self.blob.blob_name)

    async def _own_etag(self) -> str | None:
        """The etag of our claim as it is now, "" if the blob is gone, and None if it is another worker's."""
        with ignore_missing():
            there = await self.blob.get_blob_properties()
            return there.etag if self._is_own(there.metadata) and not there.size else None
        return ""

    async def _write(self, content: bytes, etag: str) -> str:
        """Write over the version with this etag, or where there is no blob, and return the new etag."""
        condition = {"overwrite": True, **if_match(etag)} if etag else {"overwrite": False}
        metadata = {} if content else {WORKER: self.worker}
        return str((await self.blob.upload_blob(content, metadata=metadata, **condition))["etag"])

    def _is_own(self, metadata: Mapping[str, str] | None) -> bool:
        return {key.lower(): value for key, value in (metadata or {}).items()}.get(WORKER) == self.worker


def is_held(written: datetime, clock: ServiceClock) -> bool:
    """Whether the worker of a claim that was written then is alive."""
    return clock.now() - written <= timedelta(seconds=LASTS)


def if_match(etag: str) -> dict[str, Any]:
    """The condition that a blob has this etag, which listings give without its quotes."""
    return {"etag": f'"{etag.strip(chr(34))}"', "match_condition": MatchConditions.IfNotModified}


def is_conflict(error: HttpResponseError) -> bool:
    """Whether another worker has claimed, changed or deleted the blob."""
    return error.status_code in {404, 409, 412} and not is_gone(error)


@contextmanager
def ignore_conflicts() -> Iterator[None]:
    """Ignore refusals that mean so."""
    try:
        yield
    except HttpResponseError as error:
        if not is_conflict(error):
            raise
