"""
What may happen to events between storage and a subscriber, on demand:

    {"match": "a.jpg", "type": "BlobDeleted", "subscription": "photo-arrived", "count": 1, "action": "lose"}

`lose` drops an event, `duplicate` delivers it twice, and `hold` keeps it until POST /__release delivers what is held,
the last event first. `match` is a part of the subject, `type` the end of the event's type; both match all by default.
`count` is how many events are affected: 1 by default, 0 for all.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

_PROPERTIES = {"match", "type", "subscription", "count", "action"}
_ACTIONS = {"lose", "duplicate", "hold"}


class BadFault(Exception):
    """A fault that cannot be understood; the message says why."""


@dataclass
class EventFault:
    """What happens to the events that match."""

    action: str
    match: str = ""
    type: str = ""
    subscription: str = ""
    count: int = 1

    @classmethod
    def parse(cls, body: object) -> Self:
        """Raises BadFault."""
        if not isinstance(body, Mapping) or not set(body) <= _PROPERTIES:
            raise BadFault(f"a fault is an object with some of {', '.join(sorted(_PROPERTIES))}")
        if body.get("action") not in _ACTIONS:
            raise BadFault(f"action must be one of {', '.join(sorted(_ACTIONS))}")
        count = body.get("count", 1)
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise BadFault("count must be a number, or 0 for all events")
        texts = {name: str(body.get(name, "")) for name in ("match", "type", "subscription")}
        return cls(action=str(body["action"]), count=count, **texts)

    def matches(self, event: Mapping[str, Any], subscription: str) -> bool:
        return (
            self.match in str(event.get("subject", ""))
            and str(event.get("eventType", "")).endswith(self.type)
            and self.subscription in {"", subscription}
        )


class EventFaults:
    """Faults that are not used up, in the order they were added."""

    def __init__(self) -> None:
        self._faults: list[EventFault] = []

    def add(self, fault: EventFault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def bodies(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]

    def take(self, event: Mapping[str, Any], subscription: str) -> str | None:
        """The action for an event on its way to a subscription; None if nothing happens to it."""
        fault = next((each for each in self._faults if each.matches(event, subscription)), None)
        if fault is None:
            return None
        if fault.count == 1:
            self._faults.remove(fault)
        fault.count = max(fault.count - 1, 0)
        return fault.action
