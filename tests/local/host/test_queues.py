"""Queue triggers on real storage: attempts, poison, encodings, delays, and messages a killed host held."""

import json
import signal

from tests.local.host.conftest import RunningHost, World
from tests.machine import eventually


def texts(host: RunningHost) -> list[str]:
    return [note["text"] for note in host.noted("message")]


def test_messages_arrive_with_what_is_known_of_them(host: RunningHost, shared_world: World) -> None:
    sent = shared_world.queue("-work").send_message('{"Id": 7, "grüße": "x"}')

    def arrived() -> None:
        (note,) = [note for note in host.noted("message") if note["id"] == sent.id]
        assert json.loads(note["text"]) == {"Id": 7, "grüße": "x"}
        assert note["attempt"] == 1
        assert note["inserted"].startswith(f"{sent.inserted_on:%Y-%m-%d %H:%M:%S}")

    eventually(arrived)


def test_a_queue_made_later_is_waited_for(world: World) -> None:
    host = world.start()

    world.queue("-work").send_message("late")

    eventually(lambda: _assert_texts(["late"], host))


def _assert_texts(expected: list[str], host: RunningHost) -> None:
    assert texts(host) == expected


def test_a_delayed_message_arrives_after_its_delay(world: World) -> None:
    queue = world.queue("-work")
    queue.send_message("later", visibility_timeout=3)
    queue.send_message("now")
    host = world.start()

    eventually(lambda: _assert_texts(["now", "later"], host))


def test_a_message_that_fails_five_times_moves_to_the_poison_queue_as_it_was(world: World) -> None:
    world.queue("-work").send_message("fail")
    host = world.start()
    poison = world.queue_named(f"{world.name}-work-poison")

    def buried() -> None:
        assert [message.content for message in poison.peek_messages()] == ["fail"]

    eventually(buried)
    assert [note["attempt"] for note in host.noted("message")] == [1, 2, 3, 4, 5]
    assert world.queue("-work").get_queue_properties().approximate_message_count == 0


def test_a_message_that_is_not_base64_moves_to_the_poison_queue_unrun(world: World) -> None:
    world.queue("-work", raw=True).send_message("not base64!")
    world.queue("-work").send_message("fine")
    host = world.start()
    poison = world.queue_named(f"{world.name}-work-poison", raw=True)

    def buried() -> None:
        assert [message.content for message in poison.peek_messages()] == ["not base64!"]

    eventually(buried)
    assert texts(host) == ["fine"]


def test_plain_messages_are_read_where_host_json_says_so(world: World) -> None:
    world.queue("-work", raw=True).send_message("plain <text> & more")

    host = world.start(AzureFunctionsJobHost__extensions__queues__messageEncoding="none")

    eventually(lambda: _assert_texts(["plain <text> & more"], host))


def test_no_more_run_at_once_than_host_json_allows(world: World) -> None:
    queue = world.queue("-work")
    for _ in range(6):
        queue.send_message("wait 1")
    host = world.start(
        AzureFunctionsJobHost__extensions__queues__batchSize="2",
        AzureFunctionsJobHost__extensions__queues__newBatchThreshold="0",
    )

    def all_done() -> None:
        assert len(host.noted("waited")) == 6

    eventually(all_done)
    events = [json.loads(line)["event"] for line in host.diary_file.read_text().splitlines()]
    running = most = 0
    for event in events:
        running += {"message": 1, "waited": -1}.get(event, 0)
        most = max(most, running)
    assert most == 2


def test_what_a_killed_host_held_runs_again_at_once(world: World) -> None:
    world.queue("-work").send_message("wait 4")
    host = world.start()

    def under_way() -> None:
        assert texts(host) == ["wait 4"]

    eventually(under_way)
    host.process.send_signal(signal.SIGKILL)
    host.process.wait()

    again = world.start()

    def done() -> None:
        assert [note["attempt"] for note in again.noted("message")] == [1, 2]
        assert len(again.noted("waited")) == 1

    eventually(done, timeout=20)


def test_the_worker_dies_with_a_killed_host(world: World) -> None:
    host = world.start()
    world.queue("-work").send_message("wait 3")

    def under_way() -> None:
        assert texts(host) == ["wait 3"]

    eventually(under_way)
    host.process.send_signal(signal.SIGKILL)
    host.process.wait()
    world.queue("-work").send_message("for the next host")
    again = world.start()

    def done() -> None:
        assert len(again.noted("waited")) == 1

    eventually(done, timeout=20)
