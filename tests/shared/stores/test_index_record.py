"""Which index the library is in, against Azurite: read by all, and changed by one at a time."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.embedded_index import EmbeddedIndex, IndexRecord, using_index
from shared.embedding_model import EmbeddingModel
from shared.errors import PreconditionFailed, SettingsError, Transient
from shared.stores import index_record
from shared.stores.index_record import BLOB, MAX_AGE, PAUSE, IndexRecordStore
from tests.machine import Azurite, free_port

FIRST = EmbeddedIndex("photos", EmbeddingModel("embedding", 384))
SECOND = EmbeddedIndex("photos-2", EmbeddingModel("better embedding", 1024))
NOW = datetime(2026, 11, 27, tzinfo=UTC)
MOVED = IndexRecord(SECOND, beside=FIRST, since=NOW, past=(EmbeddedIndex("0", FIRST.embedding),))


class Instances:
    """Stores of several instances, with one clock."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self.blobs = blobs
        self.now = 1000.0

    def start(self, configured: EmbeddedIndex = FIRST) -> IndexRecordStore:
        return IndexRecordStore(self.blobs, configured=configured, clock=lambda: self.now)


@pytest.fixture
def against(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[Instances], Awaitable[None]]], None]:
    monkeypatch.setattr(index_record, "CONTAINER", f"settings-{uuid.uuid4().hex[:12]}")

    def run(work: Callable[[Instances], Awaitable[None]]) -> None:
        async def connected() -> None:
            async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
                await work(Instances(blobs))

        asyncio.run(connected())

    return run


Against = Callable[[Callable[[Instances], Awaitable[None]]], None]


def test_without_a_record_the_settings_say_it(against: Against) -> None:
    async def work(instances: Instances) -> None:
        store = instances.start()

        assert await store.read() == (None, None)
        assert await store.recent() == IndexRecord(FIRST)
        assert store.in_use == FIRST

    against(work)


def test_all_that_is_written_is_read_by_others_within_seconds(against: Against) -> None:
    async def work(instances: Instances) -> None:
        one, other = instances.start(), instances.start()
        await other.recent()

        await one.write(MOVED, etag=None)

        assert await one.recent() == MOVED
        assert await other.recent() == IndexRecord(FIRST)
        instances.now += MAX_AGE
        assert await other.recent() == MOVED
        assert other.in_use == SECOND

    against(work)


def test_what_began_with_an_index_stays_with_it(against: Against) -> None:
    async def work(instances: Instances) -> None:
        store = instances.start()
        with using_index(FIRST):
            await store.write(MOVED, etag=None)

            assert store.in_use == FIRST
        assert store.in_use == SECOND

    against(work)


def test_two_who_move_the_library_do_not_write_over_each_other(against: Against) -> None:
    async def work(instances: Instances) -> None:
        one, other = instances.start(), instances.start()
        await one.write(MOVED, etag=None)
        with pytest.raises(PreconditionFailed, match="somebody else"):
            await other.write(IndexRecord(FIRST), etag=None)
        _, etag = await other.read()
        await one.write(IndexRecord(SECOND, past=(FIRST,)), etag=etag)

        with pytest.raises(PreconditionFailed):
            await other.write(MOVED, etag=etag)
        assert await other.now() == IndexRecord(SECOND, past=(FIRST,))

    against(work)


@pytest.mark.parametrize(("name", "follows"), [("photos", True), ("photos-2", True), ("0", True), ("new", False)])
def test_settings_that_name_an_index_there_is_or_was_follow_the_record(
    against: Against, name: str, follows: bool
) -> None:
    async def work(instances: Instances) -> None:
        store = instances.start(EmbeddedIndex(name, EmbeddingModel("whatever", 7)))
        await store.write(MOVED, etag=None)

        assert (await store.recent() == MOVED) is follows
        assert follows or store.known == IndexRecord(store.configured)

    against(work)


def test_a_damaged_record_is_said_and_what_was_known_stays(against: Against) -> None:
    async def work(instances: Instances) -> None:
        store = instances.start()
        await store.write(MOVED, etag=None)
        await instances.blobs.get_blob_client(index_record.CONTAINER, BLOB).upload_blob(b"{", overwrite=True)
        instances.now += MAX_AGE

        with pytest.raises(SettingsError, match=r"index\.json .* is damaged"):
            await store.recent()
        await store.refresh_if_possible()
        assert store.in_use == SECOND

    against(work)


async def test_while_storage_is_down_searches_use_what_was_known_and_ask_again_later() -> None:
    connection = (
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=aGVsbG8=;"
        f"BlobEndpoint=http://127.0.0.1:{free_port()}/devstoreaccount1;"
    )
    async with BlobServiceClient.from_connection_string(connection, retry_total=0) as blobs:
        instances = Instances(blobs)
        store = instances.start()

        with pytest.raises(Transient):
            await store.recent()
        await store.refresh_if_possible()
        assert store.in_use == FIRST
        before = store._pause_until
        await store.refresh_if_possible()
        assert store._pause_until == before == instances.now + PAUSE
