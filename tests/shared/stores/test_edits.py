"""Edits as they are kept: who comes second is told, and what is no record counts as none."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.edits import FieldEdit, PhotoEdits
from shared.photo import photo_id
from shared.stores.edits import Edits
from tests.machine import Azurite

Work = Callable[[Edits, BlobServiceClient], Awaitable[None]]
NOW = datetime(2026, 11, 2, tzinfo=UTC)
TITLE = FieldEdit(value="My läke", by="ann", at="2026-11-02T00:00:00Z", digest="d")


def against(azurite: Azurite, work: Work) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(Edits(blobs), blobs)

    asyncio.run(run())


def edited(path: str) -> PhotoEdits:
    return PhotoEdits(id=photo_id(path), path=path).changed({"title": TITLE, "tags": None}, by="ann", at=NOW)


def test_what_is_written_is_read(azurite: Azurite) -> None:
    async def work(edits: Edits, _: BlobServiceClient) -> None:
        record = edited("read.jpg")
        assert await edits.read(record.id) == PhotoEdits(id=record.id)
        assert await edits.etag(record.id) == ""

        written = await edits.write(record)

        assert written
        assert written.etag.startswith('"')
        assert await edits.read(record.id) == written == replace(record, etag=written.etag)
        assert await edits.etag(record.id) == written.etag
        assert (record.id, written.etag) in [each async for page, _ in edits.pages() for each in page]
        await edits.delete(record.id)
        await edits.delete(record.id)
        assert await edits.read(record.id) == PhotoEdits(id=record.id)

    against(azurite, work)


@pytest.mark.parametrize("is_first", [True, False])
def test_who_comes_second_is_told(is_first: bool, azurite: Azurite) -> None:
    async def work(edits: Edits, _: BlobServiceClient) -> None:
        record = edited(f"race-{is_first}.jpg")
        base = record if is_first else await edits.write(record)
        assert base

        assert await edits.write(replace(base, path="first"))
        assert await edits.write(replace(base, path="second")) is None

        assert (await edits.read(record.id)).path == "first"

    against(azurite, work)


def test_a_record_that_was_deleted_meanwhile_is_not_written_over(azurite: Azurite) -> None:
    async def work(edits: Edits, _: BlobServiceClient) -> None:
        written = await edits.write(edited("deleted.jpg"))
        assert written
        await edits.delete(written.id)

        assert await edits.write(written) is None

    against(azurite, work)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"id": 5}', b'{"id": "x", "fields": {"title": 1}}'])
def test_a_damaged_record_counts_as_none_and_can_be_written_over(data: bytes, azurite: Azurite) -> None:
    async def work(edits: Edits, blobs: BlobServiceClient) -> None:
        record = edited("damaged.jpg")
        await edits.ready()
        await blobs.get_blob_client("photo-edits", f"{record.id}.json").upload_blob(data, overwrite=True)

        damaged = await edits.read(record.id)

        assert (damaged.id, damaged.fields) == (record.id, {})
        assert await edits.write(replace(record, etag=damaged.etag))

    against(azurite, work)
