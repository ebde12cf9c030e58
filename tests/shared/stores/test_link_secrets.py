"""The secret that signs links to pictures, against Azurite."""

import asyncio
import uuid
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient

from shared.errors import Outage
from shared.redaction import redact
from shared.stores import link_secrets
from shared.stores.link_secrets import BLOB, LIFE, MAX_AGE, MIN_AGE, SECRET_FILE, LinkSecrets, SecretFile
from tests.machine import NO_PAUSES, Azurite, free_port
from tests.shared.stores.test_api_keys import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(link_secrets, "CONTAINER", f"secrets-{uuid.uuid4().hex[:12]}")
    return Clock()


def against(azurite: Azurite, clock: Clock, work: Callable[[LinkSecrets, LinkSecrets, Any], Awaitable[None]]) -> None:
    """Two stores, as two instances have them, and the blob that they share."""

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            blob = blobs.get_blob_client(link_secrets.CONTAINER, BLOB)
            await work(LinkSecrets(blobs, clock=clock), LinkSecrets(blobs, clock=clock), blob)

    asyncio.run(run())


async def store(blob: Any, secret: bytes, *, age: timedelta = timedelta(), previous: bytes = b"") -> None:
    file = SecretFile(b64encode(secret).decode(), datetime.now(UTC) - age, b64encode(previous).decode())
    await blob.upload_blob(SECRET_FILE.dump_json(file), overwrite=True)


def test_all_instances_sign_with_one_secret_that_the_first_link_makes(azurite: Azurite, clock: Clock) -> None:
    async def work(one: LinkSecrets, other: LinkSecrets, blob: Any) -> None:
        assert await one.accepted() == await one.accepted(anew=True) == []
        with pytest.raises(ResourceNotFoundError):  # whoever asks with a forged link has nothing written
            await blob.get_blob_properties()

        signing = await asyncio.gather(*(store.current() for store in (one, other) for _ in range(5)))

        assert len(set(signing)) == 1
        assert len(signing[0]) == 32
        assert await other.accepted() == [signing[0]]

    against(azurite, clock, work)


def test_it_is_replaced_in_time_and_the_one_before_still_opens(azurite: Azurite, clock: Clock) -> None:
    async def work(one: LinkSecrets, other: LinkSecrets, blob: Any) -> None:
        await one.current()
        await store(blob, b"o" * 32, age=LIFE, previous=b"p" * 32)
        clock.now += MAX_AGE

        new = await one.current()

        assert new not in {b"o" * 32, b"p" * 32}
        assert await one.accepted() == await other.accepted() == [new, b"o" * 32]
        assert await other.current() == new
        assert timedelta(minutes=24 * 60) < LIFE  # the longest that a link may live

    against(azurite, clock, work)


def test_what_another_instance_has_made_is_read_where_a_signature_does_not_fit(azurite: Azurite, clock: Clock) -> None:
    async def work(one: LinkSecrets, other: LinkSecrets, blob: Any) -> None:
        old = await one.current()
        await store(blob, b"n" * 32)

        assert await one.accepted(anew=True) == [old]  # a flood of forged links does not become a flood of reads
        clock.now += MIN_AGE
        assert await one.accepted() == [old]
        assert await one.accepted(anew=True) == [b"n" * 32]

    against(azurite, clock, work)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"{}", b'{"current": "YQ==", "made_at": "2026-01-01T00:00:00Z"}', b'{"current": "\xff"}']
)
def test_what_is_damaged_is_replaced_and_opens_nothing(content: bytes, azurite: Azurite, clock: Clock) -> None:
    async def work(one: LinkSecrets, other: LinkSecrets, blob: Any) -> None:
        await one.current()
        await blob.upload_blob(content, overwrite=True)

        assert await other.accepted() == []
        assert await other.accepted() != [await other.current()]
        clock.now += MAX_AGE
        assert await one.current() == await other.current()

    against(azurite, clock, work)


def test_deleting_it_makes_all_links_worthless_within_a_minute(azurite: Azurite, clock: Clock) -> None:
    async def work(one: LinkSecrets, _: LinkSecrets, blob: Any) -> None:
        old = await one.current()
        await blob.delete_blob()
        clock.now += MAX_AGE

        assert await one.accepted() == []
        assert await one.current() != old

    against(azurite, clock, work)


def test_no_log_shows_it(azurite: Azurite, clock: Clock) -> None:
    async def work(one: LinkSecrets, other: LinkSecrets, blob: Any) -> None:
        for each in (one, other):  # the one that made it, and one that read it
            text = b64encode(await each.current()).decode()
            assert text not in redact(f"stored {text}")

    against(azurite, clock, work)


async def test_storage_that_is_down_signs_and_opens_nothing() -> None:
    async with BlobServiceClient(f"http://127.0.0.1:{free_port()}/a", **NO_PAUSES) as blobs:
        secrets = LinkSecrets(blobs)
        for call in (secrets.current, secrets.accepted):
            with pytest.raises(Outage):
                await call()
