"""How long a message stays invisible: briefly until it is written down who has it, then as long as it runs."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from local.host.connections import StorageAccount
from local.host.host_json import QueueOptions
from local.host.queue_trigger import message_processor
from local.host.queue_trigger.in_flight_messages import InFlightMessages
from local.host.queue_trigger.listener import QueueListener
from local.host.queue_trigger.message_processor import ListenedQueue
from local.host.queue_trigger.received_message import ReceivedMessage
from tests.machine import KEY, eventually
from tests.shared.scripted_server import Answer, ScriptedServer, scripted_server

STORAGE = {"x-ms-request-id": "1", "Content-Type": "application/xml"}
NOW = "Thu, 26 Nov 2026 04:00:56 GMT"
NO_MESSAGES = Answer(200, b"<QueueMessagesList></QueueMessagesList>", STORAGE)
DELETED = Answer(204, b"", STORAGE)


def message(receipt: str) -> Answer:
    """The same message, with this receipt."""
    body = (
        f"<QueueMessagesList><QueueMessage><MessageId>m</MessageId><InsertionTime>{NOW}</InsertionTime>"
        f"<ExpirationTime>{NOW}</ExpirationTime><PopReceipt>{receipt}</PopReceipt><TimeNextVisible>{NOW}"
        "</TimeNextVisible><DequeueCount>1</DequeueCount><MessageText>aGVsbG8=</MessageText></QueueMessage>"
        "</QueueMessagesList>"
    )
    return Answer(200, body.encode(), STORAGE)


def renewed(receipt: str) -> Answer:
    return Answer(204, b"", {**STORAGE, "x-ms-popreceipt": receipt, "x-ms-time-next-visible": NOW})


@pytest.fixture
def in_flight(tmp_path: Path) -> Iterator[InFlightMessages]:
    journal = InFlightMessages(tmp_path / "journal")
    yield journal
    journal.close()


USUAL = QueueOptions(1, 1)


class Work:
    """What the function does: it runs until it may `end`."""

    def __init__(self) -> None:
        self.runs = 0
        self.end = asyncio.Event()

    async def handle(self, _: ReceivedMessage) -> bool:
        self.runs += 1
        await self.end.wait()
        return True


@asynccontextmanager
async def listening(
    server: ScriptedServer, in_flight: InFlightMessages, work: Work, options: QueueOptions = USUAL
) -> AsyncIterator[None]:
    """A listener that asks for one message at a time while at most one is running."""
    account = StorageAccount(
        "Here",
        f"DefaultEndpointsProtocol=http;AccountName=account;AccountKey={KEY};QueueEndpoint={server.url}/account;",
    )
    client = account.queues.get_queue_client("work")
    listener = QueueListener(ListenedQueue(account, client, options, work.handle, in_flight, lambda _: None), [])
    task = asyncio.create_task(listener.listen())
    yield
    work.end.set()
    listener.stop()
    await task
    await account.close()


def targets(server: ScriptedServer, method: str) -> list[str]:
    return [request.target for request in server.requests if request.method == method]


async def test_a_message_nobody_has_written_down_comes_back_soon(in_flight: InFlightMessages) -> None:
    async with scripted_server(NO_MESSAGES) as server, listening(server, in_flight, Work()):

        async def asked() -> None:
            assert "visibilitytimeout=15" in targets(server, "GET")[0]

        await eventually(asked)


async def test_a_message_that_runs_longer_stays_invisible_for_ten_minutes(
    in_flight: InFlightMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_processor, "_FIRST_RENEWAL", 0.1)
    work = Work()
    async with scripted_server(message("first"), renewed("second")) as server, listening(server, in_flight, work):

        async def extended() -> None:
            [target] = targets(server, "PUT")
            assert "popreceipt=first" in target
            assert "visibilitytimeout=600" in target

        await eventually(extended)
        server.script(DELETED)
        work.end.set()

        async def deleted() -> None:
            assert any("popreceipt=second" in target for target in targets(server, "DELETE"))

        await eventually(deleted)
        server.script(NO_MESSAGES)


async def test_a_message_that_comes_again_while_it_runs_is_not_run_twice(in_flight: InFlightMessages) -> None:
    work = Work()
    async with (
        scripted_server(message("first"), message("second"), NO_MESSAGES) as server,
        listening(server, in_flight, work),
    ):

        async def received_twice() -> None:
            assert len(targets(server, "GET")) >= 3

        await eventually(received_twice)
        server.script(DELETED)
        work.end.set()

        async def deleted() -> None:
            assert any("popreceipt=second" in target for target in targets(server, "DELETE"))

        await eventually(deleted)
        assert work.runs == 1
        server.script(NO_MESSAGES)


def test_a_full_disk_is_said_once_and_survived(
    in_flight: InFlightMessages, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Full:
        closed = False

        def write(self, _: str) -> None:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            return

    in_flight.close()
    monkeypatch.setattr(in_flight, "_file", Full())

    in_flight.add("queue", "m", "first")
    in_flight.remove("queue", "m")

    assert caplog.text.count("No space left on device") == 1


async def test_a_message_that_runs_longer_stays_invisible_for_the_lease_that_was_asked_for(
    in_flight: InFlightMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_processor, "_FIRST_RENEWAL", 0.1)
    work, options = Work(), QueueOptions(1, 1, lease=60)
    async with (
        scripted_server(message("first"), renewed("second")) as server,
        listening(server, in_flight, work, options),
    ):

        async def extended() -> None:
            [target] = targets(server, "PUT")
            assert "visibilitytimeout=60" in target

        await eventually(extended)
        server.script(DELETED)
