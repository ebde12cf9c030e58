"""The trash as it is kept: records, and the bytes of files."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.errors import NotFound
from shared.photo import photo_id, utc
from shared.stores.trash import Purpose, Trash, TrashedPhoto
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


def test_of_two_who_claim_a_photo_one_has_it_and_its_age_stays(azurite: Azurite) -> None:
    async def work(trash: Trash, blobs: BlobServiceClient) -> None:
        photo = trashed("claimed.jpg")
        await trash.write(photo)
        [before] = [each async for each in trash.entries() if each.id == photo.id]
        purposes: list[Purpose] = ["restore", "delete"]
        results = await asyncio.gather(*(trash.claim(photo.id, each) for each in purposes), return_exceptions=True)

        assert sorted(type(each).__name__ for each in results) == ["Conflict", "TrashedPhoto"]
        [winner] = [each for each in results if isinstance(each, TrashedPhoto)]
        assert (await trash.claim(photo.id, winner.claim)).claim == winner.claim
        await trash.claim(photo.id, "")
        assert (await trash.claim(photo.id, "delete")).claim == "delete"
        long_ago = utc(datetime.now(UTC) - timedelta(hours=1))
        await trash.write(replace(photo, claim="delete", claimed_at=long_ago))
        await trash.claim(photo.id, "restore")
        [after] = [each async for each in trash.entries() if each.id == photo.id]
        assert after.digest == "d"
        assert after.deleted_at - before.deleted_at < timedelta(minutes=5)
        await trash.delete(photo.id)
        with pytest.raises(NotFound):
            await trash.claim(photo.id, "restore")

    against(azurite, work)


def test_what_is_gone_is_noted_until_it_is_forgotten(azurite: Azurite) -> None:
    async def work(trash: Trash, _: BlobServiceClient) -> None:
        ids = [photo_id("one"), photo_id("two")]
        for each in (*ids, ids[0]):
            await trash.note_gone(each)
        assert set(ids) <= set(await trash.gone())
        assert not set(ids) & {each.id async for each in trash.entries()}
        await trash.forget_gone([*ids, photo_id("three")])
        assert not set(ids) & set(await trash.gone())

    against(azurite, work)
