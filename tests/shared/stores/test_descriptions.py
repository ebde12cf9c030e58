"""Claims on descriptions, against Azurite."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, nullcontext
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError
from azure.core.pipeline.transport._aiohttp import AioHttpTransport
from azure.storage.blob.aio import BlobServiceClient

from shared.errors import Transient
from shared.stores import descriptions
from shared.stores.descriptions import CONTAINER, Claim, Descriptions, KeptDescription, moment_of_mark
from tests.machine import Azurite
from tests.shared.scripted_server import Answer, scripted_server

RECIPE = "r1"
Work = Callable[[Descriptions, BlobServiceClient], Awaitable[None]]


def against(azurite: Azurite, work: Work) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(Descriptions(blobs), blobs)

    asyncio.run(run())


def test_all_of_some_bytes_are_read_the_latest_first(azurite: Azurite) -> None:
    async def work(store: Descriptions, _: Any) -> None:
        for recipe in ("r1", "r2"):
            async with store.claim("8a" * 32, recipe) as claim:
                await claim.keep(f"a dog, says {recipe}")
            await asyncio.sleep(1.1)  # storage counts in seconds
        async with store.claim("8a" * 32, "r3") as claim:
            assert claim.ours  # and is not made yet
            stored = await store.of("8a" * 32)

        assert [(each.recipe, each.text) for each in stored] == [("r2", "a dog, says r2"), ("r1", "a dog, says r1")]
        assert await store.of("9a" * 32) == []

    against(azurite, work)


def test_one_by_its_recipe_is_read_without_a_claim(azurite: Azurite) -> None:
    async def work(store: Descriptions, _: Any) -> None:
        async with store.claim("7a" * 32, "r1") as claim:
            assert await store.read("7a" * 32, "r1") == ""
            await claim.keep("a dog")

        assert await store.read("7a" * 32, "r1") == "a dog"
        assert await store.read("7a" * 32, "r2") is None

    against(azurite, work)


def test_one_describes_while_the_others_wait_and_then_find_it_kept(azurite: Azurite) -> None:
    async def work(store: Descriptions, _: Any) -> None:
        async with store.claim("1" * 64, RECIPE) as first, store.claim("1" * 64, RECIPE) as second:
            assert (first.ours, first.description) == (True, None)
            assert (second.ours, second.description) == (False, None)
            await first.keep("a dog")

        async with store.claim("1" * 64, RECIPE) as third:
            assert (third.ours, third.description) == (False, "a dog")

    against(azurite, work)


class Interleaving(AioHttpTransport):
    """Lets another worker finish right after the first look at a description that is still empty."""

    finish: Callable[[], Awaitable[None]] | None = None

    async def send(self, request: Any, **options: Any) -> Any:
        response = await super().send(request, **options)
        if self.finish and request.method in {"GET", "HEAD"} and request.url.partition("?")[0].endswith(".json"):
            finish, self.finish = self.finish, None
            await finish()
        return response


def test_a_description_finished_while_it_is_looked_at_is_not_paid_for_again(azurite: Azurite) -> None:
    async def work(store: Descriptions, _: Any) -> None:
        transport, first_worker = Interleaving(), AsyncExitStack()
        first = await first_worker.enter_async_context(store.claim("9" * 64, RECIPE))

        async def finish() -> None:
            await first.keep("a dog")
            await first_worker.aclose()

        transport.finish = finish
        async with BlobServiceClient.from_connection_string(azurite.connection_string, transport=transport) as blobs:
            async with Descriptions(blobs).claim("9" * 64, RECIPE) as second:
                assert not second.ours
            assert transport.finish is None
            async with Descriptions(blobs).claim("9" * 64, RECIPE) as third:
                assert third.description == "a dog"

    against(azurite, work)


@pytest.mark.parametrize("damaged", [b'{"title": "A', b"\xff\xfe\x00"])
def test_one_that_is_not_readable_is_made_again_by_one_worker(damaged: bytes, azurite: Azurite) -> None:
    def is_readable(text: str) -> bool:
        return text.endswith("}")

    async def work(store: Descriptions, blobs: BlobServiceClient) -> None:
        digest = damaged.hex()
        await store.ready()
        await blobs.get_blob_client(CONTAINER, f"{digest}/{RECIPE}.json").upload_blob(damaged)
        async with (
            store.claim(digest, RECIPE, is_readable=is_readable) as first,
            store.claim(digest, RECIPE, is_readable=is_readable) as second,
        ):
            assert (first.ours, first.description, second.ours, second.description) == (True, None, False, None)
            await first.keep("{a dog}")

        async with store.claim(digest, RECIPE, is_readable=is_readable) as third:
            assert (third.ours, third.description) == (False, "{a dog}")

    against(azurite, work)


def test_descriptions_are_listed_marked_and_deleted(azurite: Azurite) -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    digest, name = "ab" * 32, f"{'ab' * 32}/{RECIPE}.json"

    async def listed(store: Descriptions) -> list[KeptDescription]:
        return [each async for each in store.all() if each.digest == digest]

    async def work(store: Descriptions, blobs: BlobServiceClient) -> None:
        async with store.claim(digest, RECIPE) as claim:
            await claim.keep("a dog")
        await blobs.get_blob_client(CONTAINER, "notes.txt").upload_blob(b"stray", overwrite=True)
        assert "notes.txt" not in [each.name async for each in store.all()]
        assert await listed(store) == [KeptDescription(name, digest, None)]

        await store.mark(name, unused_since=noon)
        assert await listed(store) == [KeptDescription(name, digest, noon)]
        async with store.claim(digest, RECIPE) as claim:
            assert claim.description == "a dog"
        await store.mark(name, unused_since=None)
        assert await listed(store) == [KeptDescription(name, digest, None)]

        await store.delete(name)
        await store.delete(name)
        await store.mark(name, unused_since=noon)
        assert await listed(store) == []

    against(azurite, work)


def test_a_worker_that_fails_leaves_nothing_behind(azurite: Azurite) -> None:
    async def work(store: Descriptions, blobs: BlobServiceClient) -> None:
        with pytest.raises(RuntimeError):
            async with store.claim("2" * 64, RECIPE):
                raise RuntimeError("the model was out")

        names = blobs.get_container_client(CONTAINER).list_blob_names(name_starts_with="2" * 64)
        assert [name async for name in names] == []
        async with store.claim("2" * 64, RECIPE) as next_:
            assert next_.ours

    against(azurite, work)


def test_a_worker_that_died_is_followed_by_another(azurite: Azurite) -> None:
    async def work(store: Descriptions, blobs: BlobServiceClient) -> None:
        # What a worker leaves that is killed while it describes, once its lease has run out.
        await store.ready()
        await blobs.get_blob_client(CONTAINER, f"{'3' * 64}/{RECIPE}.json").upload_blob(b"")

        async with store.claim("3" * 64, RECIPE) as claim:
            assert claim.ours
            await claim.keep("a cat")
        async with store.claim("3" * 64, RECIPE) as later:
            assert later.description == "a cat"

    against(azurite, work)


def test_what_was_paid_for_is_used_even_when_the_claim_was_lost(azurite: Azurite) -> None:
    async def work(store: Descriptions, _: Any) -> None:
        async with store.claim("4" * 64, RECIPE) as slow:
            assert slow.lease
            await slow.lease.break_lease(0)
            async with store.claim("4" * 64, RECIPE) as quick:
                assert quick.ours
                await slow.keep("from the slow one")
                await quick.keep("from the quick one")

        async with store.claim("4" * 64, RECIPE) as later:
            assert (slow.description, later.description) == ("from the slow one", "from the quick one")

    against(azurite, work)


def test_forgetting_leaves_what_is_being_made(azurite: Azurite) -> None:
    async def work(store: Descriptions, _: Any) -> None:
        async with store.claim("5" * 64, RECIPE) as claim:
            await claim.keep("old")
        async with store.claim("5" * 64, "r2") as being_made:
            await store.forget("5" * 64)
            await being_made.keep("new")

        async with store.claim("5" * 64, RECIPE) as old, store.claim("5" * 64, "r2") as new:
            assert (old.description, new.description) == (None, "new")

    against(azurite, work)


async def test_a_lease_is_renewed_until_the_work_ends_even_through_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lease:
        renewals = 0
        renewed_thrice = asyncio.Event()

        async def renew(self) -> None:
            self.renewals += 1
            if self.renewals == 3:
                self.renewed_thrice.set()
            if self.renewals == 1:
                raise ServiceRequestError("a short outage")

    monkeypatch.setattr(descriptions, "LEASE", 0.03)
    lease: Any = Lease()
    claim = Claim(cast(Any, None), cast(Any, None), lease=lease)

    renewal = asyncio.create_task(descriptions._keep_lease(claim))
    async with asyncio.timeout(30):
        await lease.renewed_thrice.wait()
    renewal.cancel()


def test_a_lease_lasts_half_a_minute_and_is_renewed_while_it_is_held(azurite: Azurite) -> None:
    async def work(store: Descriptions, blobs: BlobServiceClient) -> None:
        async with store.claim("6" * 64, RECIPE) as claim:
            blob = blobs.get_blob_client(CONTAINER, f"{'6' * 64}/{RECIPE}.json")
            assert (await blob.get_blob_properties()).lease.state == "leased"
            assert claim.lease is not None
            await claim.keep("a dog")
        properties = await blob.get_blob_properties()
        assert (properties.lease.state, properties.size) == ("available", 5)

    assert descriptions.LEASE == 30
    against(azurite, work)


def test_a_container_is_created_once_for_all(azurite: Azurite) -> None:
    async def work(store: Descriptions, _: Any) -> None:
        await store.ready()
        await store.ready()
        await store.forget("7" * 64)

    against(azurite, work)


@pytest.mark.parametrize(("status", "is_ignored"), [(404, True), (409, True), (412, True), (400, False), (503, False)])
def test_only_what_another_worker_did_is_ignored(status: int, is_ignored: bool) -> None:
    error = HttpResponseError("no")
    error.status_code = status

    with nullcontext() if is_ignored else pytest.raises(HttpResponseError), descriptions._ignore_conflicts():
        raise error


async def test_errors_of_storage_become_ours() -> None:
    async with scripted_server(Answer(201)) as server, BlobServiceClient(f"{server.url}/a", retry_total=0) as blobs:
        store = Descriptions(blobs)
        await store.ready()
        server.script(Answer(503, headers={"Retry-After": "5"}))
        with pytest.raises(Transient, match=r"^blob storage answered 503") as raised:
            async with store.claim("8" * 64, RECIPE):
                pass

    assert raised.value.wait == 5


@pytest.mark.parametrize("text", [None, "", "yesterday", "2026-05-01", "2026-05-01T10:11:12", "\ud800", "9" * 400])
def test_a_mark_that_is_no_moment_is_none(text: str | None) -> None:
    assert moment_of_mark(text) is None


def test_a_mark_is_a_moment_with_a_zone() -> None:
    assert moment_of_mark("2026-05-01T10:11:12Z") == datetime(2026, 5, 1, 10, 11, 12, tzinfo=UTC)
