"""Answers that storage never gave, or gave wrongly: each is said in the log and survived, by every trigger."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.host import storage_errors
from local.host.blob_trigger.container_scanner import ContainerScanner, ScanTarget
from local.host.blob_trigger.path_pattern import parse_path_pattern
from local.host.blob_trigger.receipts import BlobReceipts
from local.host.blob_trigger.trigger_queue import BlobTriggerQueue
from local.host.connections import StorageAccount
from local.host.host_json import QueueOptions
from local.host.queue_trigger.in_flight_messages import InFlightMessages
from local.host.queue_trigger.listener import QueueListener
from local.host.queue_trigger.message_processor import ListenedQueue
from local.host.queue_trigger.received_message import ReceivedMessage
from local.host.timer_trigger.schedule_status import ScheduleStatus, ScheduleStatusBlob
from tests.machine import KEY, eventually
from tests.shared.scripted_server import Answer, ScriptedServer, scripted_server

HTML = b"<!DOCTYPE html><html><body><h1>Bad Gateway</h1></body></html>"
STORAGE = {"x-ms-request-id": "1", "x-ms-version": "2026-04-06", "Content-Type": "application/xml"}
WEB = {"Content-Type": "text/html"}
LISTING = (
    b'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="photos"><Blobs><Blob><Name>a.jpg</Name>'
    b"<Properties><Last-Modified>Thu, 26 Nov 2026 04:00:56 GMT</Last-Modified><Etag>0x1</Etag>"
    b"<BlobType>BlockBlob</BlobType></Properties></Blob></Blobs><NextMarker /></EnumerationResults>"
)
MESSAGES = (
    b"<QueueMessagesList><QueueMessage><MessageId>m</MessageId><InsertionTime>Thu, 26 Nov 2026 04:00:56 GMT"
    b"</InsertionTime><ExpirationTime>Thu, 26 Nov 2026 05:00:56 GMT</ExpirationTime><PopReceipt>p</PopReceipt>"
    b"<TimeNextVisible>Thu, 26 Nov 2026 05:00:56 GMT</TimeNextVisible><DequeueCount>1</DequeueCount>"
    b"<MessageText>aGVsbG8=</MessageText></QueueMessage></QueueMessagesList>"
)
NO_MESSAGES = b"<QueueMessagesList></QueueMessagesList>"

BAD = {
    "502 in HTML": Answer(502, HTML, WEB),
    "404 in HTML": Answer(404, HTML, WEB),
    "403 in HTML": Answer(403, HTML, WEB),
    "429 without a body": Answer(429),
    "200 in HTML": Answer(200, HTML, WEB),
    "200 in JSON": Answer(200, {"status": "ok"}),
    "200 without a body": Answer(200),
    "204": Answer(204),
    "503 of storage itself": Answer(
        503, b"<Error><Code>ServerBusy</Code><Message>The server is busy.</Message></Error>", STORAGE
    ),
    "500 of storage in HTML": Answer(500, HTML, {**WEB, "x-ms-request-id": "1"}),
    "no connection": Answer(fault="broken"),
    "not HTTP": Answer(fault="garbage"),
}
BAD_XML = {
    "HTML with a request id": Answer(200, HTML.replace(b"</h1>", b""), STORAGE),
    "cut XML": Answer(200, LISTING[:150], STORAGE),
}
each_bad_answer = pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
each_bad_listing = pytest.mark.parametrize("bad", [*BAD.values(), *BAD_XML.values()], ids=[*BAD, *BAD_XML])


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_errors, "_FIRST_PAUSE", 0.01)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as server:
        yield server


@pytest.fixture
async def account(server: ScriptedServer) -> AsyncIterator[StorageAccount]:
    url = f"{server.url}/account"
    account = StorageAccount(
        "Here",
        f"DefaultEndpointsProtocol=http;AccountName=account;AccountKey={KEY};BlobEndpoint={url};QueueEndpoint={url};",
    )
    yield account
    await account.close()


@pytest.fixture
def in_flight(tmp_path: Path) -> Iterator[InFlightMessages]:
    journal = InFlightMessages(tmp_path / "journal")
    yield journal
    journal.close()


def listen_to(account: StorageAccount, in_flight: InFlightMessages, texts: list[str]) -> QueueListener:
    """A listener to a queue of one function, which collects the texts of the messages."""

    async def handle(message: ReceivedMessage) -> bool:
        texts.append(message.text(True))
        return True

    client = account.queues.get_queue_client("work")
    return QueueListener(ListenedQueue(account, client, QueueOptions(1, 0), handle, in_flight, lambda _: None), [])


class ShortQueue(BlobTriggerQueue):
    """A queue with room, which remembers what was added."""

    def __init__(self) -> None:
        self.added: list[str] = []

    async def wait_for_room(self, is_urgent: Any) -> None:
        return

    async def add(self, message: Any) -> None:
        self.added.append(message.blob)


class NoReceipts(BlobReceipts):
    """Receipts in memory."""

    def __init__(self) -> None:
        self._receipts: set[str] = set()

    async def load(self) -> None:
        return

    def has(self, container: str, name: str, etag: str) -> bool:
        return name in self._receipts

    async def add(self, container: str, name: str, etag: str) -> None:
        self._receipts.add(name)

    async def write_pending(self) -> None:
        return


def assert_said(log: pytest.LogCaptureFixture, service: str) -> None:
    """The outage began once and ended once."""
    texts = [record.getMessage() for record in log.records]
    assert len([text for text in texts if f"the {service} service of storage 'Here' does not respond" in text]) == 1
    assert texts.count(f"the {service} service of storage 'Here' responds again") == 1


async def cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@each_bad_listing
async def test_discovery_survives_it(
    server: ScriptedServer, account: StorageAccount, caplog: pytest.LogCaptureFixture, bad: Answer
) -> None:
    caplog.set_level(logging.INFO)
    server.script(bad, bad, Answer(200, LISTING, STORAGE))
    queue = ShortQueue()
    target = ScanTarget("arrived", parse_path_pattern("photos/{name}", "arrived"), NoReceipts())
    scanner = asyncio.create_task(ContainerScanner(account, [target], queue).run())

    async def queued() -> None:
        assert queue.added == ["a.jpg"]

    await eventually(queued)
    await cancel(scanner)
    assert_said(caplog, "blob")


@each_bad_listing
async def test_receipts_are_read_whole_or_again(account: StorageAccount, server: ScriptedServer, bad: Answer) -> None:
    name = LISTING.replace(b"<Name>a.jpg", b'<Name>blobreceipts/h/f/"0x1"/photos/a.jpg')
    server.script(bad, Answer(200, name, STORAGE))
    receipts = BlobReceipts(account, "h", "f")

    await storage_errors.repeat_until_success(receipts.load, "reading receipts")

    assert receipts.has("photos", "a.jpg", '"0x1"')


@each_bad_answer
async def test_a_receipt_is_written_again(account: StorageAccount, server: ScriptedServer, bad: Answer) -> None:
    written = Answer(201, b"", {**STORAGE, "ETag": '"0x2"', "Last-Modified": "Thu, 26 Nov 2026 04:00:56 GMT"})
    server.script(bad, written)
    receipts = BlobReceipts(account, "h", "f")
    with suppress(*storage_errors.STORAGE_ERRORS):
        await receipts.add("photos", "a.jpg", '"0x1"')
    assert receipts.has("photos", "a.jpg", '"0x1"')

    await receipts.write_pending()
    await receipts.write_pending()

    assert len(server.requests) == 2


@each_bad_answer
async def test_a_queue_listener_survives_it(
    server: ScriptedServer,
    account: StorageAccount,
    in_flight: InFlightMessages,
    caplog: pytest.LogCaptureFixture,
    bad: Answer,
) -> None:
    caplog.set_level(logging.INFO)
    messages, deleted = Answer(200, MESSAGES, STORAGE), Answer(204, b"", STORAGE)
    server.script(bad, bad, messages, deleted, Answer(200, NO_MESSAGES, STORAGE))
    texts: list[str] = []
    listener = listen_to(account, in_flight, texts)
    listening = asyncio.create_task(listener.listen())

    async def processed() -> None:
        assert texts == ["hello"]
        assert any(request.method == "DELETE" for request in server.requests)

    await eventually(processed)
    listener.stop()
    await listening
    assert_said(caplog, "queue")


@each_bad_answer
async def test_a_message_is_deleted_in_the_end(
    account: StorageAccount, server: ScriptedServer, in_flight: InFlightMessages, bad: Answer
) -> None:
    # An answer from elsewhere must not pass for the deletion, or the message would run twice.
    messages, deleted = Answer(200, MESSAGES, STORAGE), Answer(204, b"", STORAGE)
    server.script(messages, bad, deleted, Answer(200, NO_MESSAGES, STORAGE))
    listener = listen_to(account, in_flight, [])
    listening = asyncio.create_task(listener.listen())

    async def deleted_twice() -> None:
        assert [request.method for request in server.requests][:3] == ["GET", "DELETE", "DELETE"]

    await eventually(deleted_twice)
    listener.stop()
    await listening


@each_bad_answer
async def test_a_timer_waits_for_its_status(account: StorageAccount, server: ScriptedServer, bad: Answer) -> None:
    status = ScheduleStatus(*[datetime(2026, 5, 1, tzinfo=UTC)] * 3)
    content = json.dumps(status.to_json()).encode()
    headers = {
        **STORAGE,
        "ETag": '"0x2"',
        "Last-Modified": "Thu, 26 Nov 2026 04:00:56 GMT",
        "Content-Type": "application/octet-stream",
        "Content-Range": f"bytes 0-{len(content) - 1}/{len(content)}",
    }
    server.script(bad, Answer(206, content, headers))

    assert await ScheduleStatusBlob(account, "h", "tick").read() == status


@each_bad_answer
async def test_the_status_of_a_timer_is_written_again(
    account: StorageAccount, server: ScriptedServer, caplog: pytest.LogCaptureFixture, bad: Answer
) -> None:
    caplog.set_level(logging.INFO)
    written = Answer(201, b"", {**STORAGE, "ETag": '"0x2"', "Last-Modified": "Thu, 26 Nov 2026 04:00:56 GMT"})
    server.script(bad, bad, written)

    await ScheduleStatusBlob(account, "h", "tick").write(ScheduleStatus(*[datetime(2026, 5, 1, tzinfo=UTC)] * 3))

    async def written_again() -> None:
        assert_said(caplog, "blob")

    await eventually(written_again)
    assert len(server.requests) == 3


async def test_an_error_that_nobody_foresaw_is_logged_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    results = iter([ZeroDivisionError("our own mistake"), None])

    async def step() -> str:
        if error := next(results):
            raise error
        return "done"

    assert await storage_errors.repeat_until_success(step, "listing") == "done"
    assert "listing failed, trying again" in caplog.text
    assert "our own mistake" in caplog.text
