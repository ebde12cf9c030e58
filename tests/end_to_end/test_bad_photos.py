"""Files that aren't photos are listed with a plain reason, and the rest goes on."""

import io
import struct
import zlib
from contextlib import suppress

import pytest
from azure.core.exceptions import ResourceExistsError
from PIL import Image

from tests.machine import eventually
from tests.world import World, picture


def bomb() -> bytes:
    """A PNG whose header promises 30,000 x 30,000 pixels."""
    out = io.BytesIO()
    Image.new("1", (1, 1)).save(out, "PNG")
    small = out.getvalue()
    header = b"IHDR" + struct.pack(">II", 30_000, 30_000) + small[24:29]
    return small[:12] + header + struct.pack(">I", zlib.crc32(header)) + small[33:]


BAD = {
    "bad/notes.jpg": (b"these are notes, not a photo", "not an image"),
    "bad/empty.jpg": (b"", "empty"),
    "bad/truncated.jpg": (picture(60, size=(1600, 1200))[:9000], "of the picture"),
    "bad/bomb.png": (bomb(), "pixels"),
}


def test_bad_files_are_listed_with_a_reason_and_the_rest_goes_on(world: World) -> None:
    for path, (data, _) in BAD.items():
        world.drop(path, data)
    world.drop("bad/good after all.jpg", picture(61))

    def listed() -> None:
        failures = world.failures()
        for path, (_, reason) in BAD.items():
            assert failures[path]["state"] == "failed"
            assert reason in failures[path]["reason"]
        assert "bad/good after all.jpg" in world.paths()

    eventually(listed, timeout=60)
    world.wait_until_settled()
    assert world.get("/api/status")["failed"] >= len(BAD)


def test_a_mended_photo_leaves_the_list(world: World) -> None:
    world.put("bad/mended.jpg", b"oops")
    eventually(lambda: world.failures()["bad/mended.jpg"])

    world.put("bad/mended.jpg", picture(62))

    def mended() -> None:
        assert "bad/mended.jpg" not in world.failures()
        assert "bad/mended.jpg" in world.paths()

    eventually(mended)


def test_a_failure_can_be_tried_again(world: World) -> None:
    id_ = world.put("bad/again.jpg", b"oops").json()["id"]
    eventually(lambda: world.failures()["bad/again.jpg"])

    answer = world.http.post(f"/api/failures/{id_}/retry")

    assert answer.status_code == 202
    assert answer.json()["state"] == "retrying"

    def given_up_again() -> None:
        assert world.failures()["bad/again.jpg"]["state"] == "failed"

    eventually(given_up_again)


def test_what_cannot_be_retried_is_not_found(world: World) -> None:
    assert world.http.post(f"/api/failures/{'0' * 32}/retry").status_code == 404
    assert world.http.post("/api/failures/nonsense/retry").status_code == 404


@pytest.mark.parametrize("queue", ["photo-tickets", "photo-tickets-poison", "webjobs-blobtrigger-poison"])
def test_a_message_nobody_can_read_is_recorded(world: World, queue: str) -> None:
    words = f"gibberish for {queue}"
    client = world.queue(queue)
    if queue not in {each.name for each in world.queues()}:
        client.create_queue()

    client.send_message(words)

    eventually(lambda: next(path for path in world.failures() if words in path), timeout=60)


def test_a_poison_message_of_the_host_names_its_photo(world: World) -> None:
    body = '{"Type": "BlobTrigger", "ContainerName": "photos", "BlobName": "crash/it.jpg", "ETag": "x"}'
    client = world.queue("webjobs-blobtrigger-poison")
    with suppress(ResourceExistsError):
        client.create_queue()

    client.send_message(body)

    eventually(lambda: world.failures()["crash/it.jpg"], timeout=60)
