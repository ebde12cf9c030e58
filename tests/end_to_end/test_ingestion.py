"""What keeps ingestion honest: one payment, deletes, order, reconciling, the command line."""

import io
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from ingest.image import sha256_hex
from shared.log_text import photo_label
from shared.stores.tickets import Ticket
from tests.machine import eventually
from tests.world import World, picture, running_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A library of its own, so that counts are exact."""
    with running_world(tmp_path_factory.mktemp("ingestion"), STORE_LOCATION="on") as world:
        yield world


def searchable(world: World, *names: str) -> None:
    assert set(names) <= world.paths()


def gone(world: World, *names: str) -> None:
    assert not set(names) & world.paths()


def command(world: World, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**world.host.environment, "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, "-m", "ingest", *words],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )


def located(date: str = "2023:07:14 10:00:00") -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (41.0, 53.0, 24.0), 3: "E", 4: (12.0, 29.0, 32.0)})
    exif.get_ifd(0x8769).update({36867: date, 36881: "+02:00"})
    exif.update({271: "Canon", 272: "Canon EOS R5"})
    return picture(400, exif=exif)


def test_copies_arriving_together_are_paid_for_once(world: World) -> None:
    names = [f"copies/{number}.jpg" for number in range(8)]
    world.wait_until_settled()
    world.forget_calls()
    for name in names:
        world.drop(name, picture(401))

    eventually(lambda: searchable(world, *names), timeout=40)

    described = Counter(digest for call in world.calls("vision") for digest in call["image_digests"])
    assert list(described.values()) == [1]

    # Copies at the same moment may each have the text embedded; a later one takes the vector that is indexed,
    # whatever it is called, and is found by the words of its own path.
    world.wait_until_settled()
    world.forget_calls()
    renamed = "attic/ForgottenBoxes_1987/IMG-20240607-WA0001.jpg"
    world.drop(renamed, picture(401))
    eventually(lambda: searchable(world, renamed))
    assert world.calls("vision") == world.calls("embed") == []
    for words in ("forgotten box", "1987", "Friday June"):
        assert renamed in found_first(world, words, "keyword")
    # By meaning, a photo of any other year or Friday is as near.
    assert renamed in found_first(world, "forgotten box", "hybrid")


def found_first(world: World, words: str, mode: str) -> set[str]:
    """The paths of the first result; copies are not folded into it."""
    photos = world.get("/api/search", q=words, mode=mode, fold="false", top=1)["photos"]
    return {each["path"] for each in photos}


def test_what_the_trigger_has_yet_to_hand_over_is_not_queued_by_reconcile_and_paid_once_if_it_were(
    world: World,
) -> None:
    names = [f"backlog/{number:02}.jpg" for number in range(24)]
    world.wait_until_settled()
    world.forget_calls()
    world.misbehave(kind="latency", on="vision", seconds=5)
    for number, name in enumerate(names):
        world.drop(name, picture(4000 + number))
    eventually(lambda: assert_backlog(world), timeout=60)

    done = command(world, "reconcile")

    assert ", 0 queued," in done.stdout, done.stdout + done.stderr
    for name in names:
        world.queue("photo-tickets").send_message(Ticket(name).encode())
    world.calm()
    eventually(lambda: searchable(world, *names), timeout=120)
    world.wait_until_settled()
    described = Counter(digest for call in world.calls("vision") for digest in call["image_digests"])
    assert sorted(described.values()) == [1] * len(names)


def assert_backlog(world: World) -> None:
    assert sum(world.queued().values()) > 12


def test_facts_of_the_file_can_be_searched(world: World) -> None:
    id_ = world.put("facts/colosseum.jpg", located()).json()["id"]

    record = eventually(lambda: world.get(f"/api/photos/{id_}"))

    assert (record["city"], record["country"], record["camera"]) == ("Rome", "Italy", "Canon EOS R5")
    assert (record["taken_at"], record["taken_at_source"], record["taken_at_zone"]) == (
        "2023-07-14T08:00:00Z",
        "exif",
        "+02:00",
    )
    for parameters in ({"near": "41.89,12.49,5"}, {"taken_in": "2023-07"}, {"q": "Rome Italy", "mode": "keyword"}):
        photos = world.get("/api/search", folder="facts", **parameters)["photos"]
        assert [each["path"] for each in photos] == ["facts/colosseum.jpg"]
    assert world.get("/api/search", folder="facts", near="48.86,2.35,5")["total"] == 0


def test_nothing_is_replaced_unseen(world: World) -> None:
    url, star = "/api/photos/shared/image.jpg", {"If-None-Match": "*"}

    first = world.http.put(url, content=picture(410), headers=star)
    second = world.http.put(url, content=picture(411), headers=star)
    missing = world.http.put(f"{url}.none.jpg", content=picture(412), headers={"If-Match": "*"})
    stale = world.http.put(url, content=picture(412), headers={"If-Match": '"0x1"'})
    replaced = world.http.put(url, content=picture(412), headers={"If-Match": first.json()["etag"]})
    whatever_it_is = world.http.put(url, content=picture(413), headers={"If-Match": "*"})

    answers = (first, second, missing, stale, replaced, whatever_it_is)
    assert [each.status_code for each in answers] == [201, 412, 412, 412, 200, 200]
    assert (first.json()["replaced"], replaced.json()["replaced"]) == (False, True)
    assert second.json()["error"]["code"] == "precondition_failed"
    assert world.photos.download_blob("shared/image.jpg").readall() == picture(413)
    assert world.http.put(url, content=picture(413), headers=star).json()["error"]["code"] == "same_bytes"


def test_an_original_is_found_and_deleted_by_its_path_before_it_is_indexed(world: World) -> None:
    url, data = "/api/originals/fresh/a%20b.jpg", picture(414)
    etag = world.put("fresh/a b.jpg", data).json()["etag"]

    original = world.get(url, digest="true")
    stale = world.http.delete(url, headers={"If-Match": '"0x1"'})
    deleted = world.http.delete(url, headers={"If-Match": etag})

    assert (original["size_bytes"], original["etag"]) == (len(data), etag)
    assert original["digest"] == sha256_hex(data)
    assert [stale.status_code, deleted.status_code, world.http.get(url).status_code] == [412, 200, 404]
    world.wait_until_settled()
    assert "fresh/a b.jpg" not in world.paths()


def test_a_delete_event_takes_everything_away_but_what_waits_in_the_trash(world: World) -> None:
    id_ = world.put("events/gone.jpg", picture(402)).json()["id"]
    eventually(lambda: searchable(world, "events/gone.jpg"))
    assert_some(descriptions(world, picture(402)))
    world.photos.delete_blob("events/gone.jpg")

    subject = "/blobServices/default/containers/photos/blobs/events/gone.jpg"
    event = {"eventType": "Microsoft.Storage.BlobDeleted", "subject": subject}
    for _ in range(2):  # events arrive twice
        world.queue("photo-deleted").send_message(json.dumps(event))

    eventually(lambda: gone(world, "events/gone.jpg"))
    derived = world.blobs.get_container_client("photo-derived")
    eventually(lambda: assert_none(derived.list_blobs(name_starts_with=id_)))
    assert_some(descriptions(world, picture(402)))

    assert world.http.delete(f"/api/trash/{id_}").json() == {"deleted": 1}
    assert_none(descriptions(world, picture(402)))


def test_a_photo_deleted_while_it_is_described_leaves_nothing_behind(world: World) -> None:
    world.forget_calls()
    world.misbehave(kind="latency", on="vision", rate=1, seconds=3)
    try:
        id_ = world.put("events/short-lived.jpg", picture(409)).json()["id"]
        eventually(lambda: assert_some(descriptions(world, picture(409))))  # claimed, so it is being described
        world.photos.delete_blob("events/short-lived.jpg")
        subject = "/blobServices/default/containers/photos/blobs/events/short-lived.jpg"
        world.queue("photo-deleted").send_message(json.dumps({"subject": subject}))

        eventually(lambda: assert_called(world, "embed"))
        eventually(lambda: assert_none(descriptions(world, picture(409))))
    finally:
        world.calm()
    assert_none(world.blobs.get_container_client("photo-derived").list_blobs(name_starts_with=id_))
    gone(world, "events/short-lived.jpg")


def test_a_photo_replaced_while_it_is_described_has_the_pictures_of_the_newer_one(world: World) -> None:
    world.wait_until_settled()  # so that the next picture to be described is this one
    world.misbehave(kind="latency", on="vision", count=1, seconds=15)
    id_ = world.put("events/replaced.jpg", picture(418)).json()["id"]
    eventually(lambda: assert_some(descriptions(world, picture(418))))
    etag = world.put("events/replaced.jpg", picture(415)).json()["etag"]
    eventually(lambda: assert_indexed(world, id_, etag))

    eventually(lambda: assert_logged(world, f"changed while being described {photo_label('events/replaced.jpg')}"))
    derived = world.blobs.get_container_client("photo-derived")
    preview = Image.open(io.BytesIO(derived.download_blob(f"{id_}/preview.jpg").readall()))
    assert preview.getpixel((5, 5)) == Image.open(io.BytesIO(picture(415))).getpixel((5, 5))
    assert_indexed(world, id_, etag)


def test_bytes_that_are_put_back_are_not_paid_for_again(world: World) -> None:
    world.wait_until_settled()
    world.forget_calls()
    for number in (416, 417, 416):
        put = world.put("events/undone.jpg", picture(number)).json()
        eventually(partial(assert_indexed, world, put["id"], put["etag"]))

    assert len(world.calls("vision")) == 2


def assert_indexed(world: World, id_: str, etag: str) -> None:
    assert world.get(f"/api/photos/{id_}")["etag"] == etag


def assert_logged(world: World, line: str) -> None:
    assert line in world.host.log.read_text()


def descriptions(world: World, data: bytes) -> Iterable[object]:
    """What is kept, or being made, of these bytes."""
    return world.blobs.get_container_client("photo-descriptions").list_blobs(name_starts_with=sha256_hex(data))


def assert_some(items: Iterable[object]) -> None:
    assert list(items) != []


def assert_called(world: World, kind: str) -> None:
    assert world.calls(kind)


def assert_none(items: Iterable[object]) -> None:
    assert list(items) == []


def test_a_late_delete_event_does_not_remove_what_is_there_again(world: World) -> None:
    world.put("events/back.jpg", picture(403))
    eventually(lambda: searchable(world, "events/back.jpg"))
    subject = "/blobServices/default/containers/photos/blobs/events/back.jpg"

    world.queue("photo-deleted").send_message(json.dumps({"subject": subject}))
    world.put("events/after.jpg", picture(404))

    eventually(lambda: searchable(world, "events/after.jpg"))
    eventually(lambda: assert_none(world.queue("photo-deleted").peek_messages()))
    searchable(world, "events/back.jpg")


def test_a_late_arrival_does_not_bring_a_deleted_photo_back(world: World) -> None:
    world.queue("photo-tickets").send_message(json.dumps({"name": "events/never.jpg"}))
    world.put("events/marker.jpg", picture(405))

    eventually(lambda: searchable(world, "events/marker.jpg"))
    eventually(lambda: assert_none(world.queue("photo-tickets").peek_messages()))
    gone(world, "events/never.jpg")
    assert "events/never.jpg" not in world.failures()


def test_reconciling_mends_what_events_did_not_tell(world: World) -> None:
    world.put("drift/kept.jpg", picture(406))
    world.drop("drift/deleted.jpg", picture(407))  # an upload would have an event that may still come and find it gone
    eventually(lambda: searchable(world, "drift/kept.jpg", "drift/deleted.jpg"))
    world.wait_until_settled()
    world.photos.delete_blob("drift/deleted.jpg")

    done = command(world, "reconcile")

    assert done.returncode == 0, done.stderr
    assert "1 orphaned" in done.stdout
    assert "0 missing" in done.stdout
    gone(world, "drift/deleted.jpg")
    searchable(world, "drift/kept.jpg")


def test_a_dropped_index_is_rebuilt_without_paying_again(world: World) -> None:
    world.wait_until_settled()
    before = world.paths()
    world.forget_calls()
    world.drop_index()

    done = command(world, "reconcile")

    assert f"{len(before)} missing" in done.stdout
    eventually(lambda: searchable(world, *before), timeout=60)
    assert world.calls("vision") == []


def test_a_folder_is_imported_once(world: World, tmp_path: Path) -> None:
    (tmp_path / "trip" / "day 1").mkdir(parents=True)
    for number in range(6):
        (tmp_path / "trip" / "day 1" / f"{number}.jpg").write_bytes(picture(450 + number))
    (tmp_path / "trip" / "notes.txt").write_text("not a photo")
    (tmp_path / "trip" / "cut.jpg").write_bytes(picture(420, size=(1200, 900))[:6000])

    first = command(world, "import", str(tmp_path / "trip"), "--into", "imported")
    world.forget_calls()
    second = command(world, "import", str(tmp_path / "trip"), "--into", "imported")

    assert "7 uploaded, 0 unchanged, 1 skipped" in first.stdout
    assert "skipped notes.txt: this is a text file, not an image" in first.stdout
    assert "failed imported/cut.jpg: only the first" in first.stdout
    assert first.returncode == 1
    assert "0 uploaded, 7 unchanged, 1 skipped" in second.stdout
    assert world.calls("vision") == []
    searchable(world, "imported/day 1/0.jpg")


def test_recaption_counts_before_it_pays_and_describes_again(world: World) -> None:
    names = ["recaption/a.jpg", "recaption/b.jpg", "recaption/current.jpg"]
    ids = [world.put(name, picture(440 + number)).json()["id"] for number, name in enumerate(names)]
    eventually(lambda: searchable(world, *names))
    world.wait_until_settled()
    recipe = world.get(f"/api/photos/{ids[0]}")["recipe"]
    world.merge_documents(*({"id": id_, "recipe": "older"} for id_ in ids[:2]))
    for number in (440, 441):
        forget_descriptions(world, picture(number))
    tokens = sum(world.get(f"/api/photos/{id_}")["tokens"] for id_ in ids[:2])
    world.forget_calls()

    dry = command(world, "recaption", "--dry-run")

    assert dry.returncode == 0, dry.stderr
    count = re.fullmatch(
        r"2 of (\d+) photos are out of date; describing them takes about ([\d,]+) tokens\n", dry.stdout
    )
    assert count, dry.stdout
    assert int(count[1]) == len(world.all_photos())
    assert int(count[2].replace(",", "")) == tokens > 0
    assert world.calls("vision") == []

    done = command(world, "recaption")

    assert done.stdout == dry.stdout + "2 photos are queued\n"
    eventually(lambda: assert_recipes(world, ids, recipe), timeout=30)
    assert len(world.calls("vision")) == 2
    assert command(world, "recaption", "--dry-run").stdout.startswith("0 of ")


def forget_descriptions(world: World, data: bytes) -> None:
    container = world.blobs.get_container_client("photo-descriptions")
    for blob in container.list_blobs(name_starts_with=sha256_hex(data)):
        container.delete_blob(blob.name)


def assert_recipes(world: World, ids: list[str], recipe: str) -> None:
    assert [world.get(f"/api/photos/{id_}")["recipe"] for id_ in ids] == [recipe] * len(ids)


def test_status_lists_failures_on_the_command_line(world: World) -> None:
    world.put("cli/bad.jpg", b"oops")
    eventually(lambda: world.failures()["cli/bad.jpg"])

    done = command(world, "status")

    assert done.returncode == 1
    assert "failed cli/bad.jpg: this is a text file, not an image" in done.stdout


def test_a_folder_that_does_not_exist_is_a_clear_message(world: World) -> None:
    done = command(world, "import", "/no/such/folder")

    assert done.returncode == 2
    assert "/no/such/folder is not a folder" in done.stderr


@contextmanager
def restarted(world: World, **environment: str) -> Iterator[None]:
    """The host with these settings, and afterwards with its own again."""
    before = world.host.environment
    restart(world, {**before, **environment})
    try:
        yield
    finally:
        restart(world, before)


def restart(world: World, environment: Mapping[str, str]) -> None:
    world.host.stop()
    world.host.environment = environment
    world.host.start()


def test_the_days_captions_pause_instead_of_failing(world: World) -> None:
    names = [f"budget/{number}.jpg" for number in range(5)]
    world.wait_until_settled()
    eventually(world.assert_no_calls_in_flight)  # a photo that is described anew is indexed meanwhile
    world.forget_calls()

    def spending_is_written() -> None:
        assert world.get("/api/status")["captions_today"] == world.get_spending()

    eventually(spending_is_written, timeout=45)
    cap = world.get_spending() + 2

    def paused() -> None:
        status = world.get("/api/status")
        waiting = [each for each in world.failures().values() if "CAPTIONS_PER_DAY" in each["reason"]]
        assert (status["captions_today"], status["captions_per_day"]) == (cap, cap)
        assert len(waiting) == 3
        assert all(each["state"] == "retrying" for each in waiting)

    with restarted(world, CAPTIONS_PER_DAY=str(cap)):
        for number, name in enumerate(names):
            world.put(name, picture(430 + number))
        eventually(paused, timeout=90)
        assert len(world.calls("vision")) == 2

    # With tickets that are due at midnight, `reconcile` would leave young photos alone in other tests.
    world.queue("photo-tickets").clear_messages()

    def retried() -> None:
        """One whose attempt was cut short by the restart goes on by itself, perhaps between the two calls."""
        failed = world.failures()
        done = command(world, "retry", *(name for name in names if name in failed))
        assert "will be tried again" in done.stdout

    eventually(retried)
    eventually(lambda: searchable(world, *names), timeout=90)
    assert len(world.calls("vision")) == 5


def test_a_location_is_not_stored_where_the_settings_say_so(world: World) -> None:
    with restarted(world, STORE_LOCATION="off"):
        id_ = world.put("private/here.jpg", located("2022:01:02 03:04:05")).json()["id"]

        record = eventually(lambda: world.get(f"/api/photos/{id_}"))

    assert (record["location"], record["city"], record["country"]) == (None, "", "")
