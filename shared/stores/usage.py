"""
The ledger: what calls of models took, of all instances, in storage.

A process counts in memory and writes what it has counted into a blob of its own for each day, at most once in
`WRITE_SECONDS` and at its end. So instances never wait for each other, no call waits for storage, and what an instance
loses that is killed is what it counted since its last write. Blobs of days that are over are merged into one.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from azure.core.exceptions import ResourceExistsError, ResourceModifiedError
from azure.storage.blob.aio import BlobServiceClient
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.access.caller import current_caller
from shared.errors import PhotoError
from shared.log_text import error_label
from shared.model_reply import TokenUsage
from shared.prices import LISTED, PriceList
from shared.storage_resources import StorageResources, ignore_missing
from shared.stores.api_keys import unless_changed
from shared.usage import RANKER, Usage, UsageKey, UsageTotals, usage_of

log = logging.getLogger(__name__)

SERVICE = "blob storage"
CONTAINER = "photo-usage"
WRITE_SECONDS = 30.0
MERGED_AFTER = timedelta(days=2)  # nobody counts for a day that is over so long
MERGED = "merged"


@dataclass(frozen=True)
class Line:
    """A key without its day, and its usage, as blobs have them."""

    model: str
    purpose: str
    person: str
    currency: str
    usage: Usage


@dataclass(frozen=True)
class Page:
    """What a blob holds of a day, and the names of the blobs that were merged into it."""

    lines: list[Line]
    merged: tuple[str, ...] = ()


PAGE = TypeAdapter(Page)


class StoredDay(NamedTuple):
    """
    What is stored of a day: `names` are its blobs but the merged one, `new` those that are not in that yet.

    `merged` are the names of those that are, and `etag` is that of the merged blob.
    """

    totals: UsageTotals
    names: list[str]
    new: list[str]
    merged: tuple[str, ...]
    etag: str | None


class UsageLedger(StorageResources):
    """Counts usage. Create it once."""

    def __init__(
        self,
        blobs: BlobServiceClient,
        *,
        prices: PriceList = LISTED,
        spent: Callable[[float, str], None] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        write_seconds: float = WRITE_SECONDS,
    ) -> None:
        """`spent` is told the cost of each call, and its purpose."""
        self.prices = prices
        self._container = blobs.get_container_client(CONTAINER)
        self._spent = spent
        self._clock = clock
        self._write_seconds = write_seconds
        self._instance = uuid.uuid4().hex
        self._counted = UsageTotals()
        self._unwritten: set[date] = set()
        self._writer: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        super().__init__(SERVICE, self._container)

    def add(self, model: str, tokens: TokenUsage, *, purpose: str, person: str) -> float | None:
        """Count a call, and return its cost; None without a price. It is written down later."""
        cost = self.prices.cost(model, tokens)
        self._count(model, purpose, person, usage_of(tokens, cost))
        if cost and self._spent:
            self._spent(cost, purpose)
        return cost

    async def write_batch(
        self, id_: str, day: date, model: str, tokens: TokenUsage, *, purpose: str, calls: int, share: float
    ) -> float | None:
        """
        Write down the calls of a batch at their `share` of the price, and return that; None without a price.

        Done again for the same batch and day, it counts nothing twice. A budget has counted them when they were sent.
        """
        whole = self.prices.cost(model, tokens)
        cost = None if whole is None else whole * share
        key = UsageKey(day, model, purpose, current_caller().identity, self.prices.currency)
        await self._upload(f"{day}/{id_}.json", {key: usage_of(tokens, cost, calls=calls)})
        return cost

    def add_ranking(self) -> None:
        """Count a query of the semantic ranker. Its price goes by the month, so it has none here."""
        self._count(RANKER, "search", current_caller().identity, Usage(calls=1))

    async def write(self) -> None:
        """Write down what was counted since the last time; Transient if that cannot be done now."""
        async with self._lock:
            for day in sorted(self._unwritten):
                self._unwritten.discard(day)
                try:
                    await self._upload(f"{day}/{self._instance}.json", self._counted.of_day(day))
                except BaseException:
                    self._unwritten.add(day)
                    raise
            self._forget_old_days()

    async def read(self, first: date, last: date) -> dict[UsageKey, Usage]:
        """What all instances counted on these days; of this one, what it has not yet written as well."""
        totals = UsageTotals()
        for day in _days(first, last):
            own = self._counted.of_day(day)
            totals.merge((await self._stored(day, without=self._instance if own else "")).totals.by_key)
            totals.merge(own)
        return totals.by_key

    async def merge_old_days(self) -> None:
        """Put the blobs of each day that is over into one. It may be stopped at any moment, and done by two at once."""
        today = self._clock().date()
        days = {day for name in await self._parts() if (day := _day_of(name)) and day < today - MERGED_AFTER}
        for day in sorted(days):
            await self._merge(day)

    async def close(self) -> None:
        """Write down what is left. It is no reason to fail."""
        if self._writer:
            self._writer.cancel()
        try:
            await self.write()
        except PhotoError as error:
            log.warning("could not write down what models took: %s", error_label(error))

    # -- in the process -------------------------------------------------------------------

    def _count(self, model: str, purpose: str, person: str, usage: Usage) -> None:
        day = self._clock().date()
        self._counted.add(UsageKey(day, model, purpose, person, self.prices.currency), usage)
        self._unwritten.add(day)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write_later())

    async def _write_later(self) -> None:
        """Write now and then until there is nothing to write."""
        while self._unwritten:
            await asyncio.sleep(self._write_seconds)
            try:
                await self.write()
            except PhotoError as error:
                log.warning("could not write down what models took, trying again: %s", error_label(error))

    def _forget_old_days(self) -> None:
        today = self._clock().date()
        kept = {key: usage for key, usage in self._counted.by_key.items() if key.day >= today - timedelta(days=1)}
        self._counted.by_key = kept

    # -- in storage -----------------------------------------------------------------------

    async def _upload(
        self, name: str, by_key: Mapping[UsageKey, Usage], merged: tuple[str, ...] = (), **condition: Any
    ) -> bool:
        """Write a page; False if a condition is not met, because another instance has written."""
        lines = [Line(key.model, key.purpose, key.person, key.currency, usage) for key, usage in by_key.items()]
        async with self.calls():
            blob = self._container.get_blob_client(name)
            try:
                await blob.upload_blob(PAGE.dump_json(Page(lines, merged)), **(condition or {"overwrite": True}))
            except (ResourceExistsError, ResourceModifiedError):
                return False
        return True

    async def _stored(self, day: date, *, without: str = "") -> StoredDay:
        """
        What all blobs say, but that of one instance.

        The merged one is read last: what was listed and has gone since is in it, whoever has merged it.
        """
        names = [name for name in await self._parts(f"{day}/") if name != f"{day}/{without}.json"]
        pages = {name: (await self._page(name))[0] for name in names}
        merged, etag = await self._page(f"{day}/{MERGED}.json")
        known = merged.merged if merged else ()
        new = [name for name, page in pages.items() if page and name not in known]
        totals = UsageTotals()
        for line in (line for page in (merged, *(pages[name] for name in new)) if page for line in page.lines):
            totals.add(UsageKey(day, line.model, line.purpose, line.person, line.currency), line.usage)
        return StoredDay(totals, names, new, known, etag)

    async def _merge(self, day: date) -> None:
        """Write what a reader would add up, with the names of what is in it: those are then skipped, and deleted."""
        stored = await self._stored(day)
        names = (*stored.merged, *stored.new)
        if stored.new and not await self._upload(
            f"{day}/{MERGED}.json", stored.totals.by_key, names, **unless_changed(stored.etag)
        ):
            return  # another instance merges it
        async with self.calls():
            for name in stored.names:
                with ignore_missing():
                    await self._container.delete_blob(name)

    async def _parts(self, prefix: str = "") -> list[str]:
        """The names of the blobs of instances."""
        async with self.calls():
            names = [name async for name in self._container.list_blob_names(name_starts_with=prefix)]
        return sorted(name for name in names if _day_of(name) and not name.endswith(f"/{MERGED}.json"))

    async def _page(self, name: str) -> tuple[Page | None, str | None]:
        """What a blob holds, and its etag; None if it is gone. One that cannot be read holds nothing."""
        async with self.calls():
            with ignore_missing():
                stream = await self._container.download_blob(name)
                content, etag = await stream.readall(), stream.properties.etag
                try:
                    return PAGE.validate_json(content), etag
                except ValidationError:
                    log.warning("a page of what models took cannot be read, and is left out: %s", name)
                    return Page([]), etag
        return None, None


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _day_of(name: str) -> date | None:
    try:
        return date.fromisoformat(name.partition("/")[0])
    except ValueError:
        return None
