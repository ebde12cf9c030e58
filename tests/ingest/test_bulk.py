"""An import takes a part of a worker's places and tickets for the rest; what a person uploads is at work at once."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ingest import bulk, handlers
from ingest.arrivals import BULK_PLACES
from ingest.status import status
from ingest.throttle import Throttle
from shared.errors import Outage, Throttled
from shared.photo import photo_id
from shared.stores.tickets import Ticket
from tests.ingest.fakes import Fakes, fakes, jpeg
from tests.machine import ROOT


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    world = fakes()
    monkeypatch.setattr(handlers, "ingest_context", lambda: world.context)
    return world


class Gate:
    """Holds up the reading of every photo until it is open, and counts those that wait."""

    def __init__(self, world: Fakes) -> None:
        self.waiting: list[str] = []
        self.open = asyncio.Event()
        read = world.storage.read

        async def wait_and_read(info: object) -> object:
            self.waiting.append(info.name)  # type: ignore[attr-defined]
            await self.open.wait()
            return await read(info)  # type: ignore[arg-type]

        world.storage.read = wait_and_read  # type: ignore[method-assign, assignment]


@asynccontextmanager
async def busy(world: Fakes, *, arrivals: int = BULK_PLACES) -> AsyncIterator[Gate]:
    """An import so far on that as many photos are in progress; they go on when the block ends."""
    gate = Gate(world)
    names = [f"import/{number}.jpg" for number in range(arrivals)]
    for number, name in enumerate(names):
        world.storage.put(name, jpeg(number))
    tasks = [asyncio.create_task(handlers.photo_arrived(name)) for name in names]
    while len(gate.waiting) < arrivals:  # noqa: ASYNC110 - it is the pipeline that does not notify
        await asyncio.sleep(0)
    try:
        yield gate
    finally:
        gate.open.set()
        await asyncio.gather(*tasks)


async def test_the_first_of_an_import_start_at_once(world: Fakes) -> None:
    async with busy(world):
        assert world.tickets.sent == []


async def test_the_rest_of_an_import_become_delayed_first_attempts(world: Fakes) -> None:
    world.storage.put("import/next.jpg", jpeg(100))
    async with busy(world):
        await handlers.photo_arrived("import/next.jpg")

        assert world.tickets.sent == [(Ticket("import/next.jpg"), bulk.BULK_DELAY)]
        assert bulk.BULK_DELAY > 0


async def test_what_a_person_uploads_passes(world: Fakes) -> None:
    world.storage.put("fresh.jpg", jpeg(100), from_app=True)
    async with busy(world) as gate:
        fresh = asyncio.create_task(handlers.photo_arrived("fresh.jpg"))
        while "fresh.jpg" not in gate.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0)

        assert world.tickets.sent == []
    await fresh
    assert photo_id("fresh.jpg") in world.index.photos


async def test_uploads_of_people_leave_bulk_no_place_but_tickets(world: Fakes) -> None:
    names = [f"fresh/{number}.jpg" for number in range(BULK_PLACES + 4)]
    for number, name in enumerate(names):
        world.storage.put(name, jpeg(200 + number), from_app=True)
    world.storage.put("import/next.jpg", jpeg(100))
    gate = Gate(world)
    tasks = [asyncio.create_task(handlers.photo_arrived(name)) for name in names]
    while len(gate.waiting) < len(names):  # noqa: ASYNC110
        await asyncio.sleep(0)

    await handlers.photo_arrived("import/next.jpg")

    assert world.tickets.names == ["import/next.jpg"]
    gate.open.set()
    await asyncio.gather(*tasks)


async def test_places_are_free_again_afterwards_whatever_became_of_the_photos(world: Fakes) -> None:
    for number in range(BULK_PLACES):
        world.storage.put(f"broken/{number}.jpg", b"not an image")
        await handlers.photo_arrived(f"broken/{number}.jpg")
    async with busy(world):
        pass
    world.storage.put("import/next.jpg", jpeg(100))

    await handlers.photo_arrived("import/next.jpg")

    assert world.tickets.sent == []
    assert photo_id("import/next.jpg") in world.index.photos


async def test_a_queued_photo_is_waiting_and_ends_like_any_other(world: Fakes) -> None:
    world.storage.put("import/next.jpg", jpeg(100))
    async with busy(world):
        await handlers.photo_arrived("import/next.jpg")
    [(ticket, _)] = world.tickets.sent

    before = await status(world.context)
    await handlers.retry_due(ticket.encode())

    assert (before.waiting, before.retrying) == (1, 0)
    assert photo_id("import/next.jpg") in world.index.photos


async def test_a_blob_that_is_gone_is_seen_to_at_once(world: Fakes) -> None:
    async with busy(world):
        await handlers.photo_arrived("gone.jpg")

    assert world.tickets.sent == []


async def test_storage_that_is_away_leaves_a_ticket(world: Fakes) -> None:
    def fail(_: int) -> None:
        raise Outage("storage is away")

    async with busy(world):
        world.storage.before_stat = fail
        await handlers.photo_arrived("import/next.jpg")
        world.storage.before_stat = lambda _: None

    assert world.tickets.names == ["import/next.jpg"]


async def test_a_ticket_that_cannot_be_sent_leaves_the_event_with_the_host(
    world: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: Ticket, *, delay: float = 0) -> None:
        raise Outage("queues are away")

    world.storage.put("import/next.jpg", jpeg(100))
    async with busy(world):
        monkeypatch.setattr(world.tickets, "send", fail)

        with pytest.raises(Outage):
            await handlers.photo_arrived("import/next.jpg")


def test_the_host_asks_for_more_blobs_while_an_import_has_its_places() -> None:
    # Storage's extension asks for the next batch once no more than this many are in progress.
    most = json.loads((ROOT / "host.json").read_text())["extensions"]["blobs"]["maxDegreeOfParallelism"]
    batch = min(32, most // 2 + 1)

    assert most - batch > BULK_PLACES


@pytest.fixture
def throttled(world: Fakes, monkeypatch: pytest.MonkeyPatch) -> list[Throttled]:
    """The vision model refuses as often as there are errors in this list."""
    monkeypatch.setattr(bulk, "PATIENT_WAIT", 0.0)
    monkeypatch.setattr("ingest.throttle.DEFAULT_WAIT", 0.0)
    monkeypatch.setattr("ingest.throttle.MAX_WAIT", -1.0)  # a wait that is too long to be waited out at once
    errors: list[Throttled] = []
    complete = world.models.complete

    async def refuse(*arguments: Any, **options: Any) -> Any:
        world.context.caption_throttle = Throttle()  # what counts here is how often it is asked
        if errors:
            raise errors.pop()
        return await complete(*arguments, **options)

    monkeypatch.setattr(world.models, "complete", refuse)
    return errors


@pytest.mark.parametrize(
    ("from_app", "waiting", "refusals", "wait", "is_searchable"),
    [
        (True, 500, 2, 0.0, True),
        (True, 500, 3, 0.0, False),
        (True, 500, 1, 300.0, False),
        (True, 3, 1, 0.0, False),
        (False, 500, 1, 0.0, False),
    ],
)
async def test_only_an_upload_that_would_wait_behind_an_import_is_tried_again_in_its_place(
    world: Fakes,
    throttled: list[Throttled],
    from_app: bool,
    waiting: int,
    refusals: int,
    wait: float,
    is_searchable: bool,
) -> None:
    world.storage.put("a.jpg", jpeg(), from_app=from_app)
    world.tickets.waiting = waiting
    throttled += [Throttled("slow down", wait=wait) for _ in range(refusals)]

    await handlers.photo_arrived("a.jpg")

    assert (photo_id("a.jpg") in world.index.photos) is is_searchable
    assert bool(world.tickets.sent) is not is_searchable
