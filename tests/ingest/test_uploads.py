"""An upload has a ticket of its own and an event, and whichever is first makes the only attempt."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ingest import handlers, recent_uploads, uploads
from ingest.recent_uploads import RecentUploads
from shared.errors import BadPhoto, Outage, Throttled
from shared.photo import photo_id
from shared.request_load import RequestLoad
from shared.stores.tickets import Ticket
from tests.ingest.fakes import Fakes, fakes, jpeg

Attempt = Callable[[str], Awaitable[None]]


async def arrive_by_event(name: str) -> None:
    await handlers.photo_arrived(name)


async def arrive_by_ticket(name: str) -> None:
    await handlers.upload_due(Ticket(name).encode())


ORDERS = [(arrive_by_event, arrive_by_ticket), (arrive_by_ticket, arrive_by_event)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    return take(fakes(), monkeypatch)


def take(world: Fakes, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    monkeypatch.setattr(handlers, "ingest_context", lambda: world.context)
    return world


async def test_a_ticket_is_the_first_attempt(world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg(), from_app=True)

    await uploads.announce("a.jpg", world.context)
    [(ticket, delay)] = world.upload_tickets.sent
    await handlers.upload_due(ticket.encode())

    assert delay == 0
    assert list(world.index.photos) == [photo_id("a.jpg")]
    assert world.failures.cleared == [photo_id("a.jpg")]


async def test_jobs_give_way_from_the_upload_to_the_end_of_its_attempt(
    world: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, awaited = [100.0], []
    load = RequestLoad(lambda: now[0])
    for module in (handlers, uploads):
        monkeypatch.setattr(module, "REQUEST_LOAD", load)
    world.storage.put("a.jpg", jpeg(), from_app=True)
    describe = world.models.complete

    async def note(*args: Any, **options: Any) -> Any:
        now[0] += uploads.EXPECTED
        awaited.append(load.is_awaited)
        return await describe(*args, **options)

    monkeypatch.setattr(world.models, "complete", note)

    await uploads.announce("a.jpg", world.context)
    awaited.append(load.is_awaited)
    await handlers.upload_due(Ticket("a.jpg").encode())

    assert (awaited, load.is_awaited) == ([True, True], False)


async def test_event_grid_needs_no_tickets(monkeypatch: pytest.MonkeyPatch) -> None:
    world = take(fakes(PHOTO_EVENTS="eventgrid"), monkeypatch)
    world.storage.put("a.jpg", jpeg(), from_app=True)

    await uploads.announce("a.jpg", world.context)
    await arrive_by_event("a.jpg")

    assert world.upload_tickets.sent == []
    assert list(world.index.photos) == [photo_id("a.jpg")]


async def test_a_ticket_that_cannot_be_sent_leaves_the_photo_to_its_event(
    world: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: Ticket, *, delay: float = 0) -> None:
        raise Outage("queues are away")

    monkeypatch.setattr(world.upload_tickets, "send", fail)

    await uploads.announce("a.jpg", world.context)


@pytest.mark.parametrize(("first", "second"), ORDERS)
async def test_event_and_ticket_at_once_pay_once(world: Fakes, first: Attempt, second: Attempt) -> None:
    world.storage.put("a.jpg", jpeg(), from_app=True)

    await asyncio.gather(first("a.jpg"), second("a.jpg"))

    assert (len(world.models.requests), len(world.models.embedded)) == (1, 1)
    assert world.storage.reads == ["a.jpg"]


@pytest.mark.parametrize("error", [BadPhoto("the model refused it"), Throttled("busy", wait=60.0)])
@pytest.mark.parametrize(("first", "second"), ORDERS)
async def test_what_fails_fails_once(world: Fakes, first: Attempt, second: Attempt, error: Exception) -> None:
    world.storage.put("a.jpg", jpeg(), from_app=True)
    world.models.error = error

    await first("a.jpg")
    await second("a.jpg")

    assert len(world.models.requests) == 1
    assert len(world.tickets.sent) == (not isinstance(error, BadPhoto))
    assert [failure.attempts for failure in world.failures.records.values()] == [1]


@pytest.mark.parametrize(("first", "second"), ORDERS)
async def test_an_attempt_that_breaks_off_is_made_again(
    world: Fakes, first: Attempt, second: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("a bug")

    world.storage.put("a.jpg", jpeg(), from_app=True)
    with monkeypatch.context() as patch:
        patch.setattr(world.storage, "read", crash)
        with pytest.raises(RuntimeError):
            await first("a.jpg")

    await second("a.jpg")

    assert list(world.index.photos) == [photo_id("a.jpg")]


@pytest.mark.parametrize("arrive", [arrive_by_event, arrive_by_ticket])
async def test_every_version_of_an_upload_is_attempted(world: Fakes, arrive: Attempt) -> None:
    for seed in range(2):
        world.storage.put("a.jpg", jpeg(seed), from_app=True)
        await arrive("a.jpg")

    assert len(world.models.requests) == 2


async def test_a_ticket_of_a_file_that_is_gone_removes_the_photo(world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg(), from_app=True)
    await arrive_by_event("a.jpg")
    del world.storage.blobs["a.jpg"]

    await arrive_by_ticket("a.jpg")

    assert not world.index.photos


async def test_storage_that_is_away_postpones_the_attempt(world: Fakes) -> None:
    def fail(_: int) -> None:
        raise Outage("storage is away")

    world.storage.put("a.jpg", jpeg(), from_app=True)
    world.storage.before_stat = fail

    await arrive_by_ticket("a.jpg")

    assert world.tickets.names == ["a.jpg"]


@pytest.mark.parametrize("body", ["not a ticket", '{"name": ""}'])
async def test_a_message_that_is_not_a_ticket_is_recorded(world: Fakes, body: str) -> None:
    await handlers.upload_due(body)

    [failure] = world.failures.records.values()
    assert failure.unreadable


def test_only_so_many_uploads_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_uploads, "MAX_UPLOADS", 2)
    recent = RecentUploads()

    assert [recent.claim(version) for version in "abca"] == [True] * 4
    assert not recent.claim("c")
