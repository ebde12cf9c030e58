"""Delivers the events of one subscription: at once, in batches, again and again, and in no particular order."""

import asyncio
import json
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from azure.core.exceptions import AzureError

from local.eventgrid.destinations import Destinations, Event
from local.eventgrid.retry_schedule import DELIVERED, NEVER_AGAIN, seconds_until_retry
from local.eventgrid.subscription import Subscription

log = logging.getLogger(__name__)


@dataclass
class Batch:
    """Events that are delivered together, since when and how often that was tried, and the last answer."""

    events: Sequence[Event]
    published: datetime = field(default_factory=lambda: datetime.now(UTC))
    attempts: int = 0
    status: int | None = None


class Delivery:
    """
    Everything on its way to one subscriber; `on_attempt` is told of each attempt.

    `speed` divides the pauses between attempts, which are 10 seconds to an hour, and the time to live.
    """

    def __init__(
        self,
        subscription: Subscription,
        destinations: Destinations,
        on_attempt: Callable[[dict[str, Any]], None],
        speed: float,
    ) -> None:
        self.subscription = subscription
        self._destinations = destinations
        self._on_attempt = on_attempt
        self._speed = speed
        self._waiting: list[Event] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def pending(self) -> int:
        """How many batches are neither delivered nor given up."""
        return len(self._tasks)

    def add(self, event: Event) -> None:
        """Deliver an event, together with others that come before its turn."""
        self._waiting.append(event)
        self._start(self._deliver_waiting())

    async def deliver_now(self, event: Event) -> None:
        """Deliver an event by itself, and return after the first attempt; more attempts go on behind that."""
        batch = Batch([event])
        if not await self._attempt(batch):
            self._start(self._repeat(batch))

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_waiting(self) -> None:
        if not (events := self._take()):
            return  # they went with an earlier batch
        batch = Batch(events)
        if not await self._attempt(batch):
            await self._repeat(batch)

    def _take(self) -> list[Event]:
        """As many of the waiting events as fit into a batch; one always does."""
        taken: list[Event] = []
        size = 0
        while self._waiting and len(taken) < self.subscription.max_events:
            size += len(json.dumps(self._waiting[0]))
            if taken and size > self.subscription.batch_bytes:
                break
            taken.append(self._waiting.pop(0))
        return taken

    async def _repeat(self, batch: Batch) -> None:
        while True:
            pause = seconds_until_retry(batch.attempts, batch.status) * random.uniform(1, 1.1)  # noqa: S311 - jitter
            await asyncio.sleep(pause / self._speed)
            if await self._attempt(batch):
                return

    async def _attempt(self, batch: Batch) -> bool:
        """Whether the batch needs no other attempt: it was delivered or given up."""
        batch.attempts += 1
        status = batch.status = await self._destinations.send(self.subscription, batch.events, batch.attempts)
        outcome = self._outcome(batch, status)
        self._on_attempt(
            {
                "subscription": self.subscription.name,
                "subjects": [each.get("subject") for each in batch.events],
                "types": [each.get("eventType") for each in batch.events],
                "attempt": batch.attempts,
                "status": status,
                "outcome": outcome,
            }
        )
        if outcome not in {"delivered", "retrying"}:
            await self._give_up(batch, outcome, status)
        return outcome != "retrying"

    def _outcome(self, batch: Batch, status: int | None) -> str:
        """What comes of an attempt; a reason is what a dead letter says of itself."""
        if status in DELIVERED:
            return "delivered"
        if status in NEVER_AGAIN and self.subscription.url:
            return "Undeliverable"
        if batch.attempts >= self.subscription.max_attempts:
            return "MaxDeliveryAttemptsExceeded"
        age = (datetime.now(UTC) - batch.published).total_seconds()
        return "TimeToLiveExceeded" if age >= self.subscription.time_to_live / self._speed else "retrying"

    async def _give_up(self, batch: Batch, reason: str, status: int | None) -> None:
        log.error("%s: gave up on %d events: %s", self.subscription.name, len(batch.events), reason)
        if not self.subscription.dead_letters:
            return
        letter = {
            "deadLetterReason": reason,
            "deliveryAttempts": batch.attempts,
            "lastDeliveryOutcome": HTTPStatus(status).phrase.replace(" ", "") if status else "TimedOut",
            "publishTime": batch.published.isoformat(),
            "lastDeliveryAttemptTime": datetime.now(UTC).isoformat(),
        }
        try:
            await self._destinations.keep(self.subscription, [{**event, **letter} for event in batch.events])
        except AzureError as error:
            log.error("%s: the dead letters are lost as well: %s", self.subscription.name, error)
