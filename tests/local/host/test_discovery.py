"""Discovery goes on whatever waits to be queued, keeps a limited number in memory, and lets the newest go first."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest

from local.host.blob_trigger import container_scanner, trigger_queue
from local.host.blob_trigger.blob_listing import ListedBlob
from local.host.blob_trigger.container_scanner import ContainerScanner, ScanTarget
from local.host.blob_trigger.path_pattern import parse_path_pattern
from local.host.blob_trigger.pending_blobs import PendingBlob, PendingBlobs
from local.host.blob_trigger.receipts import BlobReceipts
from local.host.blob_trigger.trigger_message import BlobTriggerMessage
from local.host.blob_trigger.trigger_queue import BlobTriggerQueue
from local.host.connections import StorageAccount
from tests.machine import KEY, eventually


def pending(key: int, modified: float, *, urgent: bool = False) -> PendingBlob[str]:
    return PendingBlob(key, urgent, modified, f"blob {key}")


def keys(blobs: list[PendingBlob[str]]) -> list[int]:
    return [blob.key for blob in blobs]


def test_the_newest_blob_is_taken_first() -> None:
    blobs = PendingBlobs[str](10)
    for key, modified in [(1, 5.0), (2, 9.0), (3, 1.0), (4, 7.0)]:
        blobs.add(pending(key, modified))

    assert keys(blobs.take(3)) == [2, 4, 1]
    assert keys(blobs.take(3)) == [3]
    assert blobs.take(3) == []


def test_urgent_blobs_are_taken_before_newer_ones_and_without_them() -> None:
    blobs = PendingBlobs[str](10)
    for key in range(4):
        blobs.add(pending(key, float(key), urgent=key in {0, 1}))

    assert blobs.has_urgent
    assert keys(blobs.take(10)) == [1, 0]
    assert not blobs.has_urgent
    assert keys(blobs.take(10)) == [3, 2]


def test_the_oldest_are_forgotten_when_there_are_too_many() -> None:
    blobs = PendingBlobs[str](3)
    for key in range(100):
        blobs.add(pending(key, float(key)))
    blobs.add(pending(100, 0.5))
    blobs.add(pending(101, 0.5, urgent=True))

    assert len(blobs) == 3
    assert [key for key in range(102) if key in blobs] == [98, 99, 101]


def test_a_blob_is_ours_until_it_is_settled() -> None:
    blobs = PendingBlobs[str](3)
    blobs.add(pending(1, 1.0))
    [blob] = blobs.take(1)
    assert 1 in blobs

    blobs.put_back(blob)
    assert blobs.take(1) == [blob]

    blobs.settle(blob)
    assert 1 not in blobs


class Container:
    """What a listing of the container returns."""

    def __init__(self) -> None:
        self.blobs: list[ListedBlob] = []
        self.listings = 0
        self.page_seconds = 0.0
        self.others_seconds: list[float] = []  # between a page and the request for the next

    def put(self, name: str, second: int, *metadata: str) -> None:
        modified = f"Thu, 26 Nov 2026 04:{second // 60:02}:{second % 60:02} GMT"
        self.blobs.append(ListedBlob(name, f'"{second}"', "BlockBlob", modified, metadata))

    async def list_pages(self, *_: object, metadata: bool) -> AsyncIterator[list[ListedBlob]]:
        assert metadata
        for page in (self.blobs[:1], self.blobs[1:]):
            await asyncio.sleep(self.page_seconds)
            end = time.monotonic()
            yield page
            self.others_seconds.append(time.monotonic() - end)
        self.listings += 1

    async def be_listed(self, times: int) -> None:
        """Return after so many more complete listings."""
        enough = self.listings + times

        async def listed() -> None:
            assert self.listings >= enough

        await eventually(listed)


class FullQueue(BlobTriggerQueue):
    """A queue that has no room for others than urgent ones until there is `room`; so many `failures` come first."""

    def __init__(self) -> None:
        self.added: list[str] = []
        self.room = asyncio.Event()
        self.failures = 0

    async def wait_for_room(self, is_urgent: Callable[[], bool]) -> None:
        while not (is_urgent() or self.room.is_set()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def add(self, message: BlobTriggerMessage) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("storage is away")
        self.added.append(message.blob)


class MemoryReceipts(BlobReceipts):
    """Receipts that are written nowhere."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    async def load(self) -> None:
        return

    def has(self, container: str, name: str, etag: str) -> bool:
        return name in self.names

    async def add(self, container: str, name: str, etag: str) -> None:
        self.names.add(name)

    async def write_pending(self) -> None:
        return


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch) -> Container:
    container = Container()
    monkeypatch.setattr(container_scanner, "list_pages", container.list_pages)
    monkeypatch.setattr(container_scanner, "_MIN_PAUSE", 0.01)
    return container


@pytest.fixture
async def queue(container: Container) -> AsyncIterator[FullQueue]:
    """The queue of a scanner that runs."""
    queue = FullQueue()
    url = "http://127.0.0.1:1/account"
    account = StorageAccount(
        "Here", f"DefaultEndpointsProtocol=http;AccountName=account;AccountKey={KEY};BlobEndpoint={url};"
    )
    target = ScanTarget("arrived", parse_path_pattern("photos/{name}", "arrived"), MemoryReceipts())
    task: asyncio.Task[Any] = asyncio.create_task(ContainerScanner(account, [target], queue).run())
    yield queue
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await account.close()


async def test_a_long_listing_leaves_half_of_the_time_to_others(container: Container, queue: FullQueue) -> None:
    container.page_seconds = 0.05

    await container.be_listed(3)

    assert min(container.others_seconds[-4:]) >= 0.05
    assert not queue.added


async def test_an_urgent_blob_is_found_and_queued_while_a_backlog_waits(container: Container, queue: FullQueue) -> None:
    for number in range(100):
        container.put(f"import/{number:03}", number)
    await container.be_listed(2)
    container.put("fresh", 50, "uploaded_through")

    async def queued() -> None:
        assert queue.added == ["fresh"]

    await eventually(queued)
    container.put("import/newest", 1000)
    await container.be_listed(2)
    assert queue.added == ["fresh"]

    queue.room.set()

    async def all_queued() -> None:
        assert len(queue.added) == 102

    await eventually(all_queued)
    assert queue.added[1] == "import/newest"
    assert len(set(queue.added)) == 102


async def test_what_could_not_be_queued_is_queued_once_later(container: Container, queue: FullQueue) -> None:
    queue.room.set()
    queue.failures = 3
    for number in range(5):
        container.put(f"{number}", number)

    async def all_queued() -> None:
        assert sorted(queue.added) == ["0", "1", "2", "3", "4"]

    await eventually(all_queued)


class CountedQueue(BlobTriggerQueue):
    """A queue whose lengths, its own and those of the app's queues, are what a test says."""

    def __init__(self, own: int, backlog: int) -> None:
        self.own, self.backlog = own, backlog

    async def _length(self) -> int:
        return self.own

    async def _backlog(self) -> int:
        return self.backlog


@pytest.mark.parametrize(
    ("own", "backlog", "urgent", "has_room"),
    [
        (0, 0, False, True),
        (0, 5000, False, False),
        (0, 5000, True, True),
        (100, 0, False, False),
        (100, 5000, True, True),
        (500, 0, True, False),
    ],
)
async def test_long_queues_hold_up_what_is_not_urgent(own: int, backlog: int, urgent: bool, has_room: bool) -> None:
    waiting = asyncio.create_task(CountedQueue(own, backlog).wait_for_room(lambda: urgent))

    done, _ = await asyncio.wait([waiting], timeout=60 if has_room else 0.2)

    assert bool(done) is has_room
    waiting.cancel()


async def test_long_queues_of_the_app_hold_up_nothing_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trigger_queue, "_MAX_BACKLOG_WAIT", 0.1)

    async with asyncio.timeout(15):
        await CountedQueue(0, 5000).wait_for_room(lambda: False)
