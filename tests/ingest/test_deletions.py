"""Deletions that the host gave up on: none is lost in silence, and nothing of the photo stays."""

import json

import pytest

from ingest import handlers
from ingest.reconcile import reconcile
from ingest.retries import retry
from shared.errors import Outage
from shared.photo import photo_id
from tests.ingest.fakes import Fakes, fakes, jpeg

NAME = "holiday/a b.jpg"
ID = photo_id(NAME)
SUBJECT = f"/blobServices/default/containers/photos/blobs/{NAME}"
EVENT = json.dumps({"eventType": "Microsoft.Storage.BlobDeleted", "subject": SUBJECT})


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """A photo that was indexed, and whose blob is gone."""
    world = fakes()
    monkeypatch.setattr(handlers, "ingest_context", lambda: world.context)
    world.storage.put(NAME, jpeg())
    await handlers.photo_arrived(NAME)
    del world.storage.blobs[NAME]
    return world


def is_gone(world: Fakes) -> bool:
    return not (world.index.photos or world.storage.pictures or world.failures.records)


def break_index(world: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise Outage("search cannot be reached")

    for name in ("get", "delete"):
        monkeypatch.setattr(world.index, name, fail)


@pytest.mark.parametrize("body", [EVENT, f"[{EVENT}]"])
async def test_it_is_tried_once_more(body: str, world: Fakes) -> None:
    await handlers.delete_given_up(body)

    assert is_gone(world)


async def test_a_delete_that_fails_again_is_recorded_until_a_reconcile_succeeds(
    world: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as outage:
        break_index(world, outage)
        with pytest.raises(Exception, match="search cannot be reached"):
            await handlers.photo_deleted(EVENT)
        await handlers.delete_given_up(EVENT)

    [failure] = world.failures.records.values()
    assert (failure.id, failure.path, failure.state) == (ID, NAME, "failed")
    assert failure.reason.startswith("the photo was deleted, and the app failed")

    await reconcile(world.context)
    assert is_gone(world)


async def test_pictures_of_a_delete_that_failed_half_way_go_too(world: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as outage:

        async def fail(_: str) -> None:
            raise Outage("storage cannot be reached")

        outage.setattr(world.storage, "delete_pictures", fail)
        with pytest.raises(Exception, match="storage cannot be reached"):
            await handlers.photo_deleted(EVENT)
        await handlers.delete_given_up(EVENT)
    assert (list(world.index.photos), list(world.storage.pictures)) == ([ID], [ID])

    await reconcile(world.context)

    assert is_gone(world)


async def test_a_person_may_try_again(world: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as outage:
        break_index(world, outage)
        await handlers.delete_given_up(EVENT)

    await retry(world.failures.records[ID], tickets=world.context.tickets, failures=world.context.failures)
    [(ticket, _)] = world.tickets.sent
    await handlers.retry_due(ticket.encode())

    assert is_gone(world)


async def test_a_photo_that_is_there_again_is_no_failure(world: Fakes) -> None:
    world.storage.put(NAME, jpeg())

    await handlers.delete_given_up(EVENT)

    assert not world.failures.records


@pytest.mark.parametrize("body", ["gibberish", "{}", "[]"])
async def test_a_message_nobody_can_read_is_recorded(body: str, world: Fakes) -> None:
    await handlers.delete_given_up(body)

    [failure] = world.failures.records.values()
    assert failure.unreadable
    assert body in failure.path
