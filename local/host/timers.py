"""Timer triggers: one run at a time, the last run remembered in storage so that a missed one is made up for."""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import BlobClient

from .connections import Account
from .functions import Function, Retry
from .invocations import Invoker, Start
from .outages import OUTAGES
from .receipts import HOSTS_CONTAINER, create_container
from .schedule import Schedule

log = logging.getLogger(__name__)

_MONITORED_FROM = timedelta(minutes=1)
_LONGEST_SLEEP = 60.0


@dataclass(frozen=True)
class Status:
    """What is known of a timer's runs."""

    last: datetime
    next: datetime
    updated: datetime

    def describe(self) -> dict[str, str]:
        return {
            "Last": self.last.isoformat(),
            "Next": self.next.isoformat(),
            "LastUpdated": self.updated.isoformat(),
        }

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> "Status":
        last, following, updated = (datetime.fromisoformat(content[name]) for name in ("Last", "Next", "LastUpdated"))
        return cls(last, following, updated)


class StatusBlob:
    """Where the status outlives the host: azure-webjobs-hosts/timers/{host id}/Host.Functions.{name}/status."""

    def __init__(self, account: Account, host_id: str, function: str) -> None:
        self._account = account
        self._blob: BlobClient = account.blobs.get_blob_client(
            HOSTS_CONTAINER, f"timers/{host_id}/Host.Functions.{function}/status"
        )

    async def read(self) -> Status | None:
        """None where no run was ever noted; waits for storage that is away."""
        pause = 1.0
        while True:
            try:
                content = await (await self._blob.download_blob()).readall()
                return Status.read(json.loads(content))
            except (ResourceNotFoundError, ValueError, KeyError, TypeError):
                return None
            except OUTAGES as error:
                self._account.outages.failed("blobs", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10)

    async def write(self, status: Status) -> None:
        """A status that cannot be written is only logged: the timer itself goes on."""
        content = json.dumps(status.describe())
        try:
            try:
                await self._blob.upload_blob(content, overwrite=True)
            except ResourceNotFoundError:
                await create_container(self._account.blobs.get_container_client(HOSTS_CONTAINER))
                await self._blob.upload_blob(content, overwrite=True)
        except OUTAGES as error:
            self._account.outages.failed("blobs", error)


class Timer:
    """Runs one function by its schedule; a run that takes long delays the next one, never overlaps it."""

    def __init__(self, function: Function, schedule: Schedule, invoker: Invoker, status: StatusBlob | None) -> None:
        self._function = function
        self._schedule = schedule
        self._invoker = invoker
        self._blob = status
        self._status: Status | None = None
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Begin no more runs; `keep` then returns once a run under way has ended."""
        self._stopping.set()

    async def keep(self) -> None:
        """Run whenever due, until `stop`."""
        self._status = await self._blob.read() if self._blob else None
        now = datetime.now(UTC)
        if self._status is not None and self._status.next < now:
            await self.run("past due", past_due=True)
        elif self._function.trigger.data.get("runOnStartup"):
            await self.run("start-up")
        due = self._schedule.after(datetime.now(UTC))
        if self._status is None and self._blob is not None:
            await self._blob.write(Status(datetime.min.replace(tzinfo=UTC), due, now))
        while await self._sleep_until(due):
            await self.run("timer")
            due = self._schedule.after(max(due, datetime.now(UTC)))

    async def run(self, reason: str, *, past_due: bool = False) -> None:
        """Run now, repeat by the retry policy, and note it."""
        began = datetime.now(UTC)
        await self._attempts(reason, past_due)
        self._status = Status(began, self._schedule.after(datetime.now(UTC)), datetime.now(UTC))
        if self._blob is not None:
            await self._blob.write(self._status)

    async def _attempts(self, reason: str, past_due: bool) -> None:
        retry = self._function.retry or Retry(0, 0, 0)
        count, error = 0, ""
        while not self._stopping.is_set():
            start = self._start(reason, past_due, (count, retry.max_count, error))
            outcome = await self._invoker.invoke(self._function, start)
            if outcome.succeeded or count == retry.max_count:
                return
            count, error = count + 1, outcome.error or ""
            await self._wait(retry.delay(count))

    def _start(self, reason: str, past_due: bool, retry: tuple[int, int, str]) -> Start:
        content = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": self._status.describe() if self._status else None,
            "IsPastDue": past_due,
        }
        return Start(reason, ((self._function.trigger.name, ("json", json.dumps(content))),), {}, retry)

    async def _sleep_until(self, due: datetime) -> bool:
        """False when told to stop; short naps, because laptops sleep and clocks are set."""
        while not self._stopping.is_set():
            left = (due - datetime.now(UTC)).total_seconds()
            if left <= 0:
                return True
            await self._wait(min(left, _LONGEST_SLEEP))
        return False

    async def _wait(self, pause: float) -> None:
        try:
            async with asyncio.timeout(pause):
                await self._stopping.wait()
        except TimeoutError:
            return


def is_monitored(function: Function, schedule: Schedule) -> bool:
    """Whether missed runs are made up for: not for timers faster than a minute."""
    first = schedule.after(datetime.now(UTC))
    monitor = function.trigger.data.get("useMonitor", True)
    return bool(monitor) and schedule.after(first) - first >= _MONITORED_FROM
