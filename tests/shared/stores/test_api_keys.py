"""The keys that people have made, against Azurite."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.api_keys import ApiKey, digest_key
from shared.errors import BadRequest, NotFound, Outage, SettingsError
from shared.stores import api_keys
from shared.stores.api_keys import BLOB, MAX_AGE, ApiKeyStore
from tests.machine import NO_PAUSES, Azurite, free_port

Work = Callable[[ApiKeyStore, ApiKeyStore], Awaitable[None]]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(api_keys, "CONTAINER", f"keys-{uuid.uuid4().hex[:12]}")
    return Clock()


def key(name: str) -> ApiKey:
    return ApiKey(name, "read", digest_key(name), "2026-01-02T03:04:05Z")


def against(azurite: Azurite, clock: Clock, work: Work) -> None:
    """Two stores, as two instances have them."""

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(ApiKeyStore(blobs, clock=clock), ApiKeyStore(blobs))

    asyncio.run(run())


def test_a_check_creates_the_container_and_reads_the_keys(azurite: Azurite, clock: Clock) -> None:
    async def work(one: ApiKeyStore, other: ApiKeyStore) -> None:
        await one.check()
        await one.add(key("a"))
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await blobs.get_blob_client(api_keys.CONTAINER, BLOB).upload_blob(b"{", overwrite=True)
        with pytest.raises(SettingsError, match="damaged"):
            await other.check()

    against(azurite, clock, work)


def test_keys_are_kept_and_names_are_unique(azurite: Azurite, clock: Clock) -> None:
    async def work(one: ApiKeyStore, other: ApiKeyStore) -> None:
        assert await one.all() == await one.recent() == ()
        await one.add(key("a"))
        await other.add(key("b"))
        assert await one.all() == (key("a"), key("b"))
        with pytest.raises(BadRequest, match="there is a key named 'a'"):
            await other.add(key("a"))
        await other.revoke("a")
        with pytest.raises(NotFound, match="no key named 'a'"):
            await one.revoke("a")
        assert await one.all() == (key("b"),)

    against(azurite, clock, work)


def test_keys_made_at_the_same_time_are_all_kept(azurite: Azurite, clock: Clock) -> None:
    async def work(one: ApiKeyStore, other: ApiKeyStore) -> None:
        await asyncio.gather(*(each.add(key(f"k{n}")) for n, each in enumerate([one, other] * 4)))
        assert {each.name for each in await one.all()} == {f"k{n}" for n in range(8)}

    against(azurite, clock, work)


def test_an_instance_notices_a_revoked_key_within_the_stated_time(azurite: Azurite, clock: Clock) -> None:
    async def work(one: ApiKeyStore, other: ApiKeyStore) -> None:
        await other.add(key("a"))
        assert await one.recent() == (key("a"),)
        await other.revoke("a")

        clock.now += MAX_AGE - 0.1
        assert await one.recent() == (key("a"),)
        clock.now += 0.1
        assert await one.recent() == ()

    against(azurite, clock, work)
    assert MAX_AGE <= 10


def test_a_damaged_blob_opens_nothing(azurite: Azurite, clock: Clock) -> None:
    async def work(one: ApiKeyStore, other: ApiKeyStore) -> None:
        await other.add(key("a"))
        for content in (b"", b"{", b'{"keys": [{"name": "a", "right": "all", "digest": ""}]}'):
            await other._blob.upload_blob(content, overwrite=True)
            with pytest.raises(SettingsError, match=f"{BLOB} in the container {api_keys.CONTAINER} is damaged"):
                await one.recent()

    against(azurite, clock, work)


def test_once_storage_is_down_old_keys_are_believed_no_longer(clock: Clock) -> None:
    async def run() -> None:
        connection = (
            f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:{free_port()}/a"
        )
        async with BlobServiceClient.from_connection_string(connection, **NO_PAUSES) as blobs:
            store = ApiKeyStore(blobs, clock=clock)
            store._recent, store._expiry = (key("a"),), 5.0
            assert await store.recent() == (key("a"),)
            clock.now = 5.0
            results = await asyncio.gather(store.recent(), store.recent(), return_exceptions=True)
            assert [type(each) for each in results] == [Outage, Outage]

    asyncio.run(run())
