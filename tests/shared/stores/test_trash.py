"""The trash as it is kept: records, and the bytes of files."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.errors import NotFound
from shared.photo import photo_id
from shared.stores.trash import Trash, TrashedPhoto
from tests.machine import Azurite

Work = Callable[[Trash, BlobServiceClient], Awaitable[None]]


def against(azurite: Azurite, work: Work) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(Trash(blobs), blobs)

    asyncio.run(run())


def trashed(path: str) -> TrashedPhoto:
    return TrashedPhoto(id=photo_id(path), path=path, deleted_at="2026-11-02T00:00:00Z", title="Zürich", digest="d")


async def chunks(*data: bytes) -> AsyncIterator[bytes]:
    for each in data:
        yield each


def test_a_record_and_its_file_are_kept_and_deleted(azurite: Azurite) -> None:
    async def work(trash: Trash, _: BlobServiceClient) -> None:
        photo = trashed("kept.jpg")
        await trash.keep_file(photo.id, chunks(b"one", b"two"), content_type="image/jpeg")
        assert photo.id not in [each.id async for each in trash.entries()]

        await trash.write(photo)
        await trash.write(replace(photo, by="ann"))

        assert (await trash.read(photo.id)).by == "ann"
        assert b"".join([each async for each in trash.file(photo.id)]) == b"onetwo"
        [entry] = [each async for each in trash.entries() if each.id == photo.id]
        assert entry.digest == "d"
        assert abs(entry.deleted_at - datetime.now(UTC)) < timedelta(minutes=5)
        for _number in range(2):
            await trash.delete(photo.id)
        with pytest.raises(NotFound):
            await trash.read(photo.id)
        with pytest.raises(NotFound):
            [each async for each in trash.file(photo.id)]

    against(azurite, work)


def test_a_damaged_record_is_none(azurite: Azurite) -> None:
    async def work(trash: Trash, blobs: BlobServiceClient) -> None:
        await trash.ready()
        id_ = photo_id("damaged.jpg")
        await blobs.get_blob_client("photo-trash", f"{id_}.json").upload_blob(b"{", overwrite=True)

        with pytest.raises(NotFound):
            await trash.read(id_)

    against(azurite, work)
