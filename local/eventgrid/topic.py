"""The topic of a storage account: its subscriptions, from handshake to delivery, and what its events go through."""

import secrets
import time
import uuid
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.eventgrid.delivery import Delivery
from local.eventgrid.destinations import Destinations, Event
from local.eventgrid.faults import EventFaults
from local.eventgrid.subscription import Subscription

VALIDATION_SECONDS = 600
_LOG_SIZE = 10_000


class HandshakeFailed(Exception):
    """A webhook that does not say that it wants events, in the words of Azure."""


@dataclass
class Subscriber:
    """A subscription, how far its handshake is, and its deliveries."""

    delivery: Delivery
    state: str
    code: str = ""
    asked_at: float = 0.0

    @property
    def provisioning_state(self) -> str:
        """Succeeded; AwaitingManualAction, for ten minutes; or Failed."""
        is_late = time.monotonic() - self.asked_at > VALIDATION_SECONDS
        return "Failed" if self.state == "AwaitingManualAction" and is_late else self.state


class Topic:
    """Passes events to whoever subscribed; `address` is its own, which a webhook may visit to be validated."""

    def __init__(self, destinations: Destinations, *, address: str, speed: float) -> None:
        self.faults = EventFaults()
        self.attempts: deque[dict[str, Any]] = deque(maxlen=_LOG_SIZE)
        self.held: list[tuple[Delivery, Event]] = []
        self._destinations = destinations
        self._address = address
        self._speed = speed
        self._subscribers: dict[str, Subscriber] = {}

    @property
    def pending(self) -> int:
        """How many batches are on their way to a subscriber."""
        return sum(each.delivery.pending for each in self._subscribers.values())

    def find(self, name: str) -> Subscriber | None:
        return self._subscribers.get(name)

    async def subscribe(self, subscription: Subscription) -> Subscriber:
        """Make or replace a subscription; a webhook is asked first, and HandshakeFailed raised if it doesn't agree."""
        delivery = Delivery(subscription, self._destinations, self.attempts.append, self._speed)
        subscriber = Subscriber(delivery, "Succeeded")
        if subscription.url:
            await self._shake_hands(subscriber)
        self.unsubscribe(subscription.name)
        self._subscribers[subscription.name] = subscriber
        return subscriber

    def unsubscribe(self, name: str) -> None:
        if subscriber := self._subscribers.pop(name, None):
            subscriber.delivery.stop()

    def validate(self, name: str, code: str) -> bool:
        """Somebody has visited the validation address of a subscription."""
        subscriber = self._subscribers.get(name)
        if subscriber is None or subscriber.provisioning_state == "Failed":
            return False
        if not secrets.compare_digest(subscriber.code.encode(), code.encode()):
            return False
        subscriber.state = "Succeeded"
        return True

    def publish(self, event: Event) -> None:
        """Send an event to each subscription that it matches, unless a fault keeps it."""
        for subscriber in self._subscribers.values():
            delivery = subscriber.delivery
            if subscriber.state != "Succeeded" or not delivery.subscription.filter.matches(event):
                continue
            match self.faults.take(event, delivery.subscription.name):
                case "lose":
                    continue
                case "hold":
                    self.held.append((delivery, event))
                    continue
                case "duplicate":
                    delivery.add(event)
            delivery.add(event)

    async def release(self) -> int:
        """Deliver what is held, the last event first, one after the other; return how many."""
        held, self.held = self.held, []
        for delivery, event in reversed(held):
            await delivery.deliver_now(event)
        return len(held)

    def stop(self) -> None:
        for name in list(self._subscribers):
            self.unsubscribe(name)

    async def _shake_hands(self, subscriber: Subscriber) -> None:
        subscription = subscriber.delivery.subscription
        subscriber.code, subscriber.asked_at = str(uuid.uuid4()), time.monotonic()
        url = f"{self._address}/validate?subscription={subscription.name}&code={subscriber.code}"
        event = {
            "id": str(uuid.uuid4()),
            "topic": "/subscriptions/local",
            "subject": "",
            "data": {"validationCode": subscriber.code, "validationUrl": url},
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            "eventTime": datetime.now(UTC).isoformat(),
            "metadataVersion": "1",
            "dataVersion": "1",
        }
        response = await self._destinations.ask(subscription, event)
        if response is None or response.status_code >= 300:
            outcome = response.reason_phrase if response is not None else "Unknown"
            raise HandshakeFailed(
                f"Webhook validation handshake failed for {subscription.url.partition('?')[0]}. "
                f"Http POST request failed with response code {outcome}."
            )
        subscriber.state = "Succeeded" if _validation_response(response) == subscriber.code else "AwaitingManualAction"


def _validation_response(response: Any) -> str:
    try:
        return str(response.json()["validationResponse"])
    except (ValueError, KeyError, TypeError):
        return ""
