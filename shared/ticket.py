"""One attempt at one blob, and what is known of a blob whose attempts fail."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from shared.errors import BadRequest
from shared.photo import photo_id, utc

State = Literal["retrying", "failed"]


@dataclass(frozen=True)
class Ticket:
    """One attempt at one blob; `since` is when the first one was made (ISO 8601, UTC)."""

    name: str
    attempt: int = 1
    since: str = ""

    @property
    def id(self) -> str:
        return photo_id(self.name)

    def begun(self, now: datetime) -> "Ticket":
        """The same ticket, dated: the first attempt sets the date, later ones keep it."""
        return self if self.since else replace(self, since=utc(now))

    def next(self) -> "Ticket":
        return replace(self, attempt=self.attempt + 1)

    def age(self, now: datetime) -> float:
        """Seconds since the first attempt."""
        return (now - datetime.fromisoformat(self.since)).total_seconds() if self.since else 0.0

    def encode(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def decode(cls, body: str) -> "Ticket":
        """The ticket in a queue message; a BadRequest when it is none."""
        try:
            return cls(**_checked(json.loads(body)))
        except (ValueError, TypeError, LookupError) as error:
            raise BadRequest(f"not a ticket: {error}") from error


def _checked(fields: Any) -> dict[str, Any]:
    name, attempt, since = fields["name"], fields.get("attempt", 1), fields.get("since", "")
    if not (isinstance(name, str) and name and isinstance(attempt, int) and isinstance(since, str)):
        raise ValueError("wants a name, a whole attempt number and a date")
    if since and datetime.fromisoformat(since).tzinfo is None:
        raise ValueError("the date wants a time zone")
    return {"name": name, "attempt": attempt, "since": since}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A blob that is waiting to be retried, or has been given up. `reason` is for people."""

    id: str
    path: str
    state: State
    reason: str
    attempts: int
    next_attempt_at: str | None = None
    last_error: str = ""
    unreadable: bool = False  # a message that names no photo; its words stand in for the path

    @classmethod
    def of(
        cls, ticket: Ticket, reason: str, *, error: str = "", due: datetime | None = None, unreadable: bool = False
    ) -> "Failure":
        """The record of a ticket: retrying when it has a due time, else failed."""
        return cls(
            id=ticket.id,
            path=ticket.name,
            state="retrying" if due else "failed",
            reason=reason[:500],
            attempts=ticket.attempt,
            next_attempt_at=utc(due) if due else None,
            last_error=(error or reason)[:1000],
            unreadable=unreadable,
        )

    def encode(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def decode(cls, text: str) -> "Failure":
        return cls(**json.loads(text))

    def ticket(self) -> Ticket:
        """A fresh ticket, as if the photo had just arrived."""
        return Ticket(self.path, since=utc(datetime.now(UTC)))
