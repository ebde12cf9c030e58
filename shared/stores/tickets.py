"""Tickets, each for one attempt at one blob, and the queue that delivers them when they are due."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueServiceClient
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.errors import BadRequest
from shared.photo import photo_id, utc
from shared.storage_resources import StorageResources

SERVICE = "queue storage"
TICKETS = "photo-tickets"
UPLOADS = "photo-uploads"  # a queue of its own, so that what a person uploads waits behind no import
REFRESH = "photo-refresh"  # a queue of its own, so that reading a whole library again keeps no new photo waiting
DELETED = "photo-deleted"
NEVER_EXPIRES = -1
MAX_DELAY = 7 * 24 * 3600  # seconds, by the rules of queue storage


def _aware_or_empty(value: str) -> str:
    if value and datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("the time needs a zone")
    return value


@dataclass(frozen=True, config=ConfigDict(strict=True))
class Ticket:
    """
    One attempt at one blob; `since` is the time of the first attempt (ISO 8601, UTC).

    `definitions` is the version of fields and vocabulary that the photo is to be described by, if that matters.
    """

    name: Annotated[str, Field(min_length=1)]
    attempt: int = 1
    since: Annotated[str, AfterValidator(_aware_or_empty)] = ""
    traceparent: str = ""  # of the trace that its attempts belong to; one that is malformed begins another
    definitions: str = ""

    @property
    def id(self) -> str:
        return photo_id(self.name)

    def begin(self, now: datetime) -> "Ticket":
        """The ticket with its time set: the first attempt sets it, later ones keep it."""
        return self if self.since else replace(self, since=utc(now))

    def of_trace(self, traceparent: str) -> "Ticket":
        """The ticket of this trace, unless it belongs to one already."""
        return self if self.traceparent else replace(self, traceparent=traceparent)

    def next(self) -> "Ticket":
        """The ticket for the next attempt."""
        return replace(self, attempt=self.attempt + 1)

    def age(self, now: datetime) -> float:
        """Seconds since the first attempt; 0 before it."""
        return (now - datetime.fromisoformat(self.since)).total_seconds() if self.since else 0.0

    def encode(self) -> str:
        without = {name for name in ("traceparent", "definitions") if not getattr(self, name)}
        return TICKET.dump_json(self, exclude=without).decode()

    @classmethod
    def decode(cls, body: str) -> "Ticket":
        """The ticket in a queue message; BadRequest when the message isn't one."""
        try:
            return TICKET.validate_json(body)
        except ValidationError as error:
            message = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise BadRequest(f"not a ticket: {message}") from error


TICKET = TypeAdapter(Ticket)


class TicketQueue(StorageResources):
    """A queue of tickets, and that of deletion events. Create it once; `ready()` creates them."""

    def __init__(self, queues: QueueServiceClient, *, name: str = TICKETS) -> None:
        policy = {"message_encode_policy": TextBase64EncodePolicy()}
        self._tickets = queues.get_queue_client(name, **policy)
        self._deleted = queues.get_queue_client(DELETED, **policy)
        super().__init__(SERVICE, self._tickets, self._deleted)

    async def send(self, ticket: Ticket, *, delay: float = 0) -> None:
        """Queue an attempt that becomes due after `delay` seconds, but after seven days at the latest."""
        async with self.calls():
            await self._tickets.send_message(
                ticket.encode(), visibility_timeout=int(min(delay, MAX_DELAY)), time_to_live=NEVER_EXPIRES
            )

    async def count(self) -> int:
        """About how many tickets are queued, including those that are not yet due."""
        async with self.calls():
            return int((await self._tickets.get_queue_properties()).approximate_message_count or 0)

    async def any_due(self) -> bool:
        """Whether a ticket is due that nobody has taken yet."""
        async with self.calls():
            return bool(await self._tickets.peek_messages(max_messages=1))
