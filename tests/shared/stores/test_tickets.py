"""Tickets as they travel through the queue."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from azure.storage.queue.aio import QueueServiceClient
from hypothesis import given, strategies as st

from shared.errors import BadRequest, Outage, Throttled
from shared.photo import photo_id
from shared.stores.tickets import REFRESH, Ticket, TicketQueue
from tests.machine import Azurite, free_port
from tests.shared.scripted_server import Answer, scripted_server

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def queue_service(url: str) -> QueueServiceClient:
    return QueueServiceClient(f"{url}/a", {"account_name": "a", "account_key": "c2VjcmV0"}, retry_total=0)


@given(st.text(min_size=1), st.integers(1, 100))
def test_a_ticket_survives_the_queue(name: str, attempt: int) -> None:
    ticket = Ticket(name, attempt).begin(NOON)

    assert Ticket.decode(ticket.encode()) == ticket


NO_TICKETS = ["", "[]", "null", "{}", '{"name": ""}', '{"name": 3}', '{"name": "a", "attempt": "x"}', "[" * 10_000]
BAD_DATES = ['{"name": "a", "since": "yesterday"}', '{"name": "a", "since": "2026-05-01"}']


@pytest.mark.parametrize("body", [*NO_TICKETS, *BAD_DATES])
def test_what_is_not_a_ticket_is_refused(body: str) -> None:
    with pytest.raises(BadRequest, match=r"^not a ticket: \w"):
        Ticket.decode(body)


def test_a_time_without_a_zone_is_named_as_the_fault() -> None:
    with pytest.raises(BadRequest, match=r"^not a ticket: the time needs a zone$"):
        Ticket.decode('{"name": "a", "since": "2026-05-01T12:00:00"}')


def test_the_first_attempt_sets_the_date_and_later_ones_keep_it() -> None:
    first = Ticket("a.jpg").begin(NOON)

    assert first.since == "2026-05-01T12:00:00Z"
    assert first.next() == Ticket("a.jpg", 2, "2026-05-01T12:00:00Z")
    assert first.next().begin(datetime.now(UTC)).since == first.since
    assert first.age(NOON.replace(minute=1)) == 60
    assert Ticket("a.jpg").age(NOON) == 0


def test_the_id_of_a_ticket_is_that_of_its_photo() -> None:
    assert Ticket("a.jpg").id == photo_id("a.jpg")


def test_tickets_are_counted_and_delivered_when_due(azurite: Azurite) -> None:
    async def run() -> None:
        async with QueueServiceClient.from_connection_string(azurite.connection_string) as queues:
            tickets = TicketQueue(queues)
            await tickets.check()
            before = await tickets.count()
            await tickets.send(Ticket("due.jpg", 2))
            await tickets.send(Ticket("later.jpg"), delay=3600)

            assert await tickets.count() == before + 2
            raw = queues.get_queue_client("photo-tickets")
            bodies = [base64.b64decode(each.content).decode() async for each in raw.receive_messages()]
            assert '{"name":"due.jpg","attempt":2,"since":""}' in bodies
            assert not [body for body in bodies if "later.jpg" in body]

    asyncio.run(run())


async def sent(delay: float) -> str:
    """The address a ticket is sent to with this delay."""
    async with scripted_server(Answer(201)) as server, queue_service(server.url) as queues:
        tickets = TicketQueue(queues)
        await tickets.ready()
        message = b"<QueueMessage><MessageId>m</MessageId><PopReceipt>p</PopReceipt></QueueMessage>"
        body = b"<QueueMessagesList>" + message + b"</QueueMessagesList>"
        server.script(Answer(201, body, {"Content-Type": "application/xml"}))
        await tickets.send(Ticket("a.jpg"), delay=delay)
        return server.requests[0].target


@pytest.mark.parametrize(("delay", "seconds"), [(0, 0), (15.9, 15), (604_800, 604_800), (1e9, 604_800)])
async def test_a_ticket_waits_a_week_at_most_and_never_expires(delay: float, seconds: int) -> None:
    target = await sent(delay)

    assert f"visibilitytimeout={seconds}&" in f"{target}&"
    assert "messagettl=-1" in target


async def test_both_queues_are_created_once() -> None:
    async with scripted_server(Answer(201)) as server, queue_service(server.url) as queues:
        tickets = TicketQueue(queues)
        await tickets.ready()
        await tickets.ready()

        assert [each.target for each in server.requests] == ["/a/photo-tickets", "/a/photo-deleted"]


Call = Callable[[TicketQueue], Awaitable[Any]]


@pytest.mark.parametrize(
    "call", [lambda queue: queue.send(Ticket("a.jpg")), lambda queue: queue.count(), lambda queue: queue.check()]
)
async def test_errors_of_the_queue_become_ours(call: Call) -> None:
    async with scripted_server(Answer(201)) as server, queue_service(server.url) as queues:
        tickets = TicketQueue(queues)
        await tickets.ready()
        server.script(Answer(429, headers={"Retry-After": "6"}))
        with pytest.raises(Throttled, match="queue storage") as raised:
            await call(tickets)

    assert raised.value.wait == 6


async def test_queues_that_cannot_be_reached_are_an_outage() -> None:
    async with queue_service(f"http://127.0.0.1:{free_port()}") as queues:
        with pytest.raises(Outage, match="queue storage cannot be reached"):
            await TicketQueue(queues).check()


async def test_a_queue_of_another_name_takes_tickets_too() -> None:
    async with scripted_server(Answer(201)) as server, queue_service(server.url) as queues:
        await TicketQueue(queues, name=REFRESH).ready()

        assert [each.target for each in server.requests] == ["/a/photo-refresh", "/a/photo-deleted"]


def test_only_tickets_that_are_due_and_not_taken_are_due(azurite: Azurite) -> None:
    async def run() -> None:
        async with QueueServiceClient.from_connection_string(azurite.connection_string) as queues:
            tickets = TicketQueue(queues, name=f"test-{uuid4().hex}")
            await tickets.send(Ticket("later.jpg"), delay=3600)
            assert not await tickets.any_due()
            await tickets.send(Ticket("due.jpg"))
            assert await tickets.any_due()
            [_] = [each async for each in tickets._tickets.receive_messages()]
            assert not await tickets.any_due()
            assert await tickets.count() == 2

    asyncio.run(run())
