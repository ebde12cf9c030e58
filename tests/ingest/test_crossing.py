"""Whatever happens to a photo between any two calls of the attempt that makes it searchable: it ends in one state."""

import io
import json
import os
import random
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from PIL import Image as Pillow

from ingest import handlers
from ingest.reconcile import reconcile
from shared.errors import Outage
from shared.photo import photo_id
from tests.ingest.crossing import Work, take_turns
from tests.ingest.facts.builders import xmp
from tests.ingest.fakes import Fakes, fakes, jpeg

NAME = "a.jpg"
ID = photo_id(NAME)
ONE, TWO, BROKEN = jpeg(1, size=(16, 12)), jpeg(2, size=(12, 16)), b"not a picture"
RATED = xmp(attributes="xmp:Rating='5'")
GONE = json.dumps({"subject": f"/blobServices/default/containers/photos/blobs/{NAME}"})
POISON = json.dumps({"BlobName": NAME})

ORDERS = os.environ.get("CROSSING_ORDERS", "40")  # of each pair, or all
Step = Callable[[Fakes], Awaitable[None]]


async def arrives(world: Fakes) -> None:
    world.storage.put(NAME, ONE)
    await handlers.photo_arrived(NAME)


async def is_reported_again(world: Fakes) -> None:
    await handlers.photo_arrived(NAME)


async def is_replaced(world: Fakes) -> None:
    world.storage.put(NAME, TWO)
    await handlers.photo_arrived(NAME)


async def is_replaced_by_a_broken_file(world: Fakes) -> None:
    world.storage.put(NAME, BROKEN)
    await handlers.photo_arrived(NAME)


async def is_deleted(world: Fakes) -> None:
    world.storage.blobs.pop(NAME, None)
    await handlers.photo_deleted(GONE)


async def is_given_up(world: Fakes) -> None:
    await handlers.dead_lettered(POISON)


async def gets_a_sidecar(world: Fakes) -> None:
    world.storage.put("a.xmp", RATED)
    await handlers.photo_arrived("a.xmp")


async def is_broken(world: Fakes) -> None:
    world.storage.put(NAME, BROKEN)
    await handlers.photo_arrived(NAME)


async def breaks(world: Fakes) -> None:
    """A photo that is searchable is replaced by a broken file."""
    await is_broken(world)


CROSSINGS = [
    (arrives, is_reported_again),
    (arrives, is_replaced),
    (arrives, is_replaced_by_a_broken_file),
    (arrives, is_deleted),
    (arrives, is_given_up),
    (arrives, gets_a_sidecar),
    (is_deleted, is_replaced),
    (is_deleted, arrives),
    (is_broken, is_replaced),
    (breaks, is_replaced),
    (breaks, is_given_up),
]
HAVE_A_PHOTO = {is_deleted, breaks}  # before they begin


def orders(first: int, second: int) -> Iterator[tuple[int, int, int]]:
    """How far the first comes, how far the second comes then, and how far the first comes before the second goes on."""
    for before in range(first + 1):
        for within in range(1, second + 1):
            for after in range(before, first + 1):
                if within < second or after == before:
                    yield before, within, after


async def calls_of(step: Step) -> int:
    """How many calls something makes by itself, on a photo that is there."""
    world, made = begin(), 1
    world.storage.put(NAME, ONE)
    work = Work(lambda: step(world))
    while await work.go_on(1):
        made += 1
    await work.end()
    return made


def begin(**changes: str) -> Fakes:
    world = fakes(**changes)
    _worlds[:] = [world]
    take_turns(world)
    return world


_worlds: list[Fakes] = []  # the one that events are about


@pytest.fixture(autouse=True)
def events_reach_the_world_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "ingest_context", lambda: _worlds[0].context)


async def settle(world: Fakes) -> None:
    """Deliver what was queued until nothing is."""
    while world.tickets.sent:
        ticket, _ = world.tickets.sent.pop(0)
        await handlers.retry_due(ticket.encode())


def check(world: Fakes, order: object) -> None:
    """The photo is searchable as it is, with its pictures and its sidecar, or failed, or gone."""
    original, data = world.storage.blobs.get(NAME, (None, b""))
    indexed, failure = world.index.photos.get(ID), world.failures.records.get(ID)
    if original is None or data == BROKEN:
        assert indexed is None, order
        assert not world.storage.pictures, order
        assert (failure is not None) == (data == BROKEN), order
        return
    assert failure is None, order
    assert indexed, order
    assert indexed.etag == original.etag, order
    assert indexed.rating == (5 if "a.xmp" in world.storage.blobs else None), order
    width, height = (16, 12) if data == ONE else (12, 16)
    assert (indexed.width, indexed.height) == (width, height), order
    preview, thumbnail = world.storage.pictures[ID]
    assert thumbnail, order
    with Pillow.open(io.BytesIO(preview)) as picture:
        assert picture.size == (width, height), order


@pytest.mark.parametrize(("first", "second"), CROSSINGS)
async def test_in_any_order_of_its_calls(first: Step, second: Step) -> None:
    numbers = [await calls_of(each) for each in (first, second)]
    every = list(orders(*numbers))
    chosen = every if ORDERS == "all" else random.sample(every, min(int(ORDERS), len(every)))
    for order in chosen:
        world = begin()
        if first in HAVE_A_PHOTO:
            world.storage.put(NAME, ONE)
            await handlers.photo_arrived(NAME)
        await cross(partial(first, world), partial(second, world), *order)
        await settle(world)
        check(world, order)


async def cross(
    first: Callable[[], Awaitable[None]],
    second: Callable[[], Awaitable[None]],
    before: int,
    within: int,
    after: int,
) -> None:
    """Interrupt the first after some of its calls by the second, and that by the first after some of its own."""
    one = Work(first)
    await one.go_on(before)
    other = Work(second)
    await other.go_on(within)
    await one.go_on(after - before)
    await other.end()
    await one.end()


@pytest.mark.parametrize("until", ["index.put", "storage.has_created"])
@pytest.mark.parametrize("goes_on", ["storage.stat", "index.delete", "storage.delete_pictures", "failures.clear"])
async def test_a_photo_that_is_deleted_while_it_is_indexed_leaves_nothing(until: str, goes_on: str) -> None:
    world = begin()
    attempt = Work(partial(arrives, world))
    await attempt.reach(until)
    removal = Work(partial(is_deleted, world))
    await removal.reach(goes_on)
    await attempt.end()
    await removal.end()
    await settle(world)

    check(world, "")


@pytest.mark.parametrize("until", ["storage.write_pictures", "index.put", "storage.list_some"])
async def test_a_late_removal_takes_no_pictures_from_a_photo_that_came_back(until: str) -> None:
    world = begin()
    await arrives(world)
    del world.storage.blobs[NAME]
    removal = Work(partial(is_deleted, world))
    await removal.reach("storage.delete_pictures")
    attempt = Work(partial(is_replaced, world))
    await attempt.reach("storage.write_pictures")
    await attempt.reach(until)
    await removal.end()
    await attempt.end()
    await settle(world)

    check(world, "")


@pytest.mark.parametrize("trash_days", ["0", "30"])
@pytest.mark.parametrize("is_failing", [False, True])
@pytest.mark.parametrize("comes_back", [None, ONE, TWO])
async def test_what_a_killed_removal_leaves_is_found_by_reconcile(
    trash_days: str, is_failing: bool, comes_back: bytes | None
) -> None:
    done, is_left = 0, True
    while is_left:
        world = begin(TRASH_DAYS=trash_days)
        await arrives(world)
        if is_failing:
            await is_broken(world)
        del world.storage.blobs[NAME]
        removal = Work(partial(handlers.photo_deleted, GONE))
        is_left = await removal.go_on(done)
        await removal.stop()
        if comes_back:
            world.storage.put(NAME, comes_back)
            await handlers.photo_arrived(NAME)

        await reconcile(world.context, grace=timedelta())
        await settle(world)

        check(world, done)
        done += 1
    assert done > 8


@pytest.mark.parametrize("comes_back", [None, ONE, TWO])
async def test_a_removal_that_an_outage_ends_leaves_nothing_either(comes_back: bytes | None) -> None:
    world = begin(TRASH_DAYS="30")
    await arrives(world)
    del world.storage.blobs[NAME]
    with pytest.MonkeyPatch.context() as outage:
        outage.setattr(world.index, "delete", unreachable)
        with pytest.raises(Outage):
            await handlers.photo_deleted(GONE)
    if comes_back:
        world.storage.put(NAME, comes_back)
        await handlers.photo_arrived(NAME)

    await reconcile(world.context, grace=timedelta())
    await settle(world)

    check(world, "")


@pytest.mark.parametrize("comes_back", [ONE, TWO])
@pytest.mark.parametrize("until", ["index.put", "storage.has_created"])
async def test_an_attempt_makes_up_for_a_removal_that_is_killed_beside_it(comes_back: bytes, until: str) -> None:
    world = begin(TRASH_DAYS="30")
    await arrives(world)
    del world.storage.blobs[NAME]
    removal = Work(partial(handlers.photo_deleted, GONE))
    await removal.reach("storage.delete_pictures")
    world.storage.put(NAME, comes_back)
    attempt = Work(partial(handlers.photo_arrived, NAME))
    await attempt.reach(until)
    await removal.go_on(1)
    await removal.stop()
    await attempt.end()

    await reconcile(world.context, grace=timedelta())
    await settle(world)

    check(world, "")


async def unreachable(*_: object) -> None:
    raise Outage("search cannot be reached")


async def test_a_success_does_not_clear_the_failure_of_a_newer_version_for_good() -> None:
    world = begin()
    older = Work(partial(arrives, world))
    await older.reach("failures.clear")
    await is_replaced_by_a_broken_file(world)
    await older.end()
    await settle(world)

    check(world, "")
