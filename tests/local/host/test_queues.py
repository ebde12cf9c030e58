"""Queue triggers on real storage: attempts, poison queues, encodings, delays, and what a killed host was processing."""

import json
import signal
import time

from tests.local.host.conftest import HostSandbox, RunningHost
from tests.machine import eventually


def texts(host: RunningHost) -> list[str]:
    return [event["text"] for event in host.events("message")]


def test_messages_arrive_with_their_trigger_metadata(host: RunningHost, shared_sandbox: HostSandbox) -> None:
    sent = shared_sandbox.queue("-work").send_message('{"Id": 7, "grüße": "x"}')

    def arrived() -> None:
        (event,) = [event for event in host.events("message") if event["id"] == sent.id]
        assert json.loads(event["text"]) == {"Id": 7, "grüße": "x"}
        assert event["attempt"] == 1
        assert event["inserted"].startswith(f"{sent.inserted_on:%Y-%m-%d %H:%M:%S}")

    eventually(arrived)


def test_a_queue_created_later_is_waited_for(sandbox: HostSandbox) -> None:
    host = sandbox.start()

    sandbox.queue("-work").send_message("late")

    eventually(lambda: _assert_texts(["late"], host))


def _assert_texts(expected: list[str], host: RunningHost) -> None:
    assert texts(host) == expected


def test_a_delayed_message_arrives_after_its_delay(sandbox: HostSandbox) -> None:
    queue = sandbox.queue("-work")
    queue.send_message("now")
    host = sandbox.start()
    eventually(lambda: _assert_texts(["now"], host))

    start = time.monotonic()
    queue.send_message("later", visibility_timeout=4)

    eventually(lambda: _assert_texts(["now", "later"], host))
    assert time.monotonic() - start > 2.5  # the host looks every two seconds, and storage counts in whole ones


def test_a_message_that_fails_five_times_moves_to_the_poison_queue_as_it_was(sandbox: HostSandbox) -> None:
    sandbox.queue("-work").send_message("fail")
    host = sandbox.start()
    poison = sandbox.queue_named(f"{sandbox.name}-work-poison")

    def poisoned() -> None:
        assert [message.content for message in poison.peek_messages()] == ["fail"]

    eventually(poisoned)
    assert [event["attempt"] for event in host.events("message")] == [1, 2, 3, 4, 5]
    assert sandbox.queue("-work").get_queue_properties().approximate_message_count == 0


def test_a_message_that_is_not_base64_moves_to_the_poison_queue_unrun(sandbox: HostSandbox) -> None:
    sandbox.queue("-work", raw=True).send_message("not base64!")
    sandbox.queue("-work").send_message("fine")
    host = sandbox.start()
    poison = sandbox.queue_named(f"{sandbox.name}-work-poison", raw=True)

    def poisoned() -> None:
        assert [message.content for message in poison.peek_messages()] == ["not base64!"]

    eventually(poisoned)
    assert texts(host) == ["fine"]


def test_plain_messages_are_read_if_host_json_says_so(sandbox: HostSandbox) -> None:
    sandbox.queue("-work", raw=True).send_message("plain <text> & more")

    host = sandbox.start(AzureFunctionsJobHost__extensions__queues__messageEncoding="none")

    eventually(lambda: _assert_texts(["plain <text> & more"], host))


def test_no_more_run_at_once_than_host_json_allows(sandbox: HostSandbox) -> None:
    queue = sandbox.queue("-work")
    for _ in range(6):
        queue.send_message("wait 1")
    host = sandbox.start(
        AzureFunctionsJobHost__extensions__queues__batchSize="2",
        AzureFunctionsJobHost__extensions__queues__newBatchThreshold="0",
    )

    def all_done() -> None:
        assert len(host.events("waited")) == 6

    eventually(all_done)
    names = [json.loads(line)["event"] for line in host.events_file.read_text().splitlines()]
    running = most = 0
    for name in names:
        running += {"message": 1, "waited": -1}.get(name, 0)
        most = max(most, running)
    assert most == 2


def test_what_a_killed_host_was_processing_runs_again_at_once(sandbox: HostSandbox) -> None:
    sandbox.queue("-work").send_message("wait 4")
    host = sandbox.start()

    def under_way() -> None:
        assert texts(host) == ["wait 4"]

    eventually(under_way)
    host.process.send_signal(signal.SIGKILL)
    host.process.wait()

    again = sandbox.start()

    def done() -> None:
        assert [event["attempt"] for event in again.events("message")] == [1, 2]
        assert len(again.events("waited")) == 1

    eventually(done, timeout=60)


def test_the_worker_dies_with_a_killed_host(sandbox: HostSandbox) -> None:
    host = sandbox.start()
    sandbox.queue("-work").send_message("wait 3")

    def under_way() -> None:
        assert texts(host) == ["wait 3"]

    eventually(under_way)
    host.process.send_signal(signal.SIGKILL)
    host.process.wait()
    sandbox.queue("-work").send_message("for the next host")
    again = sandbox.start()

    def done() -> None:
        assert len(again.events("waited")) == 1

    eventually(done, timeout=60)
