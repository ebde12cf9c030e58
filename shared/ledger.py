"""What is under way: tickets, failure records, and what was spent today."""

import asyncio
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob.aio import BlobClient, BlobServiceClient
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueServiceClient

from shared.azure import translated
from shared.errors import NotFound
from shared.once import Once
from shared.ticket import Failure, Ticket

SERVICE = "blob storage"
TICKETS = "photo-tickets"
DELETED = "photo-deleted"
FAILURES = "photo-failures"
SPENDING = "photo-spending"
FOREVER = -1
LONGEST_DELAY = 7 * 24 * 3600  # seconds, by the rules of queue storage


@dataclass(frozen=True)
class Spent:
    """The captions paid for in one day (UTC) by all instances together, and their tokens."""

    captions: int = 0
    tokens: int = 0


class Ledger:
    """The books of ingestion, in the photo account. Create it once; `ready()` makes what it needs."""

    def __init__(self, blobs: BlobServiceClient, queues: QueueServiceClient) -> None:
        encoded = {"message_encode_policy": TextBase64EncodePolicy()}
        self._tickets = queues.get_queue_client(TICKETS, **encoded)
        self._deleted = queues.get_queue_client(DELETED, **encoded)
        self._failures = blobs.get_container_client(FAILURES)
        self._spending = blobs.get_container_client(SPENDING)
        self._spender = asyncio.Lock()
        self._pages: dict[date, tuple[Spent, str | None]] = {}
        self._once = Once()

    async def ready(self) -> None:
        """Create the containers and queues that are missing, once."""
        await self._once(self._create)

    async def _create(self) -> None:
        async with translated(SERVICE):
            for container in (self._failures, self._spending):
                with suppress(ResourceExistsError):
                    await container.create_container()
            for queue in (self._tickets, self._deleted):
                with suppress(ResourceExistsError):
                    await queue.create_queue()

    async def check(self) -> None:
        """Raise Outage when queues cannot be reached."""
        await self.ready()
        async with translated("queue storage"):
            await self._tickets.get_queue_properties(timeout=3)

    # -- tickets --------------------------------------------------------------------------

    async def send(self, ticket: Ticket, *, delay: float = 0) -> None:
        """Queue an attempt that becomes due after `delay` seconds, seven days at most."""
        await self.ready()
        async with translated("queue storage"):
            await self._tickets.send_message(
                ticket.encode(), visibility_timeout=int(min(delay, LONGEST_DELAY)), time_to_live=FOREVER
            )

    async def queued(self) -> int:
        """About how many tickets there are, those not yet due included."""
        await self.ready()
        async with translated("queue storage"):
            return int((await self._tickets.get_queue_properties()).approximate_message_count or 0)

    # -- failures -------------------------------------------------------------------------

    async def record(self, failure: Failure) -> None:
        """Write or replace the failure record of one photo."""
        await self.ready()
        text = failure.encode()
        async with translated(SERVICE):
            # The listing returns metadata, so all failures are read in one request a page.
            metadata = {"record": _packed(text)}
            await self._record(failure.id).upload_blob(text.encode(), overwrite=True, metadata=metadata)

    async def clear(self, id_: str) -> None:
        """Drop a failure record: the photo is searchable, or gone."""
        async with translated(SERVICE):
            with suppress(ResourceNotFoundError):
                await self._record(id_).delete_blob()

    async def failure(self, id_: str) -> Failure:
        """One failure record; NotFound when that photo is not failing."""
        async with translated(SERVICE):
            try:
                return Failure.decode(await _text(self._record(id_)))
            except ResourceNotFoundError:
                raise NotFound(f"no failure is recorded for {id_}", param="id") from None

    async def failures(self) -> AsyncIterator[Failure]:
        """Every failure record, in no particular order."""
        await self.ready()
        async with translated(SERVICE):
            async for each in self._failures.list_blobs(include=["metadata"]):
                yield Failure.decode(_unpacked(each.metadata["record"]))

    def _record(self, id_: str) -> BlobClient:
        return self._failures.get_blob_client(f"{id_}.json")

    # -- spending -------------------------------------------------------------------------

    async def spent(self, day: date) -> Spent:
        """What was spent on a day."""
        await self.ready()
        async with translated(SERVICE):
            return (await self._page(day))[0]

    async def spend(self, day: date, *, captions: int = 0, tokens: int = 0, cap: int = 0) -> bool:
        """Write down what was spent; False, and nothing written, where that would pass the cap (0: none)."""
        await self.ready()
        more = Spent(captions, tokens)
        async with self._spender, translated(SERVICE):
            # What our last write left will do, unless another instance wrote since: then the page is read again.
            if (page := self._pages.get(day)) and await self._write(day, more, cap, *page):
                return True
            while True:
                known, etag = await self._page(day)
                if cap and known.captions + captions > cap:
                    return False
                if await self._write(day, more, cap, known, etag):
                    return True

    async def _write(self, day: date, more: Spent, cap: int, known: Spent, etag: str | None) -> bool:
        """Whether a page that stood at `known` could be brought up to date within the cap."""
        total = Spent(known.captions + more.captions, known.tokens + more.tokens)
        if cap and total.captions > cap:
            return False
        try:
            page = self._spending.get_blob_client(f"{day}.json")
            kept = await page.upload_blob(json.dumps(asdict(total)), **_unless_changed(etag))
        except (ResourceModifiedError, ResourceExistsError):
            return False
        self._pages = {day: (total, kept["etag"])}
        return True

    async def _page(self, day: date) -> tuple[Spent, str | None]:
        try:
            stream = await self._spending.download_blob(f"{day}.json")
            return Spent(**json.loads(await stream.readall())), stream.properties.etag
        except ResourceNotFoundError:
            return Spent(), None


def _packed(text: str) -> str:
    """Text as metadata carries it: plain characters, and at most 8 KB even with the longest of names."""
    return b64encode(zlib.compress(text.encode(), 9)).decode()


def _unpacked(packed: str) -> str:
    return zlib.decompress(b64decode(packed)).decode()


async def _text(blob: BlobClient) -> str:
    return (await (await blob.download_blob()).readall()).decode()


def _unless_changed(etag: str | None) -> dict[str, Any]:
    if etag is None:
        return {"overwrite": False}
    return {"overwrite": True, "etag": etag, "match_condition": MatchConditions.IfNotModified}
