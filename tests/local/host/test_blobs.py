"""Blob triggers on real storage: every version of every blob once, whatever it is called."""

import signal

from local.host.blob_queue import BlobEvent
from tests.local.host.conftest import RunningHost, World
from tests.machine import eventually

ODD_NAMES = [
    "a b.txt",
    "hash#and?query&x=1.txt",
    "100%.txt",
    "%41%2F already encoded.txt",
    "quotes ' \" `.txt",
    "umlauts äöü ß 写真 📷.txt",
    "deep/er/and deeper/x.txt",
    "double//slash.txt",
    "+plus+ and [brackets]{braces}.txt",
    "/leading and trailing/",
    "new\nline.txt",
    "x" * 900 + ".txt",
]


def seen(host: RunningHost, world: World) -> list[str]:
    """Names of the blobs the function has read, in the order it did."""
    return [note["name"].removeprefix(f"{world.name}/") for note in host.noted("blob")]


def test_blobs_of_any_name_trigger_with_their_content_and_metadata(host: RunningHost, shared_world: World) -> None:
    container = shared_world.container()
    for name in ODD_NAMES:
        container.upload_blob(name, b"four", metadata={"about": "it"})

    def arrived() -> None:
        assert set(ODD_NAMES) <= set(seen(host, shared_world))

    eventually(arrived)
    notes = [note for note in host.noted("blob") if note["name"] == f"{shared_world.name}/a b.txt"]
    assert notes == [
        {
            "event": "blob",
            "name": f"{shared_world.name}/a b.txt",
            "size": 4,
            "length": 4,
            "uri": f"{shared_world.azurite.blob_url}/{shared_world.name}/a%20b.txt",
            "metadata": {"about": "it"},
            "type": "application/octet-stream",
        }
    ]


def test_each_of_many_uploads_within_a_second_triggers_once(host: RunningHost, shared_world: World) -> None:
    container = shared_world.container()
    names = [f"burst/{number}" for number in range(40)]
    for name in names:
        container.upload_blob(name, b"1")

    def arrived() -> None:
        assert sorted(name for name in seen(host, shared_world) if name.startswith("burst/")) == sorted(names)

    eventually(arrived)


def test_overwriting_triggers_again(host: RunningHost, shared_world: World) -> None:
    container = shared_world.container()

    def sizes() -> list[int]:
        return [note["size"] for note in host.noted("blob") if note["name"].endswith("/again.txt")]

    def first() -> None:
        assert sizes() == [1]

    def second() -> None:
        assert sizes() == [1, 2]

    container.upload_blob("again.txt", b"1")
    eventually(first)
    container.upload_blob("again.txt", b"12", overwrite=True)
    eventually(second)


def test_a_parameter_that_is_a_client_opens_the_blob_itself(host: RunningHost, shared_world: World) -> None:
    container = shared_world.container("-clients")
    container.upload_blob("a/b c/ü.bin", bytes(1000))
    container.upload_blob("a/b c/ü.txt", b"its path does not match")

    def opened() -> None:
        assert [(note["name"], note["size"]) for note in host.noted("client")] == [("a/b c/ü.bin", 1000)]

    eventually(opened)


def test_outputs_go_to_queues_and_blobs(host: RunningHost, shared_world: World) -> None:
    shared_world.container("-texts").upload_blob("t.txt", "grüße")
    returned = shared_world.queue("-returned")

    def delivered() -> None:
        copy = shared_world.container("-copies").download_blob("t.txt.copy").readall()
        assert copy.decode() == "GRÜSSE"
        assert [message.content for message in returned.peek_messages()] == ["eßürg"]

    eventually(delivered)


def test_a_container_made_later_is_waited_for(world: World) -> None:
    host = world.start()
    eventually(lambda: _assert_logged(f"container '{world.name}' does not exist yet", host))

    world.container().upload_blob("late.txt", b"1")

    eventually(lambda: _assert_seen(["late.txt"], host, world))


def _assert_logged(text: str, host: RunningHost) -> None:
    assert text in host.log


def _assert_seen(names: list[str], host: RunningHost, world: World) -> None:
    assert sorted(seen(host, world)) == sorted(names)


def test_a_restart_runs_only_what_is_new(world: World) -> None:
    container = world.container()
    for number in range(30):
        container.upload_blob(f"{number}", b"1")
    host = world.start()
    eventually(lambda: _assert_seen([str(number) for number in range(30)], host, world))
    assert host.stop() == 0
    container.upload_blob("while it was away", b"1")

    again = world.start()

    everything = [*(str(number) for number in range(30)), "while it was away"]
    eventually(lambda: _assert_seen(everything, again, world))
    container.upload_blob("last", b"1")
    eventually(lambda: _assert_seen([*everything, "last"], again, world))


def test_what_ran_when_the_host_was_killed_runs_again_at_once(world: World) -> None:
    container = world.container()
    for number in range(8):
        container.upload_blob(f"{number}", b"1", metadata={"wait": "3"})
    host = world.start()

    def under_way() -> None:
        assert len(host.noted("blob began")) >= 4

    eventually(under_way)
    host.process.send_signal(signal.SIGKILL)
    host.process.wait()
    done = set(seen(host, world))

    again = world.start()

    def all_done() -> None:
        assert set(seen(again, world)) == {str(number) for number in range(8)}

    eventually(all_done, timeout=30)
    assert not done & {name for name in seen(again, world) if seen(again, world).count(name) > 1}


def test_a_blob_that_fails_five_times_goes_to_the_poison_queue(world: World) -> None:
    world.container().upload_blob("bad.txt", b"1", metadata={"fail": "yes"})
    host = world.start()
    poison = world.queue_named("webjobs-blobtrigger-poison")

    def buried() -> None:
        events = [BlobEvent.decode(message.content) for message in poison.peek_messages(max_messages=32)]
        assert [event.blob for event in events if event.container == world.name] == ["bad.txt"]

    eventually(buried)
    assert len(host.noted("blob began")) == 5


def test_a_blob_gone_before_its_turn_is_dropped(world: World) -> None:
    queue = world.queue_named(f"azure-webjobs-blobtrigger-{world.name}")
    queue.create_queue()
    queue.send_message(BlobEvent("read_blob", "BlockBlob", world.name, "never.txt", '"0x1"').encode())
    queue.send_message("no event at all")
    host = world.start()

    def dropped() -> None:
        assert "gone before 'read_blob' saw it" in host.log
        assert "no blob event" in host.log
        assert queue.get_queue_properties().approximate_message_count == 0

    eventually(dropped)


def test_an_event_of_an_older_version_is_left_to_the_newer_one(world: World) -> None:
    container = world.container()
    container.upload_blob("new.txt", b"12")
    queue = world.queue_named(f"azure-webjobs-blobtrigger-{world.name}")
    queue.create_queue()
    queue.send_message(BlobEvent("read_blob", "BlockBlob", world.name, "new.txt", '"0xOLD"').encode())

    host = world.start()

    eventually(lambda: _assert_logged("changed: 'read_blob' will see the new version", host))
    eventually(lambda: _assert_seen(["new.txt"], host, world))
