"""Events that are lost, late, double, misspelt or about something else: photos end up as the container has them."""

import json
from urllib.parse import quote

import pytest

from ingest import handlers
from ingest.reconcile import reconcile
from local.host.http.blob_event import blob_of
from shared.photo import photo_id
from tests.ingest.fakes import Fakes, fakes, jpeg
from tests.machine import ROOT

ACCOUNT = "https://account.blob.core.windows.net"
SUBJECT = "/blobServices/default/containers/photos/blobs/"
# The names with which Microsoft's own code was run, and more that addresses cannot carry raw.
RECORDED = json.loads((ROOT / "tests/data/triggers/triggers.json").read_text("utf-8"))["polling"]
NAMES = sorted({row["name"] for row in RECORDED} - {"end ", "trail."} | {"end.jpg ", "a%3Fb.jpg", "%2F.jpg", "a/b.jpg"})
RAW, ENCODED = (lambda name: name), quote


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    world = fakes(PHOTO_EVENTS="eventgrid")
    monkeypatch.setattr(handlers, "ingest_context", lambda: world.context)
    return world


async def arrive(name: str, world: Fakes, *, container: str = "photos") -> None:
    """The host runs the function on a blob that is there; of any other it says nothing."""
    if container != "photos" or name in world.storage.blobs:
        await handlers.photo_arrived(name, container)


async def report_created(name: str, world: Fakes, spelling: object) -> None:
    address = f"{ACCOUNT}/photos/{spelling(name) if callable(spelling) else name}"
    container, spelt = blob_of(address, account_path="")
    await arrive(spelt, world, container=container)


async def report_deleted(name: str, **changes: str) -> None:
    """Emoji may be replaced in subjects, as a public report shows."""
    subject = SUBJECT + "".join(each if ord(each) < 0x10000 else "\ufffd" for each in name)
    event = {"eventType": "Microsoft.Storage.BlobDeleted", "subject": subject, **changes}
    await handlers.photo_deleted(json.dumps(event))


async def reconcile_and_work(world: Fakes) -> None:
    """A reconcile past the grace time, and the tickets that it sends."""
    await reconcile(world.context)
    for ticket, _ in world.tickets.sent:
        await handlers.retry_due(ticket.encode())
    world.tickets.sent.clear()


def searchable(world: Fakes) -> set[str]:
    return {photo.path for photo in world.index.photos.values()}


def assert_nothing_left(world: Fakes) -> None:
    assert not world.index.photos
    assert not world.storage.pictures
    assert not world.failures.records
    assert not world.descriptions.texts


@pytest.mark.parametrize("spelling", [RAW, ENCODED, None], ids=["raw", "encoded", "lost"])
@pytest.mark.parametrize("name", NAMES)
async def test_a_photo_is_searchable_after_the_first_reconcile_whatever_became_of_its_event(
    name: str, spelling: object, world: Fakes
) -> None:
    world.storage.put(name, jpeg())
    world.storage.put("a b.jpg", jpeg(1))  # what a%20b.jpg is taken for
    if spelling is not None:
        await report_created(name, world, spelling)

    await reconcile_and_work(world)

    assert searchable(world) == {name, "a b.jpg"}
    assert {photo.path: photo.etag for photo in world.index.photos.values()} == {
        each: world.storage.blobs[each][0].etag for each in searchable(world)
    }


@pytest.mark.parametrize("is_reported", [True, False], ids=["reported", "lost"])
@pytest.mark.parametrize("name", NAMES)
async def test_a_delete_leaves_nothing_behind_after_the_first_reconcile(
    name: str, is_reported: bool, world: Fakes
) -> None:
    world.storage.put(name, jpeg())
    await arrive(name, world)
    del world.storage.blobs[name]
    if is_reported:
        await report_deleted(name)

    await reconcile_and_work(world)

    assert_nothing_left(world)


async def test_an_overwrite_whose_event_is_lost_is_found(world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg())
    await arrive("a.jpg", world)
    new = world.storage.put("a.jpg", jpeg(1))

    await reconcile_and_work(world)

    assert world.index.photos[photo_id("a.jpg")].etag == new.etag


async def test_a_blob_of_another_container_is_no_photo_of_ours(world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg())

    await arrive("a.jpg", world, container="photos-old")

    assert not world.storage.stats
    assert not world.index.photos


async def test_a_blob_of_another_container_that_was_given_up_is_no_failure_of_ours(world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg())
    await arrive("a.jpg", world)
    world.storage.put("a.jpg", jpeg(1))
    body = json.dumps({"Type": "BlobTrigger", "ContainerName": "photos-old", "BlobName": "a.jpg", "ETag": '"1"'})

    await handlers.dead_lettered(body)

    assert not world.failures.records
    assert searchable(world) == {"a.jpg"}

    await handlers.dead_lettered(body.replace("photos-old", "photos"))

    assert list(world.failures.records) == [photo_id("a.jpg")]


DELETED, CREATED = "Microsoft.Storage.BlobDeleted", "Microsoft.Storage.BlobCreated"
RENAMED, TIER = "Microsoft.Storage.BlobRenamed", "Microsoft.Storage.BlobTierChanged"


@pytest.mark.parametrize(
    ("type_", "subject"),
    [
        *((type_, f"{SUBJECT}a.jpg") for type_ in (DELETED, CREATED, RENAMED, TIER)),
        (DELETED, "/blobServices/default/containers/photos-old/blobs/a.jpg"),
        (DELETED, "/blobServices/default/containers/photos/a.jpg"),
        (DELETED, "/blobServices/default/containers/PHOTOS/blobs/a.jpg"),
    ],
)
async def test_no_event_removes_a_photo_that_is_there(type_: str, subject: str, world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg())
    await arrive("a.jpg", world)
    before = dict(world.index.photos)

    await report_deleted("a.jpg", eventType=type_, subject=subject)
    await handlers.photo_deleted(json.dumps([{"eventType": type_, "subject": subject}] * 2))

    assert world.index.photos == before
    assert list(world.storage.pictures) == [photo_id("a.jpg")]
    assert not world.tickets.sent


async def test_events_that_come_twice_or_in_the_wrong_order_pay_once_and_keep_the_newest(world: Fakes) -> None:
    world.storage.put("a.jpg", jpeg())
    await arrive("a.jpg", world)
    await arrive("a.jpg", world)
    assert len(world.models.requests) == 1

    del world.storage.blobs["a.jpg"]
    new = world.storage.put("a.jpg", jpeg(1))
    await arrive("a.jpg", world)
    await report_deleted("a.jpg")
    assert world.index.photos[photo_id("a.jpg")].etag == new.etag
    assert len(world.models.requests) == 2

    del world.storage.blobs["a.jpg"]
    await report_deleted("a.jpg")
    await arrive("a.jpg", world)
    await report_deleted("a.jpg")
    assert not world.index.photos
    assert not world.storage.pictures


async def test_a_deleted_photo_that_comes_back_without_an_event_is_found(world: Fakes) -> None:
    """As when a soft-deleted blob is restored."""
    info = world.storage.put("a.jpg", jpeg())
    await arrive("a.jpg", world)
    blob = world.storage.blobs.pop("a.jpg")
    await report_deleted("a.jpg")
    assert not world.index.photos

    world.storage.blobs["a.jpg"] = blob
    await reconcile_and_work(world)

    assert world.index.photos[photo_id("a.jpg")].etag == info.etag
