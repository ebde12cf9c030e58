"""
The money that models may cost in a day (BUDGET_PER_DAY), which all instances share.

Before a call, what it is expected to cost is held; an instance takes money from the day's page in portions, so that few
calls wait for storage. What it has taken and not spent goes back with the next write. What a killed instance had taken
counts as spent, so the budget is passed by no more than what the calls in flight cost beyond what was expected.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

from azure.core.exceptions import ResourceExistsError, ResourceModifiedError
from azure.storage.blob.aio import BlobServiceClient
from pydantic import ValidationError

from shared import telemetry
from shared.errors import Paused, PhotoError
from shared.log_text import error_label
from shared.prices import LISTED, PriceList
from shared.storage_resources import StorageResources, ignore_missing
from shared.stores.api_keys import unless_changed
from shared.stores.budget_page import PAGE, ROUNDING, BudgetPage, DayAccount
from shared.stores.own_writes import OwnWrites
from shared.stores.spending import until_tomorrow
from shared.stores.usage import CONTAINER, SERVICE, WRITE_SECONDS

log = logging.getLogger(__name__)

PORTION = 1 / 200  # of the budget, which an instance takes at once
WARN_FROM = 0.8  # of the budget


class DayBudget(StorageResources):
    """Create it once. Without a limit nothing is held, and nothing is written."""

    def __init__(
        self,
        blobs: BlobServiceClient,
        *,
        limit: float,
        prices: PriceList = LISTED,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        write_seconds: float = WRITE_SECONDS,
    ) -> None:
        self.limit = limit
        self.prices = prices
        self._container = blobs.get_container_client(CONTAINER)
        self._clock = clock
        self._write_seconds = write_seconds
        self._accounts: dict[date, DayAccount] = {}
        self._usual: dict[str, float] = {}  # what calls cost lately, by purpose
        self._lock = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None
        self._warned: date | None = None
        self._writes = OwnWrites()
        super().__init__(SERVICE, self._container)

    def spend(self, cost: float, purpose: str = "") -> None:
        """A call has cost so much, whatever was held for it."""
        if self.limit:
            self._account(self._today).spent += cost
            self._usual[purpose] = 0.8 * self._usual.get(purpose, cost) + 0.2 * cost
            self._write_soon()

    def usual(self, purpose: str, guess: float) -> float:
        """What a call for this purpose costs lately; before there was one, a guess."""
        return self._usual.get(purpose, guess)

    @asynccontextmanager
    async def holding(self, expected: float) -> AsyncIterator[None]:
        """Hold what the calls in the block are expected to cost; Paused if the day has not as much left."""
        if not self.limit:
            yield
            return
        day = self._today
        account = self._account(day)
        await self._hold(day, account, expected)
        try:
            yield
        finally:
            account.held = max(0.0, account.held - expected)
            self._write_soon()

    async def used(self) -> float:
        """How much of today's budget is used, 0 to 1 or a little more; 0 without a budget."""
        if not self.limit:
            return 0.0
        async with self.calls():
            page, _ = await self._read(self._today)
        return self._tell(self._today, page.taken + max(0.0, self._account(self._today).missing))

    async def settle(self, day: date, name: str, difference: float) -> None:
        """Correct what was counted on a day, once under this name; Transient if that cannot be done."""
        if not self.limit:
            return
        async with self._lock:
            account = self._account(day)
            async with self.calls():
                while True:
                    page, etag = await self._read(day)
                    self._count_lost(page, account)
                    if name in page.settled:
                        return
                    page.settled.append(name)
                    page.taken = max(0.0, page.taken + difference)
                    if await self._write(day, page, etag, self._writes.next()):
                        account.unsure.clear()
                        return

    async def write(self) -> None:
        """Bring the page in line with what was spent, and give back what is left; Transient if that cannot be done."""
        async with self._lock:
            for day, account in list(self._accounts.items()):
                await self._look_for_lost(day, account)
                if abs(change := account.missing) > ROUNDING:
                    await self._take(day, account, change, at_least=change, limit=None)
                if day != self._today and not account.held:
                    del self._accounts[day]

    async def close(self) -> None:
        """Give back what is left. It is no reason to fail."""
        if self._writer:
            self._writer.cancel()
        try:
            await self.write()
        except PhotoError as error:
            log.warning("could not write down what is left of a budget: %s", error_label(error))

    # -- in the process -------------------------------------------------------------------

    @property
    def _today(self) -> date:
        return self._clock().date()

    def _account(self, day: date) -> DayAccount:
        return self._accounts.setdefault(day, DayAccount())

    async def _hold(self, day: date, account: DayAccount, expected: float) -> None:
        async with self._lock:
            account.held += expected
            if account.missing <= ROUNDING:
                return
            try:
                await self._look_for_lost(day, account)
                if (missing := account.missing) <= ROUNDING:
                    return
                portion = max(missing, self.limit * PORTION)
                is_enough = await self._take(day, account, portion, at_least=missing, limit=self.limit)
            except BaseException:
                account.held -= expected
                raise
            if not is_enough:
                account.held -= expected
                raise Paused(
                    f"today's budget of {self.prices.format(self.limit)} for models is spent (BUDGET_PER_DAY); "
                    "work continues after midnight UTC",
                    wait=until_tomorrow(self._clock()),
                )

    def _write_soon(self) -> None:
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write_later())

    async def _write_later(self) -> None:
        while True:
            await asyncio.sleep(self._write_seconds)
            try:
                await self.write()
            except PhotoError as error:
                log.warning("could not write down what is left of a budget, trying again: %s", error_label(error))
            if not any(account.held or abs(account.missing) > ROUNDING for account in self._accounts.values()):
                return

    def _tell(self, day: date, taken: float) -> float:
        """Say how much is used; once a day in the log when it gets close."""
        used = taken / self.limit
        telemetry.record_budget(used)
        if used >= WARN_FROM and self._warned != day:
            self._warned = day
            log.warning("%.0f %% of today's budget for models is spent (BUDGET_PER_DAY)", 100 * used)
        return used

    # -- in storage -----------------------------------------------------------------------

    async def _take(
        self, day: date, account: DayAccount, amount: float, *, at_least: float, limit: float | None
    ) -> bool:
        """Take money from a day's page, or give some back; False if it has not as much left."""
        async with self.calls():
            while True:
                page, etag = await self._read(day)
                if self._count_lost(page, account):
                    return True
                granted = amount if limit is None else min(amount, limit - page.taken)
                if granted < at_least - ROUNDING:
                    self._tell(day, page.taken)
                    return False
                page.taken = max(0.0, page.taken + granted)
                number = self._writes.next()
                account.unsure[number] = granted
                if await self._write(day, page, etag, number):
                    account.unsure.clear()
                    account.taken += granted
                    self._tell(day, page.taken)
                    return True

    async def _look_for_lost(self, day: date, account: DayAccount) -> None:
        """After a write that failed, look whether it was made all the same: else it would be made twice."""
        if account.unsure:
            async with self.calls():
                page, _ = await self._read(day)
            self._count_lost(page, account)

    def _count_lost(self, page: BudgetPage, account: DayAccount) -> bool:
        """Count the write of which only the answer was lost, if the page has one; else it may still arrive."""
        for number, granted in account.unsure.items():
            if self._writes.made(page.writers, number):
                account.unsure.clear()
                account.taken += granted
                return True
        return False

    async def _write(self, day: date, page: BudgetPage, etag: str | None, number: int) -> bool:
        page.currency = self.prices.currency
        page.writers = self._writes.stamped(page.writers, number)
        try:
            blob = self._container.get_blob_client(_name(day))
            await blob.upload_blob(PAGE.dump_json(page), **unless_changed(etag))
        except (ResourceModifiedError, ResourceExistsError):
            return False
        return True

    async def _read(self, day: date) -> tuple[BudgetPage, str | None]:
        with ignore_missing():
            stream = await self._container.download_blob(_name(day))
            content, etag = await stream.readall(), stream.properties.etag
            try:
                return PAGE.validate_json(content), etag
            except ValidationError:
                known = self._account(day).taken
                log.warning("what was taken of the budget of %s cannot be read; it begins anew with %s", day, known)
                return BudgetPage(known), etag
        return BudgetPage(), None


def _name(day: date) -> str:
    return f"budget/{day}.json"
