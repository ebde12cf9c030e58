"""The product as on Flex Consumption, where photos come and go by Event Grid's events, or without any."""

import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.event_grid import CREATED, DELETED, PREFIX, EventGrid, running_on_flex
from tests.machine import eventually
from tests.world import World, picture

NAMES = ["a%2Fb.jpg", "a?b.jpg", "end.jpg ", "emoji 😀.jpg"]


@pytest.fixture(scope="module")
def flex(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, EventGrid]]:
    with running_on_flex(tmp_path_factory.mktemp("flex")) as flex:
        yield flex


@pytest.fixture
def events(flex: tuple[World, EventGrid]) -> Iterator[EventGrid]:
    _, events = flex
    yield events
    events.calm()


@pytest.fixture
def world(flex: tuple[World, EventGrid], events: EventGrid) -> World:
    world, _ = flex
    eventually(events.assert_idle)
    world.wait_until_settled()  # what the test before has begun touches and costs nothing later
    world.forget_calls()
    return world


def reconcile(world: World) -> None:
    """Reconcile as if the grace time of every photo had passed, and wait for what it queues."""
    done = subprocess.run(
        [sys.executable, "-m", "ingest", "reconcile"],
        check=False,
        capture_output=True,
        text=True,
        env={**world.host.environment, "PATH": "/usr/bin:/bin"},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def assert_searchable(world: World, prefix: str, *names: str) -> None:
    assert {path for path in world.paths() if path.startswith(prefix)} == set(names)
    world.assert_idle()


def test_a_photo_comes_changes_and_goes(world: World, events: EventGrid) -> None:
    assert world.put("usual/upload.jpg", picture(1)).status_code in {200, 201, 202}
    world.drop("usual/drop.jpg", picture(2))
    eventually(lambda: assert_searchable(world, "usual/", "usual/upload.jpg", "usual/drop.jpg"), timeout=60)

    world.drop("usual/drop.jpg", picture(3, size=(300, 200)))
    eventually(lambda: assert_width(world, "usual/drop.jpg", 300), timeout=60)

    world.photos.delete_blob("usual/drop.jpg")
    world.photos.delete_blob("usual/upload.jpg")
    eventually(lambda: assert_searchable(world, "usual/"), timeout=60)

    outcomes = [(each["subscription"], each["types"]) for each in events.attempts("usual/drop.jpg")]
    assert outcomes == [("photo-arrived", [CREATED])] * 2 + [("photo-deleted", [DELETED])]
    assert "an instance answers 16 HTTP requests at a time" in world.host.log.read_text()


def assert_width(world: World, path: str, width: int) -> None:
    assert [each["width"] for each in world.all_photos() if each["path"] == path] == [width]


def test_an_event_that_comes_twice_is_paid_for_once(world: World, events: EventGrid) -> None:
    events.disturb(match="twice.jpg", action="duplicate", count=0)
    world.drop("twice.jpg", picture(11))

    eventually(lambda: assert_searchable(world, "twice", "twice.jpg"), timeout=60)
    eventually(events.assert_idle)
    eventually(lambda: assert_run_twice(world, "twice.jpg"))
    world.photos.delete_blob("twice.jpg")
    eventually(lambda: assert_searchable(world, "twice"), timeout=60)

    assert len(events.attempts("twice.jpg")) == 4
    assert len(world.calls("vision")) == 1


def assert_run_twice(world: World, name: str) -> None:
    """Both invocations have ended: one that waits for the other would describe a photo that was deleted meanwhile."""
    log = world.host.log.read_text()
    started = re.findall(rf"Executing 'photo_arrived' \(new blob 'photos/{re.escape(name)}', id=([\w-]+)\)", log)
    assert len(started) == 2
    assert all(f"Executed 'photo_arrived' (succeeded, id={each}, " in log for each in started)


def test_events_in_the_wrong_order_end_as_the_container_is(world: World, events: EventGrid) -> None:
    events.disturb(match="order/", action="hold", count=0)
    world.drop("order/stays.jpg", picture(21))
    world.photos.delete_blob("order/stays.jpg")
    world.drop("order/stays.jpg", picture(22))
    world.drop("order/goes.jpg", picture(23))
    world.photos.delete_blob("order/goes.jpg")
    eventually(lambda: events.assert_idle(held=5))

    events.release()

    eventually(lambda: assert_searchable(world, "order/", "order/stays.jpg"), timeout=60)
    types = [each["types"][0] for each in events.attempts("order/stays.jpg")]
    assert types == [CREATED, DELETED, CREATED]


def test_photos_without_an_event_or_under_another_name_are_found_by_reconcile(world: World, events: EventGrid) -> None:
    events.disturb(match="lost/", action="lose", count=0)
    names = {"lost/a.jpg", *(f"named/{name}" for name in NAMES)}
    for number, name in enumerate(sorted(names)):
        world.drop(name, picture(40 + number))
    eventually(events.assert_idle)

    reconcile(world)

    def all_found() -> None:
        assert {path for path in world.paths() if path.startswith(("named/", "lost/"))} == names
        world.assert_idle()

    eventually(all_found, timeout=120)
    assert not {name for name in world.failures() if name.startswith(("named/", "lost/"))}

    for name in names:
        world.photos.delete_blob(name)
    eventually(events.assert_idle)
    world.wait_until_settled()
    reconcile(world)

    assert not {path for path in world.paths() if path.startswith(("named/", "lost/"))}
    assert not world.failures()


def test_events_about_something_else_touch_no_photo(world: World, events: EventGrid) -> None:
    world.drop("safe.jpg", picture(31))
    eventually(lambda: assert_searchable(world, "safe", "safe.jpg"), timeout=60)
    before = {each["path"]: each for each in world.all_photos()}
    world.blobs.create_container("photos-old").upload_blob("safe.jpg", picture(32))
    world.forget_calls()

    for container, type_ in [
        ("photos", DELETED),
        ("photos", "Microsoft.Storage.BlobRenamed"),
        ("photos-old", CREATED),
        ("photos-old", DELETED),
    ]:
        post(world, container, type_)
    events.publish(event(world, "photos", DELETED), event(world, "photos-old", DELETED))
    eventually(events.assert_idle)
    world.wait_until_settled()

    assert {each["path"]: each for each in world.all_photos()} == before
    assert not world.calls("vision")
    assert not world.failures()
    assert "left alone a blob of the container photos-old" in world.host.log.read_text()


def event(world: World, container: str, type_: str) -> dict[str, object]:
    url = f"{world.azurite.blob_url}/{container}/safe.jpg"
    subject = f"{PREFIX.replace('photos', container)}safe.jpg"
    data = {"url": url, "eTag": "0x1", "blobType": "BlockBlob"}
    return {"id": "1", "eventType": type_, "subject": subject, "data": data}


def post(world: World, container: str, type_: str) -> None:
    """As from a subscription whose filter is too wide."""
    answer = httpx.post(
        f"{world.host.url}/runtime/webhooks/blobs?functionName=Host.Functions.photo_arrived",
        json=[event(world, container, type_)],
        headers={"aeg-event-type": "Notification"},
        trust_env=False,
    )
    assert answer.status_code == 202
