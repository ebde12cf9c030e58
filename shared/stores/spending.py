"""What was spent on each day, on captions and on chat: one blob a day, which all instances count up together."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import field
from datetime import date, datetime, timedelta
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
class ChatSpending:
    """The chat answers that one caller was given in one day (UTC), and the tokens they took or have reserved."""

    answers: int = 0
    tokens: int = 0

    def __add__(self, other: "ChatSpending") -> "ChatSpending":
        return ChatSpending(self.answers + other.answers, self.tokens + other.tokens)


NO_CHAT = ChatSpending()


@dataclass(frozen=True)
class Spending:
    """What all instances paid for in one day (UTC): captions with their tokens, and `chat` by the caller's name."""

    captions: int = 0
    tokens: int = 0
    chat: dict[str, ChatSpending] = field(default_factory=dict)

    def __add__(self, other: "Spending") -> "Spending":
        callers = self.chat | other.chat
        chat = {name: self.chat.get(name, NO_CHAT) + other.chat.get(name, NO_CHAT) for name in callers}
        return Spending(self.captions + other.captions, self.tokens + other.tokens, chat)


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

        def amount(total: Spending) -> Spending | None:
            exceeds = cap and total.captions + captions > cap
            return None if exceeds else Spending(captions, tokens)

        return await self._add(day, amount) is not None

    async def reserve_answer(self, day: date, caller: str, *, tokens: int, cap: int) -> int:
        """Count an answer with as many of these tokens as the caller has left, and return how many; 0 counts none."""

        def amount(total: Spending) -> Spending | None:
            granted = min(tokens, cap - total.chat.get(caller, NO_CHAT).tokens)
            return Spending(chat={caller: ChatSpending(1, granted)}) if granted > 0 else None

        reserved = await self._add(day, amount)
        return reserved.chat[caller].tokens if reserved else 0

    async def add_answer(self, day: date, caller: str, *, answers: int = 0, tokens: int = 0) -> None:
        """Count answers and tokens; negative ones are those that were reserved and not needed."""
        spent = Spending(chat={caller: ChatSpending(answers, tokens)})
        await self._add(day, lambda _: spent)

    async def _add(self, day: date, amount: Callable[[Spending], Spending | None]) -> Spending | None:
        """Add what `amount` makes of the total so far, and return it; None, and nothing is written, if it is None."""
        async with self._write_lock, self.calls():
            # Try the total of our last write first: it holds unless another instance has written since.
            if latest := self._latest.get(day):
                before, etag = latest
                if (added := amount(before)) and await self._write(day, before + added, etag):
                    return added
            while True:
                before, etag = await self._read(day)
                if (added := amount(before)) is None:
                    return None
                if await self._write(day, before + added, etag):
                    return added

    async def _write(self, day: date, total: Spending, etag: str | None) -> bool:
        """Write a day's page; False if another instance wrote it meanwhile."""
        try:
            blob = self._container.get_blob_client(f"{day}.json")
            response = await blob.upload_blob(SPENDING.dump_json(total), **unless_changed(etag))
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


def unless_changed(etag: str | None) -> dict[str, Any]:
    if etag is None:
        return {"overwrite": False}
    return {"overwrite": True, "etag": etag, "match_condition": MatchConditions.IfNotModified}


def until_tomorrow(now: datetime) -> float:
    """Seconds until the next day begins."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()
