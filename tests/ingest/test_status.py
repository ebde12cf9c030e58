"""How many photos are in each state."""

from datetime import UTC, datetime

import pytest

from ingest.caption_once import today
from ingest.status import IngestStatus, PhotoStatus, list_failures, status, status_of
from shared.errors import NotFound
from shared.photo import Photo, photo_id
from shared.stores.failures import Failure
from shared.stores.spending_page import Spending
from shared.stores.tickets import Ticket
from tests.ingest.fakes import Fakes, fakes

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def failing(world: Fakes, name: str, due: datetime | None = None) -> None:
    failure = Failure.of(Ticket(name), "why", due=due)
    world.failures.records[failure.id] = failure


async def test_every_original_is_in_one_state() -> None:
    world = fakes(CAPTIONS_PER_DAY="9")
    for number in range(10):
        world.storage.put(f"{number}.jpg", b"x")
    for number in range(3):
        world.index.photos[str(number)] = Photo(id=str(number), path=f"{number}.jpg")
    failing(world, "3.jpg")
    failing(world, "4.jpg", NOW)
    failing(world, "5.jpg", NOW)
    world.refresh_tickets.waiting = 2
    await world.spending.add(today(), captions=3, tokens=4000)

    assert await status(world.context) == IngestStatus(
        indexed=3,
        waiting=4,
        retrying=2,
        failed=1,
        refreshing=2,
        attached=0,
        ignored=0,
        trash=0,
        captions_today=3,
        captions_per_day=9,
        tokens_today=4000,
        chat_today={},
        chat_tokens_per_day=5_000_000,
        limitations=["chat works without filters and counts: m refused tools: no"],
    )


async def test_an_index_that_is_ahead_of_the_container_leaves_nothing_waiting() -> None:
    world = fakes()
    world.index.photos["a"] = Photo(id="a", path="gone.jpg")

    result = await status(world.context)

    assert (result.waiting, result.indexed) == (0, 1)
    assert (result.captions_today, result.captions_per_day, result.tokens_today) == (0, 0, 0)


async def test_records_of_no_photo_leave_those_that_wait_waiting() -> None:
    world = fakes()
    world.storage.put("a.jpg", b"x")
    stray = Failure.of_stray_blob("notes.txt")
    world.failures.records[stray.id] = stray

    result = await status(world.context)

    assert (result.waiting, result.failed) == (1, 1)


async def test_yesterdays_spending_does_not_count() -> None:
    world = fakes()
    world.spending.days[NOW.date()] = Spending(5, 5)

    assert (await status(world.context)).captions_today == 0


async def test_failures_are_listed_given_up_first_and_by_path() -> None:
    world = fakes()
    for name, due in (("b", None), ("a", NOW), ("c", NOW), ("d", None)):
        failing(world, name, due)

    assert [each.path for each in await list_failures(world.context.failures)] == ["b", "d", "a", "c"]
    assert [each.path for each in await list_failures(world.context.failures, "retrying")] == ["a", "c"]
    assert [each.path for each in await list_failures(world.context.failures, "failed")] == ["b", "d"]


async def test_an_id_tells_the_photo_its_state_and_the_reason() -> None:
    world = fakes()
    failing(world, "failed.jpg")
    failing(world, "retried.jpg", NOW)
    world.index.photos[photo_id("good.jpg")] = Photo(id=photo_id("good.jpg"), path="good.jpg")
    for name in ("waiting.jpg", "Thumbs.db", "good.jpg.xmp"):
        world.storage.put(name, b"x")

    async def state(name: str) -> PhotoStatus:
        return await status_of(photo_id(name), world.context)

    assert await state("failed.jpg") == PhotoStatus(photo_id("failed.jpg"), "failed.jpg", "failed", "why")
    assert await state("retried.jpg") == PhotoStatus(photo_id("retried.jpg"), "retried.jpg", "retrying", "why")
    assert await state("good.jpg") == PhotoStatus(photo_id("good.jpg"), "good.jpg", "searchable")
    assert await state("waiting.jpg") == PhotoStatus(photo_id("waiting.jpg"), "waiting.jpg", "waiting")
    assert (await state("Thumbs.db")).state == "ignored"
    assert (await state("good.jpg.xmp")).state == "attached"
    with pytest.raises(NotFound):
        await state("gone.jpg")
