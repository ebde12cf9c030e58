"""Event subscriptions, as Azure's resource manager describes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

_BATCH_KILOBYTES = 64
_MOST_IN_BATCH = 5000


class BadSubscription(Exception):
    """A subscription that Azure would refuse; the message says why."""


@dataclass(frozen=True)
class EventFilter:
    """Which events a subscription is for; a prefix without its last slash matches longer names as well."""

    types: frozenset[str] | None
    prefix: str
    suffix: str
    case_sensitive: bool

    def matches(self, event: Mapping[str, Any]) -> bool:
        subject, prefix, suffix = str(event.get("subject", "")), self.prefix, self.suffix
        if not self.case_sensitive:
            subject, prefix, suffix = subject.lower(), prefix.lower(), suffix.lower()
        is_wanted = self.types is None or str(event.get("eventType", "")).lower() in self.types
        return is_wanted and subject.startswith(prefix) and subject.endswith(suffix)


@dataclass(frozen=True)
class Subscription:
    """What to send where: to a webhook, if there is a `url`, or else to a storage queue."""

    name: str
    filter: EventFilter
    url: str = ""
    queue: str = ""
    max_events: int = 1
    batch_bytes: int = _BATCH_KILOBYTES * 1024
    max_attempts: int = 30
    time_to_live: float = 1440 * 60
    dead_letters: str = ""

    @classmethod
    def parse(cls, name: str, body: object) -> Self:
        """Of the JSON of a resource, whose `properties` are those of `eventSubscriptions`; raises BadSubscription."""
        try:
            return cls._parse(name, _object(_object(body, "the body").get("properties"), "properties"))
        except (TypeError, ValueError) as error:
            raise BadSubscription(str(error)) from None

    @classmethod
    def _parse(cls, name: str, properties: Mapping[str, Any]) -> Self:
        delivery = properties.get("deliveryWithResourceIdentity") or properties
        destination = _object(delivery.get("destination"), "destination")
        target = _object(destination.get("properties"), "destination.properties")
        kind = destination.get("endpointType")
        if kind not in {"WebHook", "StorageQueue"}:
            raise BadSubscription(f"endpointType is {kind!r}: this stand-in delivers to WebHook and StorageQueue")
        retries = properties.get("retryPolicy") or {}
        letters = _object(properties.get("deadLetterDestination") or {}, "deadLetterDestination").get("properties", {})
        return cls(
            name=name,
            filter=_filter(_object(properties.get("filter") or {}, "filter")),
            url=_text(target, "endpointUrl") if kind == "WebHook" else "",
            queue=_text(target, "queueName") if kind == "StorageQueue" else "",
            max_events=_number(target, "maxEventsPerBatch", 1, most=_MOST_IN_BATCH),
            batch_bytes=_number(target, "preferredBatchSizeInKilobytes", _BATCH_KILOBYTES, most=1024) * 1024,
            max_attempts=_number(retries, "maxDeliveryAttempts", 30, most=30),
            time_to_live=_number(retries, "eventTimeToLiveInMinutes", 1440, most=1440) * 60,
            dead_letters=str(letters.get("blobContainerName", "")),
        )


def _filter(content: Mapping[str, Any]) -> EventFilter:
    types = content.get("includedEventTypes")
    return EventFilter(
        frozenset(str(each).lower() for each in types) if types else None,
        str(content.get("subjectBeginsWith", "")),
        str(content.get("subjectEndsWith", "")),
        bool(content.get("isSubjectCaseSensitive", False)),
    )


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadSubscription(f"{name} must be an object")
    return value


def _text(content: Mapping[str, Any], name: str) -> str:
    if not isinstance(value := content.get(name), str) or not value:
        raise BadSubscription(f"{name} is missing")
    return value


def _number(content: Mapping[str, Any], name: str, default: int, *, most: int) -> int:
    value = content.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise BadSubscription(f"{name} is {value!r}: it must be a number from 1 to {most}")
    return value
