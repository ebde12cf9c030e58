"""Batches of captions as they are kept, and who may look after them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

from azure.storage.blob.aio import BlobServiceClient

from shared.stores.caption_batches import BatchResult, CaptionBatch, CaptionBatches, OrderedCaption
from tests.machine import Azurite

Work = Callable[[CaptionBatches, BlobServiceClient], Awaitable[None]]


def against(azurite: Azurite, work: Work) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(CaptionBatches(blobs), blobs)

    asyncio.run(run())


def a_batch(number: int) -> CaptionBatch:
    captions = (OrderedCaption(digest="d", path="ü.jpg", names=("ü.jpg", "copy.jpg")), OrderedCaption(digest="e"))
    made_at = f"2026-11-0{number}T00:00:00Z"
    return CaptionBatch(
        id=f"{number:032x}", made_at=made_at, model="m", api="chat", recipe="r", language="en", definitions="", day="d",
        file_id="f", captions=captions,
    )  # fmt: skip


def test_batches_are_kept_replaced_and_forgotten(azurite: Azurite) -> None:
    async def work(store: CaptionBatches, blobs: BlobServiceClient) -> None:
        newer, older = a_batch(2), a_batch(1)
        for each in (newer, older):
            await store.write(each)
        assert [each for each in await store.all() if each.id in {newer.id, older.id}] == [older, newer]
        assert older.names == ["ü.jpg", "copy.jpg"]

        later = datetime(2026, 11, 2, tzinfo=UTC)
        ordered = replace(older, batch_id="b", not_before=later, result=BatchResult(status="expired", kept=1))
        await store.write(ordered)
        assert ordered in await store.all()

        container = blobs.get_container_client("photo-batches")
        await container.upload_blob(f"{'a' * 32}.json", b"damaged", overwrite=True)
        await container.upload_blob("notes.txt", b"somebody else's", overwrite=True)
        for each in (newer, ordered, ordered):
            await store.delete(each)
        assert not {each.id for each in await store.all()} & {newer.id, older.id, "a" * 32}

    against(azurite, work)


def test_one_worker_at_a_time_looks_after_batches(azurite: Azurite) -> None:
    async def work(store: CaptionBatches, _: BlobServiceClient) -> None:
        for _number in range(2):
            async with store.lock() as is_ours:
                assert is_ours
                async with store.lock() as is_others:
                    assert not is_others

    against(azurite, work)
