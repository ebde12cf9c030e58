"""Claims on descriptions, against Azurite."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.stores.descriptions import CONTAINER, Descriptions
from tests.machine import Azurite

RECIPE = "r1"
Work = Callable[[Descriptions, BlobServiceClient], Awaitable[None]]


def against(azurite: Azurite, work: Work) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(Descriptions(blobs), blobs)

    asyncio.run(run())


def test_one_describes_while_the_others_wait_and_then_find_it_kept(azurite: Azurite) -> None:
    async def work(descriptions: Descriptions, _: Any) -> None:
        async with descriptions.claim("1" * 64, RECIPE) as first, descriptions.claim("1" * 64, RECIPE) as second:
            assert (first.ours, first.description) == (True, None)
            assert (second.ours, second.description) == (False, None)
            await first.keep("a dog")

        async with descriptions.claim("1" * 64, RECIPE) as third:
            assert (third.ours, third.description) == (False, "a dog")

    against(azurite, work)


def test_who_fails_leaves_nothing_behind(azurite: Azurite) -> None:
    async def work(descriptions: Descriptions, blobs: BlobServiceClient) -> None:
        with pytest.raises(RuntimeError):
            async with descriptions.claim("2" * 64, RECIPE):
                raise RuntimeError("the model was out")

        names = blobs.get_container_client(CONTAINER).list_blob_names(name_starts_with="2" * 64)
        assert [name async for name in names] == []
        async with descriptions.claim("2" * 64, RECIPE) as next_:
            assert next_.ours

    against(azurite, work)


def test_a_worker_that_died_is_followed_by_another(azurite: Azurite) -> None:
    async def work(descriptions: Descriptions, blobs: BlobServiceClient) -> None:
        # What a worker leaves that is killed while it describes, once its lease has run out.
        await descriptions.ready()
        await blobs.get_blob_client(CONTAINER, f"{'3' * 64}/{RECIPE}.json").upload_blob(b"")

        async with descriptions.claim("3" * 64, RECIPE) as claim:
            assert claim.ours
            await claim.keep("a cat")
        async with descriptions.claim("3" * 64, RECIPE) as later:
            assert later.description == "a cat"

    against(azurite, work)


def test_what_was_paid_for_is_used_even_when_the_claim_was_lost(azurite: Azurite) -> None:
    async def work(descriptions: Descriptions, _: Any) -> None:
        async with descriptions.claim("4" * 64, RECIPE) as slow:
            assert slow.lease
            await slow.lease.break_lease(0)
            async with descriptions.claim("4" * 64, RECIPE) as quick:
                assert quick.ours
                await slow.keep("from the slow one")
                await quick.keep("from the quick one")

        async with descriptions.claim("4" * 64, RECIPE) as later:
            assert (slow.description, later.description) == ("from the slow one", "from the quick one")

    against(azurite, work)


def test_forgetting_leaves_what_is_being_made(azurite: Azurite) -> None:
    async def work(descriptions: Descriptions, _: Any) -> None:
        async with descriptions.claim("5" * 64, RECIPE) as claim:
            await claim.keep("old")
        async with descriptions.claim("5" * 64, "r2") as being_made:
            await descriptions.forget("5" * 64)
            await being_made.keep("new")

        async with descriptions.claim("5" * 64, RECIPE) as old, descriptions.claim("5" * 64, "r2") as new:
            assert (old.description, new.description) == (None, "new")

    against(azurite, work)
