"""Containers and queues that are deleted while the app runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from shared.errors import NotFound, Transient
from shared.storage import BlobInfo, Storage
from shared.storage_resources import PlaceLost, ResourceGone, pages_of
from shared.stores.descriptions import Descriptions
from shared.stores.failures import Failure, FailureRecords
from shared.stores.spending import SpendingCounter
from shared.stores.tickets import Ticket, TicketQueue
from tests.machine import Azurite, running_azurite
from tests.shared.scripted_server import Answer, scripted_server

TODAY = datetime.now(UTC)
INFO = BlobInfo("a.jpg", '"0x1"', 3, TODAY)


async def some_bytes() -> AsyncIterator[bytes]:
    yield b"abc"


class Stores:
    def __init__(self, blobs: BlobServiceClient, queues: QueueServiceClient) -> None:
        self.storage = Storage(blobs, container="photos")
        self.failures = FailureRecords(blobs)
        self.spending = SpendingCounter(blobs)
        self.descriptions = Descriptions(blobs)
        self.tickets = TicketQueue(queues)

    @property
    def all(self) -> list[Any]:
        return [self.storage, self.failures, self.spending, self.descriptions, self.tickets]


async def delete_everything(blobs: BlobServiceClient, queues: QueueServiceClient) -> None:
    async for container in blobs.list_containers():
        await blobs.delete_container(container.name)
    async for queue in queues.list_queues():
        await queues.delete_queue(queue.name)


async def claim(stores: Stores) -> None:
    async with stores.descriptions.claim("d", "r") as one:
        assert one.ours


async def collect(items: AsyncIterator[Any]) -> list[Any]:
    return [each async for each in items]


CALLS: dict[str, Callable[[Stores], Awaitable[Any]]] = {
    "stat": lambda each: each.storage.stat("a.jpg"),
    "read": lambda each: each.storage.read(INFO),
    "head": lambda each: each.storage.read_head(INFO, 10),
    "upload": lambda each: each.storage.upload("b.jpg", some_bytes(), limit=9),
    "delete": lambda each: each.storage.delete("a.jpg"),
    "list": lambda each: collect(each.storage.originals()),
    "pictures": lambda each: each.storage.write_pictures("a", preview=b"x", thumbnail=b"y"),
    "delete pictures": lambda each: each.storage.delete_pictures("a"),
    "failure": lambda each: each.failures.write(Failure.of(Ticket("a.jpg"), "why")),
    "clear": lambda each: each.failures.clear("b"),
    "failures": lambda each: collect(each.failures.all()),
    "spend": lambda each: each.spending.add(TODAY.date(), captions=1),
    "spent": lambda each: each.spending.total(TODAY.date()),
    "claim": claim,
    "forget": lambda each: each.descriptions.forget("e"),
    "send": lambda each: each.tickets.send(Ticket("a.jpg")),
    "count": lambda each: each.tickets.count(),
}


@pytest.fixture(scope="module")
def own_azurite() -> Iterator[Azurite]:
    """Not the one that other tests use: everything in it is deleted."""
    with running_azurite(memory=True) as azurite:
        yield azurite


def against(azurite: Azurite, work: Callable[[Stores, Callable[[], Awaitable[None]]], Awaitable[None]]) -> None:
    async def run() -> None:
        connection = azurite.connection_string
        async with (
            BlobServiceClient.from_connection_string(connection, retry_total=0) as blobs,
            QueueServiceClient.from_connection_string(connection, retry_total=0) as queues,
        ):
            stores = Stores(blobs, queues)
            for each in stores.all:
                await each.ready()
            await work(stores, lambda: delete_everything(blobs, queues))

    asyncio.run(run())


@pytest.mark.parametrize("name", CALLS)
def test_what_was_deleted_is_said_and_there_again_on_the_next_use(name: str, own_azurite: Azurite) -> None:
    async def work(stores: Stores, delete_all: Callable[[], Awaitable[None]]) -> None:
        await delete_all()

        with pytest.raises(ResourceGone, match="the next use creates it again"):
            await CALLS[name](stores)
        await CALLS[name](stores)

    against(own_azurite, work)


def test_a_check_creates_what_was_deleted(own_azurite: Azurite) -> None:
    async def work(stores: Stores, delete_all: Callable[[], Awaitable[None]]) -> None:
        await delete_all()

        for each in stores.all:
            await each.check()
        for call in CALLS.values():
            await call(stores)

    against(own_azurite, work)


def test_a_description_is_kept_although_its_container_was_deleted(own_azurite: Azurite) -> None:
    async def work(stores: Stores, delete_all: Callable[[], Awaitable[None]]) -> None:
        async with stores.descriptions.claim("f", "r") as first:
            await delete_all()
            await first.keep("a dog")

        async with stores.descriptions.claim("f", "r") as second:
            assert (first.description, second.description) == ("a dog", "a dog")

    against(own_azurite, work)


async def test_what_is_still_being_deleted_is_waited_for() -> None:
    deleting = Answer(409, headers={"x-ms-error-code": "ContainerBeingDeleted"})
    async with scripted_server(deleting) as server, BlobServiceClient(f"{server.url}/a", retry_total=0) as blobs:
        storage = Storage(blobs, container="photos")
        calls: list[Callable[[], Awaitable[Any]]] = [storage.ready, storage.check, lambda: storage.stat("a.jpg")]
        for call in calls:
            with pytest.raises(Transient, match="photos is still being deleted") as raised:
                await call()
            assert raised.value.wait == 30

        server.script(Answer(201), Answer(201), Answer(404, headers={"x-ms-error-code": "BlobNotFound"}))
        assert await storage.stat("a.jpg") is None


async def test_a_container_that_exists_is_no_trouble() -> None:
    exists = Answer(409, headers={"x-ms-error-code": "ContainerAlreadyExists"})
    missing = Answer(404, headers={"x-ms-error-code": "BlobNotFound"})
    async with (
        scripted_server(exists, missing) as server,
        BlobServiceClient(f"{server.url}/a", retry_total=0) as blobs,
    ):
        with pytest.raises(NotFound):
            await FailureRecords(blobs).read("a")


# -- listings page by page ------------------------------------------------------------------


def test_a_listing_goes_on_after_any_of_its_pages(own_azurite: Azurite) -> None:
    names = [f"{number}.txt" for number in range(7)]

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(own_azurite.connection_string) as blobs:
            container = blobs.get_container_client("pages")
            await container.create_container()
            for each in names:
                await container.upload_blob(each, b"x")

            async def pages(after: str = "") -> list[tuple[list[str], str]]:
                listing = container.list_blobs(results_per_page=3)
                return [([each.name for each in page], end) async for page, end in pages_of(listing, after)]

            every = await pages()
            assert [page for page, _ in every] == [names[:3], names[3:6], names[6:]]
            assert [bool(end) for _, end in every] == [True, True, False]
            assert await pages(every[0][1]) == every[1:]
            assert await pages(every[1][1]) == every[2:]

            await container.delete_blob(names[2])
            await container.upload_blob("3 more.txt", b"x")
            assert await pages(every[1][1]) == every[2:]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "after", "error"), [(400, "x", PlaceLost), (400, "", HttpResponseError), (500, "x", HttpResponseError)]
)
async def test_a_place_that_storage_does_not_know_is_told_from_other_errors(
    status: int, after: str, error: type[Exception]
) -> None:
    async def refuse(**options: Any) -> AsyncIterator[Any]:
        assert options == {"continuation_token": after or None}
        failure = HttpResponseError("OutOfRangeInput")
        failure.status_code = status
        raise failure
        yield

    listing: Any = SimpleNamespace(by_page=refuse)

    with pytest.raises(error):
        await collect(pages_of(listing, after))
