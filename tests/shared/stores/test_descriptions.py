"""Claims on descriptions, against Azurite."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ServiceResponseError
from azure.core.pipeline.transport._aiohttp import AioHttpTransport
from azure.storage.blob.aio import BlobServiceClient

from shared.errors import Transient
from shared.stores import description_claim
from shared.stores.description_claim import Claim, ignore_conflicts
from shared.stores.descriptions import CONTAINER, Descriptions, KeptDescription, moment_of_mark
from tests.machine import Azurite, eventually
from tests.shared.scripted_server import Answer, scripted_server

RECIPE = "r1"
PATIENCE = 45  # seconds
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


def all_workers_died(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on no claim that was written is taken for one of a worker that is alive."""
    monkeypatch.setattr(description_claim, "LASTS", -5)


def test_a_worker_that_died_is_followed_by_one_other_half_a_minute_later(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(store: Descriptions, blobs: BlobServiceClient) -> None:
        # What a worker leaves that is killed while it describes.
        await store.ready()
        await blobs.get_blob_client(CONTAINER, f"{'3' * 64}/{RECIPE}.json").upload_blob(b"")
        async with store.claim("3" * 64, RECIPE) as early:
            assert not early.ours
        all_workers_died(monkeypatch)

        async with AsyncExitStack() as stack:
            claims = [store.claim("3" * 64, RECIPE) for _ in range(4)]
            entered = await asyncio.gather(*map(stack.enter_async_context, claims))
            monkeypatch.undo()
            [claim] = [each for each in entered if each.ours and await is_ours(each)]
            await claim.keep("a cat")
        async with store.claim("3" * 64, RECIPE) as later:
            assert later.description == "a cat"

    async def is_ours(claim: Any) -> bool:
        return bool((await claim.blob.get_blob_properties()).etag == claim.etag)

    assert description_claim.LASTS == 30
    assert description_claim.RENEWED <= description_claim.LASTS / 3
    against(azurite, work)


def test_what_was_paid_for_is_used_even_when_the_claim_was_lost(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(store: Descriptions, _: Any) -> None:
        async with store.claim("4" * 64, RECIPE) as slow:
            all_workers_died(monkeypatch)
            async with store.claim("4" * 64, RECIPE) as quick:
                assert quick.ours
                await slow.keep("from the slow one")
                await quick.keep("from the quick one")

        async with store.claim("4" * 64, RECIPE) as later:
            assert (slow.description, later.description) == ("from the slow one", "from the quick one")

    against(azurite, work)


def test_a_lease_of_the_last_release_is_a_claim_as_well(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(store: Descriptions, blobs: BlobServiceClient) -> None:
        await store.ready()
        blob = blobs.get_blob_client(CONTAINER, f"{'0a' * 32}/{RECIPE}.json")
        await blob.upload_blob(b"")
        lease = await blob.acquire_lease(30)
        all_workers_died(monkeypatch)
        async with store.claim("0a" * 32, RECIPE) as claim:
            assert not claim.ours

        await blob.upload_blob(b"a dog", overwrite=True, lease=lease)
        await lease.release()
        async with store.claim("0a" * 32, RECIPE) as claim:
            assert claim.description == "a dog"

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


def test_a_mark_and_a_deletion_leave_what_is_being_made(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(store: Descriptions, _: Any) -> None:
        digest, name = "0b" * 32, f"{'0b' * 32}/{RECIPE}.json"
        async with store.claim(digest, RECIPE) as claim:
            await store.mark(name, unused_since=datetime.now(UTC))
            await store.delete(name)
            assert [each.unused_since async for each in store.all() if each.digest == digest] == [None]
            all_workers_died(monkeypatch)
            await store.delete(name)  # what was left by one that died goes
            assert await store.read(digest, RECIPE) is None

            await claim.keep("a dog")  # which has lived after all
        assert await store.read(digest, RECIPE) == "a dog"

    against(azurite, work)


class LosingAnswers(AioHttpTransport):
    """Sends what it is given, and loses the answer to as many writes as it is told."""

    lost = 0

    async def send(self, request: Any, **options: Any) -> Any:
        response = await super().send(request, **options)
        if self.lost and request.method == "PUT" and request.url.partition("?")[0].endswith(".json"):
            self.lost -= 1
            raise ServiceResponseError("the connection broke")
        return response


@pytest.mark.parametrize("retries", [0, 1])
def test_a_claim_is_renewed_and_stays_its_workers_though_answers_are_lost(
    retries: int, azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(description_claim, "RENEWED", 0.05)

    async def work(store: Descriptions, blobs: BlobServiceClient) -> None:
        transport, digest = LosingAnswers(), f"{retries}c" * 32
        options: Any = {"transport": transport, "retry_total": retries, "initial_backoff": 0, "increment_base": 0}
        transport.lost = retries  # of the first write: without a retry, nobody would know of the claim
        async with BlobServiceClient.from_connection_string(azurite.connection_string, **options) as unlucky:
            async with Descriptions(unlucky).claim(digest, RECIPE) as claim:
                assert claim.ours

                seen = [claim.etag]

                async def renewed() -> None:
                    assert claim.etag != seen[-1]
                    assert transport.lost == 0

                await eventually(renewed)
                seen.append(claim.etag)
                transport.lost = 1
                await eventually(renewed)
                async with store.claim(digest, RECIPE) as other:
                    assert not other.ours
                transport.lost = retries
                await claim.keep("a dog")
            assert await store.read(digest, RECIPE) == "a dog"

    against(azurite, work)


class OvertakenWrites(AioHttpTransport):
    """Each write of a description comes right after another one of the same claim."""

    overtake: Callable[[], Awaitable[None]] | None = None

    async def send(self, request: Any, **options: Any) -> Any:
        if self.overtake and request.method == "PUT" and request.url.partition("?")[0].endswith(".json"):
            await self.overtake()
        return await super().send(request, **options)


def test_what_was_paid_for_and_could_not_be_stored_is_told_in_the_log(
    azurite: Azurite, caplog: pytest.LogCaptureFixture
) -> None:
    digest = "0f" * 32

    async def work(store: Descriptions, blobs: BlobServiceClient) -> None:
        transport = OvertakenWrites()
        async with BlobServiceClient.from_connection_string(azurite.connection_string, transport=transport) as unlucky:
            async with Descriptions(unlucky).claim(digest, RECIPE) as claim:
                blob = blobs.get_blob_client(CONTAINER, f"{digest}/{RECIPE}.json")

                async def overtake() -> None:
                    await blob.set_blob_metadata({description_claim.WORKER: claim.worker})

                transport.overtake = overtake
                await claim.keep("a dog")
                transport.overtake = None

            assert claim.description == "a dog"
            assert await store.read(digest, RECIPE) == ""

    against(azurite, work)
    assert f"could not store {digest}/{RECIPE}.json, which was paid for" in caplog.text


class HoldingWrites(AioHttpTransport):
    """Holds the writes of a claim, after the first, until they may be answered."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.begun, self.go_on = True, asyncio.Event(), asyncio.Event()

    async def send(self, request: Any, **options: Any) -> Any:
        response = await super().send(request, **options)
        if request.method == "PUT" and request.url.partition("?")[0].endswith(".json"):
            if not self.first:
                self.begun.set()
                await self.go_on.wait()
            self.first = False
        return response


def test_a_claim_is_renewed_no_more_though_its_release_was_cancelled(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(description_claim, "RENEWED", 0.05)
    claims, releasing, release = list[Claim](), asyncio.Event(), Claim.release

    async def note_release(claim: Claim) -> None:
        releasing.set()
        await release(claim)

    monkeypatch.setattr(Claim, "release", note_release)

    async def describe(store: Descriptions) -> None:
        async with store.claim("0e" * 32, RECIPE) as claim:
            claims.append(claim)
            await asyncio.Event().wait()

    async def work(store: Descriptions, _: Any) -> None:
        await store.ready()
        transport = HoldingWrites()
        async with BlobServiceClient.from_connection_string(azurite.connection_string, transport=transport) as blobs:
            worker = asyncio.ensure_future(describe(Descriptions(blobs)))
            await asyncio.wait_for(transport.begun.wait(), PATIENCE)
            worker.cancel()
            await asyncio.wait_for(releasing.wait(), PATIENCE)
            worker.cancel()  # while the renewal is under way
            await asyncio.wait({worker}, timeout=PATIENCE)
            assert worker.cancelled()
            transport.go_on.set()

            [claim] = claims
            assert claim._renewal
            await asyncio.wait_for(claim._renewal, PATIENCE)

    against(azurite, work)


def test_whether_there_may_be_some_by_a_recipe_is_known_for_an_hour(azurite: Azurite) -> None:
    async def work(store: Descriptions, blobs: BlobServiceClient) -> None:
        now = 0.0
        asked = Descriptions(blobs, clock=lambda: now)
        assert not await asked.may_hold(["recipe of the last release"])
        async with store.claim("0d" * 32, "recipe of the last release") as claim:
            await claim.keep("a dog")

        assert not await asked.may_hold(["recipe of the last release"])
        now = 3600.0
        assert await asked.may_hold(["another", "recipe of the last release"])
        assert not await asked.may_hold(["another"])

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

    with nullcontext() if is_ignored else pytest.raises(HttpResponseError), ignore_conflicts():
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
