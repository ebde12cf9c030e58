"""What was spent on each day, on captions and on chat: one blob a day, which all instances count up together."""

import asyncio
import logging
from collections.abc import Sequence
from contextvars import Context
from dataclasses import replace
from datetime import date, datetime, timedelta

from azure.core.exceptions import ResourceExistsError, ResourceModifiedError
from azure.storage.blob.aio import BlobClient, BlobServiceClient
from pydantic import ValidationError

from shared.errors import PhotoError
from shared.log_text import error_label
from shared.storage_resources import StorageResources, ignore_missing
from shared.stores.api_keys import unless_changed
from shared.stores.own_writes import OwnWrites
from shared.stores.spending_page import (
    NO_CHAT,
    SPENDING,
    Addition,
    Amount,
    ChatSpending,
    Spending,
    added_up,
    booked_in,
    finish,
)

log = logging.getLogger(__name__)

SERVICE = "blob storage"
CONTAINER = "photo-spending"
WRITE_SECONDS = 30.0  # after which what was spent is written at the latest, where no cap depends on it


class SpendingCounter(StorageResources):
    """
    Counts spending by day. Create it once; `ready()` creates the container.

    What is to be counted while a write is under way waits, and is written together: fifty answers at once take a few
    writes, not fifty one after the other.
    """

    def __init__(self, blobs: BlobServiceClient, *, write_seconds: float = WRITE_SECONDS) -> None:
        self._write_seconds = write_seconds
        self._booked: dict[date, Spending] = {}  # what is still to be written
        self._booking: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()  # of writing what was booked
        self._container = blobs.get_container_client(CONTAINER)
        self._client: tuple[date, BlobClient] | None = None
        self._waiting: list[Addition] = []
        self._writing: asyncio.Task[None] | None = None
        self._latest: dict[date, tuple[Spending, str | None]] = {}
        self._writes = OwnWrites()
        # What was booked and is in writes, by number, that nobody knows of whether they were made. At most one of a day
        # was: each is bound to a page without those before it.
        self._unsure: dict[date, dict[int, Spending]] = {}
        super().__init__(SERVICE, self._container)

    async def total(self, day: date) -> Spending:
        """What was spent on a day, with what this instance has still to write."""
        async with self.calls():
            page, _ = await self._read(day)
            self._settle_lost(day, page)
            return page + self._booked.get(day, Spending())

    def book(self, day: date, *, captions: int = 0, tokens: int = 0) -> None:
        """
        Count what was spent, where no cap depends on it: it is written with all else that is within half a minute.

        What an instance that is killed has counted since its last write is lost.
        """
        self._booked[day] = self._booked.get(day, Spending()) + Spending(captions, tokens)
        if self._booking is None or self._booking.done():
            self._booking = asyncio.get_running_loop().create_task(self._write_later(), context=Context())

    async def write(self) -> None:
        """Write what was booked; Transient if that cannot be done now."""
        async with self._lock:
            for day in list(self._booked):
                await self._add(day, lambda _, day=day: self._booked.get(day), is_booked=True)  # type: ignore[misc]

    async def close(self) -> None:
        """Write what is left. It is no reason to fail."""
        async with self._lock:  # a write that is cancelled may have been made
            if self._booking:
                self._booking.cancel()
        try:
            await self.write()
        except PhotoError as error:
            log.warning("could not count what was spent: %s", error_label(error))

    async def add(self, day: date, *, captions: int = 0, tokens: int = 0, cap: int = 0, once: str = "") -> bool:
        """
        Count what was spent. False, and nothing is counted, if that would exceed the cap; 0 means no cap.

        Nor is anything counted that was counted on this day already under the name `once`.
        """

        def amount(total: Spending) -> Spending | None:
            exceeds = cap and total.captions + captions > cap
            return None if exceeds or once in total.once else Spending(captions, tokens, once=(once,) if once else ())

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

    async def _add(self, day: date, amount: Amount, *, is_booked: bool = False) -> Spending | None:
        """Add what `amount` makes of the total so far, and return it; None, and nothing is written, if it is None."""
        addition = Addition(day, amount, is_booked=is_booked)
        self._waiting.append(addition)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_waiting(), context=Context())
        return await addition.added

    async def _write_later(self) -> None:
        while self._booked:
            await asyncio.sleep(self._write_seconds)
            try:
                await self.write()
            except PhotoError as error:
                log.warning("could not count what was spent, trying again: %s", error_label(error))

    async def _write_waiting(self) -> None:
        """Write what has come while the write before was under way, all of a day at once, in the order it came."""
        while self._waiting:
            day = self._waiting[0].day
            batch = [each for each in self._waiting if each.day == day and not each.added.done()]
            self._waiting = [each for each in self._waiting if each.day != day]
            try:
                async with self.calls():
                    await self._write_batch(day, batch)
            except Exception as error:
                for each in batch:
                    each.fail(error)
            finally:
                for each in batch:
                    each.added.cancel()  # does nothing to one that is done

    async def _write_batch(self, day: date, batch: Sequence[Addition]) -> None:
        # Try the total of our last write first: it holds unless another instance has written since, or a write failed.
        number = 0
        if (latest := self._latest.get(day)) and day not in self._unsure:
            before, etag = latest
            amounts, total = added_up(batch, before)
            if None not in amounts:
                number = self._next_write(day, booked_in(batch, amounts))
                if await self._write(day, total, etag, number):
                    return self._finish(day, number, batch, amounts)
        while True:
            before, etag = await self._read(day)
            if number and self._writes.made(before.writers, number):  # all but its answer has arrived
                return self._finish(day, number, batch, amounts)
            self._settle_lost(day, before)
            amounts, total = added_up(batch, before)
            if not any(amounts):
                return finish(batch, amounts)
            number = self._next_write(day, booked_in(batch, amounts))
            if await self._write(day, total, etag, number):
                return self._finish(day, number, batch, amounts)

    def _next_write(self, day: date, booked: Spending | None) -> int:
        """The number of a write that counts this of what was booked."""
        number = self._writes.next()
        if booked:
            self._unsure.setdefault(day, {})[number] = booked
        return number

    def _finish(self, day: date, number: int, batch: Sequence[Addition], amounts: Sequence[Spending | None]) -> None:
        """This write was made, so no other one that was tried was or will be."""
        self._settle(day, number)
        finish(batch, amounts)

    def _settle_lost(self, day: date, page: Spending) -> None:
        """Count what was booked as written if a page has a write that had failed: else it would be written twice."""
        for number in self._unsure.get(day, ()):
            if self._writes.made(page.writers, number):
                self._settle(day, number)
                break

    def _settle(self, day: date, number: int) -> None:
        """What was booked and is in this write is written; unless that is known already."""
        if written := self._unsure.pop(day, {}).get(number):
            left = self._booked.pop(day) + Spending(-written.captions, -written.tokens)
            if left != Spending():
                self._booked[day] = left

    async def _write(self, day: date, total: Spending, etag: str | None, number: int) -> bool:
        """Write a day's page; False if another instance wrote it meanwhile, or this write has been made already."""
        total = replace(total, writers=self._writes.stamped(total.writers, number))
        try:
            response = await self._page(day).upload_blob(SPENDING.dump_json(total), **unless_changed(etag))
        except (ResourceModifiedError, ResourceExistsError):
            return False
        self._latest = {day: (total, response["etag"])}
        return True

    def _page(self, day: date) -> BlobClient:
        """The client of a day's page, which takes as long to make as a write takes to send."""
        if self._client is None or self._client[0] != day:
            self._client = (day, self._container.get_blob_client(f"{day}.json"))
        return self._client[1]

    async def _read(self, day: date) -> tuple[Spending, str | None]:
        with ignore_missing():
            stream = await self._page(day).download_blob()
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


def until_tomorrow(now: datetime) -> float:
    """Seconds until the next day begins."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()
