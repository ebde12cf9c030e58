"""Runs a function on its schedule: one run at a time, and a run missed while the host was down is made up for."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

from local.host.function_metadata import FunctionMetadata, RetryPolicy
from local.host.invoker import Invocation, Invoker
from local.host.timer_trigger.schedule import TimerSchedule
from local.host.timer_trigger.schedule_status import ScheduleStatus, ScheduleStatusBlob

_MIN_MONITORED_INTERVAL = timedelta(minutes=1)
_MAX_SLEEP = 60.0


class TimerListener:
    """Runs one function on its schedule; a run that takes long delays the next one and never overlaps it."""

    def __init__(
        self,
        function: FunctionMetadata,
        schedule: TimerSchedule,
        invoker: Invoker,
        status_blob: ScheduleStatusBlob | None,
    ) -> None:
        self.function = function
        self._schedule = schedule
        self._invoker = invoker
        self._status_blob = status_blob
        self._status: ScheduleStatus | None = None
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Start no more runs; `listen` then returns once the current run has ended."""
        self._stopping.set()

    async def listen(self) -> None:
        """Run whenever due, until `stop`."""
        self._status = await self._status_blob.read() if self._status_blob else None
        now = datetime.now(UTC)
        if self._status is not None and self._status.next < now:
            await self.run("past due", past_due=True)
        elif self.function.trigger.data.get("runOnStartup"):
            await self.run("start-up")
        due = self._schedule.next_after(datetime.now(UTC))
        if self._status is None and self._status_blob is not None:
            await self._status_blob.write(ScheduleStatus(datetime.min.replace(tzinfo=UTC), due, now))
        while await self._sleep_until(due):
            await self.run("timer")
            due = self._schedule.next_after(max(due, datetime.now(UTC)))

    async def run(self, reason: str, *, past_due: bool = False) -> None:
        """Run now, retry as the retry policy says, and record the run."""
        start = datetime.now(UTC)
        await self._invoke_with_retries(reason, past_due)
        self._status = ScheduleStatus(start, self._schedule.next_after(datetime.now(UTC)), datetime.now(UTC))
        if self._status_blob is not None:
            await self._status_blob.write(self._status)

    async def _invoke_with_retries(self, reason: str, past_due: bool) -> None:
        policy = self.function.retry or RetryPolicy(0, 0, 0)
        count, error = 0, ""
        while not self._stopping.is_set():
            invocation = self._invocation(reason, past_due, (count, policy.max_count, error))
            result = await self._invoker.invoke(self.function, invocation)
            if result.succeeded or count == policy.max_count:
                return
            count, error = count + 1, result.error or ""
            await self._sleep(policy.delay(count))

    def _invocation(self, reason: str, past_due: bool, retry: tuple[int, int, str]) -> Invocation:
        timer = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": self._status.to_json() if self._status else None,
            "IsPastDue": past_due,
        }
        return Invocation(reason, ((self.function.trigger.name, ("json", json.dumps(timer))),), {}, retry)

    async def _sleep_until(self, due: datetime) -> bool:
        """False once stopped; sleeps briefly at a time, because laptops are suspended and clocks are set."""
        while not self._stopping.is_set():
            remaining = (due - datetime.now(UTC)).total_seconds()
            if remaining <= 0:
                return True
            await self._sleep(min(remaining, _MAX_SLEEP))
        return False

    async def _sleep(self, seconds: float) -> None:
        """Sleep this long, or until `stop`."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def is_monitored(function: FunctionMetadata, schedule: TimerSchedule) -> bool:
    """Whether missed runs are made up for; they are not for timers that run more than once a minute."""
    first = schedule.next_after(datetime.now(UTC))
    use_monitor = function.trigger.data.get("useMonitor", True)
    return bool(use_monitor) and schedule.next_after(first) - first >= _MIN_MONITORED_INTERVAL
