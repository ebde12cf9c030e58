"""What each trigger does."""

import json

import pytest

from ingest import handlers
from shared.photo import photo_id
from shared.stores.tickets import Ticket
from tests.ingest.fakes import Fakes, fakes, jpeg

PREFIX = "/blobServices/default/containers/photos/blobs/"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    world = fakes()
    monkeypatch.setattr(handlers, "ingest_context", lambda: world.context)
    return world


async def test_a_photo_that_arrives_is_ingested(world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg())

    await handlers.photo_arrived("a.jpg")

    assert list(world.index.photos) == [photo_id("a.jpg")]
    assert world.failures.cleared == [photo_id("a.jpg")]


async def test_a_photo_that_cannot_be_ingested_becomes_a_failure(world: Fakes) -> None:
    world.storage.put("a.jpg", b"text")

    await handlers.photo_arrived("a.jpg")

    [failure] = world.failures.records.values()
    assert (failure.path, failure.state, failure.attempts) == ("a.jpg", "failed", 1)
    assert "not an image" in failure.reason


async def test_a_ticket_that_is_due_is_the_next_attempt(world: Fakes) -> None:
    world.storage.put("a.jpg", b"text")

    await handlers.retry_due(Ticket("a.jpg", 3, "2026-05-01T12:00:00Z").encode())

    assert [failure.attempts for failure in world.failures.records.values()] == [3]


@pytest.mark.parametrize("body", ["not a ticket", '{"name": ""}'])
async def test_a_message_that_is_not_a_ticket_is_recorded(world: Fakes, body: str) -> None:
    await handlers.retry_due(body)

    [failure] = world.failures.records.values()
    assert failure.unreadable
    assert body in failure.reason


async def test_what_the_host_gave_up_on_becomes_a_failure(world: Fakes) -> None:
    await handlers.dead_lettered('{"BlobName": "a.jpg"}')

    assert world.failures.records[photo_id("a.jpg")].state == "failed"


async def test_deleted_photos_are_removed(world: Fakes) -> None:
    for name in ("a.jpg", "b/ä c.jpg", "kept.jpg"):
        world.storage.put(name, jpeg(len(name)))
        await handlers.photo_arrived(name)
    for name in ("a.jpg", "b/ä c.jpg"):
        del world.storage.blobs[name]

    await handlers.photo_deleted(json.dumps([{"subject": f"{PREFIX}a.jpg"}, {"subject": f"{PREFIX}b/ä c.jpg"}]))

    assert [photo.path for photo in world.index.photos.values()] == ["kept.jpg"]


@pytest.mark.parametrize(
    ("events", "names"),
    [
        ({"subject": f"{PREFIX}a.jpg"}, ["a.jpg"]),
        ([{"subject": f"{PREFIX}a.jpg"}, {"subject": f"{PREFIX}b/c.jpg"}], ["a.jpg", "b/c.jpg"]),
        ({"subject": "/blobServices/default/containers/photos-2/blobs/a.jpg"}, []),
        ({"subject": f"/x{PREFIX}a.jpg"}, []),
        ({}, []),
        ([], []),
    ],
)
def test_only_originals_in_our_container_count(events: object, names: list[str]) -> None:
    assert handlers.deleted_names(json.dumps(events), container="photos") == names


async def test_the_timer_compares_container_and_index(world: Fakes) -> None:
    world.storage.put("missed.jpg", jpeg())

    await handlers.reconcile_due()

    assert world.tickets.names == ["missed.jpg"]


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "null", "[]", "[[]]", '"text"', "[1, null, {}]", '{"subject": null}', '{"subject": ["a"]}',
        "[" * 200_000,
        json.dumps({"subject": PREFIX}), json.dumps({"subject": f"{PREFIX}\ud800"}), json.dumps({"subject": 9}),
    ],
)  # fmt: skip
async def test_a_message_that_is_no_deletion_is_left_out(body: str, world: Fakes) -> None:
    await handlers.photo_deleted(body)

    assert handlers.deleted_names(body, container="photos") == []
