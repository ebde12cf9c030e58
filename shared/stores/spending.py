"""What was spent on each day: one blob a day, which all instances count up together."""

import asyncio
import logging
from datetime import date
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError
from azure.storage.blob.aio import BlobServiceClient
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.storage_resources import StorageResources, ignore_missing

log = logging.getLogger(__name__)

SERVICE = "blob storage"
CONTAINER = "photo-spending"


@dataclass(frozen=True)
class Spending:
    """The captions that all instances paid for in one day (UTC), and their tokens."""

    captions: int = 0
    tokens: int = 0

    def __add__(self, other: "Spending") -> "Spending":
        return Spending(self.captions + other.captions, self.tokens + other.tokens)


SPENDING = TypeAdapter(Spending)


class SpendingCounter(StorageResources):
    """Counts spending by day. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        self._write_lock = asyncio.Lock()
        self._latest: dict[date, tuple[Spending, str | None]] = {}
        super().__init__(SERVICE, self._container)

    async def total(self, day: date) -> Spending:
        """What was spent on a day."""
        async with self.calls():
            return (await self._read(day))[0]

    async def add(self, day: date, *, captions: int = 0, tokens: int = 0, cap: int = 0) -> bool:
        """Count what was spent. False, and nothing is counted, if that would exceed the cap; 0 means no cap."""
        amount = Spending(captions, tokens)
        async with self._write_lock, self.calls():
            # Try the total of our last write first: it holds unless another instance has written since.
            if (latest := self._latest.get(day)) and await self._write(day, amount, cap, *latest):
                return True
            while True:
                total, etag = await self._read(day)
                if cap and total.captions + captions > cap:
                    return False
                if await self._write(day, amount, cap, total, etag):
                    return True

    async def _write(self, day: date, amount: Spending, cap: int, before: Spending, etag: str | None) -> bool:
        """Write `before` plus `amount`; False if that exceeds the cap or another instance wrote meanwhile."""
        total = before + amount
        if cap and total.captions > cap:
            return False
        try:
            blob = self._container.get_blob_client(f"{day}.json")
            response = await blob.upload_blob(SPENDING.dump_json(total), **_unless_changed(etag))
        except (ResourceModifiedError, ResourceExistsError):
            return False
        self._latest = {day: (total, response["etag"])}
        return True

    async def _read(self, day: date) -> tuple[Spending, str | None]:
        with ignore_missing():
            stream = await self._container.download_blob(f"{day}.json")
            return self._parse(await stream.readall(), day), stream.properties.etag
        return Spending(), None

    def _parse(self, page: bytes, day: date) -> Spending:
        """A day's page; if it cannot be read, what this process last knew of the day, so that a cap stays one."""
        try:
            return SPENDING.validate_json(page)
        except ValidationError:
            total, _ = self._latest.get(day, (Spending(), None))
            log.warning("the spending of %s cannot be read; it begins anew with %s", day, total)
            return total


def _unless_changed(etag: str | None) -> dict[str, Any]:
    if etag is None:
        return {"overwrite": False}
    return {"overwrite": True, "etag": etag, "match_condition": MatchConditions.IfNotModified}
