"""Blob triggers on real storage: every version of every blob once, whatever it is called."""

import signal

from local.host.blob_trigger.trigger_message import BlobTriggerMessage
from tests.local.host.conftest import HostSandbox, RunningHost
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


def processed(host: RunningHost, sandbox: HostSandbox) -> list[str]:
    """Names of the blobs the function has processed, in that order."""
    return [event["name"].removeprefix(f"{sandbox.name}/") for event in host.events("blob")]


def test_blobs_of_any_name_trigger_with_their_content_and_metadata(
    host: RunningHost, shared_sandbox: HostSandbox
) -> None:
    container = shared_sandbox.container()
    for name in ODD_NAMES:
        container.upload_blob(name, b"four", metadata={"about": "it"})

    def arrived() -> None:
        assert set(ODD_NAMES) <= set(processed(host, shared_sandbox))

    eventually(arrived)
    events = [event for event in host.events("blob") if event["name"] == f"{shared_sandbox.name}/a b.txt"]
    assert events == [
        {
            "event": "blob",
            "name": f"{shared_sandbox.name}/a b.txt",
            "size": 4,
            "length": 4,
            "uri": f"{shared_sandbox.azurite.blob_url}/{shared_sandbox.name}/a%20b.txt",
            "metadata": {"about": "it"},
            "type": "application/octet-stream",
        }
    ]


def test_each_of_many_uploads_within_a_second_triggers_once(host: RunningHost, shared_sandbox: HostSandbox) -> None:
    container = shared_sandbox.container()
    names = [f"burst/{number}" for number in range(40)]
    for name in names:
        container.upload_blob(name, b"1")

    def arrived() -> None:
        assert sorted(name for name in processed(host, shared_sandbox) if name.startswith("burst/")) == sorted(names)

    eventually(arrived)


def test_overwriting_triggers_again(host: RunningHost, shared_sandbox: HostSandbox) -> None:
    container = shared_sandbox.container()

    def sizes() -> list[int]:
        return [event["size"] for event in host.events("blob") if event["name"].endswith("/again.txt")]

    def first() -> None:
        assert sizes() == [1]

    def second() -> None:
        assert sizes() == [1, 2]

    container.upload_blob("again.txt", b"1")
    eventually(first)
    container.upload_blob("again.txt", b"12", overwrite=True)
    eventually(second)


def test_a_parameter_that_is_a_client_opens_the_blob_itself(host: RunningHost, shared_sandbox: HostSandbox) -> None:
    container = shared_sandbox.container("-clients")
    container.upload_blob("a/b c/ü.bin", bytes(1000))
    container.upload_blob("a/b c/ü.txt", b"its path does not match")

    def opened() -> None:
        assert [(event["name"], event["size"]) for event in host.events("client")] == [("a/b c/ü.bin", 1000)]

    eventually(opened)


def test_outputs_go_to_queues_and_blobs(host: RunningHost, shared_sandbox: HostSandbox) -> None:
    shared_sandbox.container("-texts").upload_blob("t.txt", "grüße")
    returned = shared_sandbox.queue("-returned")

    def delivered() -> None:
        copy = shared_sandbox.container("-copies").download_blob("t.txt.copy").readall()
        assert copy.decode() == "GRÜSSE"
        assert [message.content for message in returned.peek_messages()] == ["eßürg"]

    eventually(delivered)


def test_a_container_created_later_is_waited_for(sandbox: HostSandbox) -> None:
    host = sandbox.start()
    eventually(lambda: _assert_logged(f"container '{sandbox.name}' does not exist yet", host))

    sandbox.container().upload_blob("late.txt", b"1")

    eventually(lambda: _assert_processed(["late.txt"], host, sandbox))


def _assert_logged(text: str, host: RunningHost) -> None:
    assert text in host.log


def _assert_processed(names: list[str], host: RunningHost, sandbox: HostSandbox) -> None:
    assert sorted(processed(host, sandbox)) == sorted(names)


def test_a_restart_runs_only_what_is_new(sandbox: HostSandbox) -> None:
    container = sandbox.container()
    for number in range(30):
        container.upload_blob(f"{number}", b"1")
    host = sandbox.start()
    eventually(lambda: _assert_processed([str(number) for number in range(30)], host, sandbox))
    assert host.stop() == 0
    container.upload_blob("while it was away", b"1")

    again = sandbox.start()

    everything = [*(str(number) for number in range(30)), "while it was away"]
    eventually(lambda: _assert_processed(everything, again, sandbox))
    container.upload_blob("last", b"1")
    eventually(lambda: _assert_processed([*everything, "last"], again, sandbox))


def test_what_ran_when_the_host_was_killed_runs_again_at_once(sandbox: HostSandbox) -> None:
    container = sandbox.container()
    for number in range(8):
        container.upload_blob(f"{number}", b"1", metadata={"wait": "3"})
    host = sandbox.start()

    def under_way() -> None:
        assert len(host.events("blob began")) >= 4

    eventually(under_way)
    host.process.send_signal(signal.SIGKILL)
    host.process.wait()
    done = set(processed(host, sandbox))

    again = sandbox.start()

    def all_done() -> None:
        assert set(processed(again, sandbox)) == {str(number) for number in range(8)}

    eventually(all_done, timeout=60)
    assert not done & {name for name in processed(again, sandbox) if processed(again, sandbox).count(name) > 1}


def test_a_blob_that_fails_five_times_goes_to_the_poison_queue(sandbox: HostSandbox) -> None:
    sandbox.container().upload_blob("bad.txt", b"1", metadata={"fail": "yes"})
    host = sandbox.start()
    poison = sandbox.queue_named("webjobs-blobtrigger-poison")

    def poisoned() -> None:
        messages = [BlobTriggerMessage.decode(message.content) for message in poison.peek_messages(max_messages=32)]
        assert [message.blob for message in messages if message.container == sandbox.name] == ["bad.txt"]

    eventually(poisoned)
    assert len(host.events("blob began")) == 5


def test_a_blob_deleted_before_its_turn_is_dropped(sandbox: HostSandbox) -> None:
    queue = sandbox.queue_named(f"azure-webjobs-blobtrigger-{sandbox.name}")
    queue.create_queue()
    queue.send_message(BlobTriggerMessage("read_blob", "BlockBlob", sandbox.name, "never.txt", '"0x1"').encode())
    queue.send_message("not a trigger message")
    host = sandbox.start()

    def dropped() -> None:
        assert "deleted before 'read_blob' ran on it" in host.log
        assert "not a blob trigger message" in host.log
        assert queue.get_queue_properties().approximate_message_count == 0

    eventually(dropped)


def test_a_message_about_an_older_version_is_dropped_for_the_newer_one(sandbox: HostSandbox) -> None:
    container = sandbox.container()
    container.upload_blob("new.txt", b"12")
    queue = sandbox.queue_named(f"azure-webjobs-blobtrigger-{sandbox.name}")
    queue.create_queue()
    queue.send_message(BlobTriggerMessage("read_blob", "BlockBlob", sandbox.name, "new.txt", '"0xOLD"').encode())

    host = sandbox.start()

    eventually(lambda: _assert_logged("has changed: 'read_blob' will run on the new version", host))
    eventually(lambda: _assert_processed(["new.txt"], host, sandbox))
