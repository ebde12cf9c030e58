"""Pictures of a new photo are written while the model looks at it, and never over those of another version."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from ingest.pipeline import ingest
from ingest.removal import remove
from shared.errors import BadPhoto, Outage, Throttled, Transient
from shared.models import ModelReply
from shared.photo import photo_id
from tests.ingest.fakes import Fakes, fakes, jpeg

NAME = "dog.jpg"
ID = photo_id(NAME)


def while_described(world: Fakes, monkeypatch: pytest.MonkeyPatch, look: Callable[[], object]) -> None:
    """Look at the world while the model does, once nothing else is to be done."""
    complete = world.models.complete

    async def slowly(messages: Sequence[Mapping[str, Any]], **options: Any) -> ModelReply:
        for _ in range(20):  # turns of the loop, which fakes never wait for anything in
            await asyncio.sleep(0)
        look()
        return await complete(messages, **options)

    monkeypatch.setattr(world.models, "complete", slowly)


async def test_they_are_written_while_a_new_photo_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    seen: list[bool] = []
    while_described(world, monkeypatch, lambda: seen.append(ID in world.storage.pictures and not world.index.photos))

    assert await ingest(NAME, world.context)

    assert seen == [True]
    assert ID in world.storage.pictures


async def test_those_of_a_version_that_is_searchable_stay_until_the_next_one_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    before = world.storage.pictures[ID]
    world.storage.put(NAME, jpeg(1, size=(48, 64)))
    seen: list[object] = []
    while_described(world, monkeypatch, lambda: seen.append(world.storage.pictures[ID]))

    assert await ingest(NAME, world.context)

    assert seen == [before]
    assert world.storage.pictures[ID] != before


@pytest.mark.parametrize("error", [BadPhoto("refused"), Throttled("slowly", wait=60)])
async def test_those_of_a_photo_that_is_not_described_are_taken_back(error: Exception) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    world.models.error = error

    with pytest.raises(type(error)):
        await ingest(NAME, world.context)

    assert not world.storage.pictures


async def test_those_of_a_version_that_was_replaced_meanwhile_are_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    while_described(world, monkeypatch, lambda: world.storage.put(NAME, jpeg(1)))

    assert await ingest(NAME, world.context) is None

    assert not world.storage.pictures


async def test_a_slower_older_version_leaves_pictures_and_document_of_the_newer_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    may_go_on, has_begun, complete = asyncio.Event(), asyncio.Event(), world.models.complete

    async def hold(messages: Sequence[Mapping[str, Any]], **options: Any) -> ModelReply:
        has_begun.set()
        await may_go_on.wait()
        return await complete(messages, **options)

    monkeypatch.setattr(world.models, "complete", hold)
    older = asyncio.ensure_future(ingest(NAME, world.context))
    await has_begun.wait()
    monkeypatch.setattr(world.models, "complete", complete)
    world.storage.put(NAME, jpeg(1, size=(48, 64)))

    newer = await ingest(NAME, world.context)
    pictures = world.storage.pictures[ID]
    may_go_on.set()

    assert await older is None
    assert newer
    assert world.index.photos[ID] == newer
    assert (newer.width, newer.height) == (48, 64)
    assert world.storage.pictures[ID] == pictures


async def test_they_stay_where_it_is_not_known_whether_the_document_was_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    put = world.index.put

    async def lose_the_answer(photo: Any) -> None:
        await put(photo)
        raise Transient("the connection broke")

    monkeypatch.setattr(world.index, "put", lose_the_answer)
    with pytest.raises(Transient):
        await ingest(NAME, world.context)
    monkeypatch.setattr(world.index, "put", put)

    assert await ingest(NAME, world.context)  # unchanged

    assert ID in world.storage.pictures


async def test_where_they_cannot_be_written_early_they_are_written_in_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise Outage("storage is down")

    world = fakes()
    world.storage.put(NAME, jpeg())
    monkeypatch.setattr(world.storage, "create_picture", fail)

    assert await ingest(NAME, world.context)

    assert ID in world.storage.pictures


async def test_what_a_killed_attempt_left_is_replaced_and_goes_with_the_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    world.storage.pictures[ID] = (b"older", b"older")

    assert await ingest(NAME, world.context)
    assert world.storage.pictures[ID] != (b"older", b"older")

    world.storage.blobs.clear()
    world.index.photos.clear()
    await remove(NAME, world.context)
    assert not world.storage.pictures


async def test_those_of_an_attempt_that_is_cancelled_are_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    attempts: list[asyncio.Task[Any]] = []
    while_described(world, monkeypatch, lambda: [each.cancel() for each in attempts])
    attempts.append(asyncio.ensure_future(ingest(NAME, world.context)))

    with pytest.raises(asyncio.CancelledError):
        await attempts[0]

    assert not world.storage.pictures
    assert not world.index.photos


async def test_those_that_a_late_removal_has_deleted_are_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    while_described(world, monkeypatch, lambda: world.storage.pictures.pop(ID))

    assert await ingest(NAME, world.context)

    assert ID in world.storage.pictures
