"""A photo is searchable or failed, however several attempts at it cross."""

import asyncio
from collections.abc import Callable

import pytest

from ingest import handlers
from ingest.one_state import settle_failure
from shared.errors import Outage, SettingsError
from shared.photo import Photo, photo_id
from shared.stores.failures import Failure
from shared.stores.tickets import Ticket
from tests.ingest.fakes import Fakes, fakes, jpeg

ID = photo_id("a.jpg")
POISON = '{"BlobName": "a.jpg"}'


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    world = fakes()
    monkeypatch.setattr(handlers, "ingest_context", lambda: world.context)
    return world


def states(world: Fakes) -> tuple[bool, bool]:
    """Whether the photo is searchable, and whether it is failed."""
    return ID in world.index.photos, ID in world.failures.records


async def test_a_message_that_is_given_up_after_another_attempt_succeeded_is_no_failure(world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg())
    await handlers.photo_arrived("a.jpg")

    await handlers.dead_lettered(POISON)

    assert states(world) == (True, False)


async def test_a_success_after_the_failure_clears_it(world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg())
    await handlers.dead_lettered(POISON)
    assert states(world) == (False, True)

    await handlers.photo_arrived("a.jpg")

    assert states(world) == (True, False)


@pytest.mark.parametrize("before", ["write", "get"])
async def test_a_success_in_the_midst_of_a_failure_wins(world: Fakes, before: str) -> None:
    world.storage.put("a.jpg", jpeg())
    owner = world.failures if before == "write" else world.index
    original: Callable[..., object] = getattr(owner, before)

    async def succeed_first(argument: object) -> object:
        setattr(owner, before, original)
        await handlers.photo_arrived("a.jpg")
        return await original(argument)  # type: ignore[misc]

    setattr(owner, before, succeed_first)
    await handlers.dead_lettered(POISON)

    assert states(world) == (True, False)


async def test_when_a_broken_file_replaces_a_photo_the_older_version_is_not_searchable(world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg())
    await handlers.photo_arrived("a.jpg")
    world.storage.put("a.jpg", b"text")

    await handlers.photo_arrived("a.jpg")

    assert states(world) == (False, True)
    assert not world.storage.pictures


async def test_an_attempt_at_an_older_version_does_not_clear_the_failure_of_the_newer(world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg())

    def replace(number: int) -> None:
        if number == 2:  # after the older version was described
            world.storage.before_stat = lambda number: None
            world.storage.put("a.jpg", b"text")
            world.failures.records[ID] = Failure.of(Ticket("a.jpg"), "not an image")

    world.storage.before_stat = replace
    await handlers.photo_arrived("a.jpg")

    assert states(world) == (False, True)


async def test_a_failure_of_a_photo_that_is_gone_removes_what_is_left_of_it(world: Fakes) -> None:
    world.index.photos[ID] = Photo(id=ID, path="a.jpg")

    await handlers.dead_lettered(POISON)

    assert states(world) == (False, False)


@pytest.mark.parametrize("error", [Outage("search is down"), SettingsError("the dimensions differ")])
async def test_an_index_that_is_away_leaves_the_failure_recorded(world: Fakes, error: Exception) -> None:
    async def fail(id_: str, *, with_vector: bool = False) -> Photo | None:
        raise error

    world.index.get = fail  # type: ignore[method-assign]

    await handlers.dead_lettered(POISON)

    assert states(world) == (False, True)


async def test_many_attempts_at_once_end_in_one_state(world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg())

    await asyncio.gather(*(handlers.dead_lettered(POISON) for _ in range(5)), handlers.photo_arrived("a.jpg"))
    await settle_failure("a.jpg", world.context)

    assert states(world) == (True, False)
