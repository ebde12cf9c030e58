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
        photo = replace(trashed("kept.jpg"), restorable=True)
        await trash.keep_file(photo.id, chunks(b"one", b"two"), content_type="image/jpeg")
        assert photo.id not in [each.id async for each in trash.entries()]

        await trash.write(photo)
        await trash.write(replace(photo, by="ann"))

        assert (await trash.read(photo.id)).by == "ann"
        assert b"".join([each async for each in trash.file(photo.id)]) == b"onetwo"
        [entry] = [each async for each in trash.entries() if each.id == photo.id]
        assert entry.digest == "d"
        assert abs(entry.deleted_at - datetime.now(UTC)) < timedelta(minutes=5)
        photo = await trash.read(photo.id)
        assert [bool(await trash.delete(photo)) for _number in range(2)] == [True, False]
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
        assert await trash.delete(photo)
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


def test_a_file_that_was_deleted_again_is_not_taken_for_the_one_before(azurite: Azurite) -> None:
    async def work(trash: Trash, _: BlobServiceClient) -> None:
        photo = replace(trashed("again.jpg"), restorable=True)
        first, second = [
            replace(photo, file_etag=await trash.keep_file(photo.id, chunks(data), content_type="image/jpeg"))
            for data in (b"one", b"two")
        ]
        await trash.write(first)
        claimed = await trash.claim(photo.id, "restore")
        await trash.write(second)

        assert not await trash.delete(claimed)
        await trash.write_words(trashed("again.jpg"))
        assert await trash.read(photo.id) == second
        # A deletion that has kept its file, and not written its record yet.
        await trash.write(first)
        assert await trash.delete(first)
        assert b"".join([each async for each in trash.file(photo.id)]) == b"two"
        await trash.write(second)
        assert await trash.delete(second)

    against(azurite, work)


def test_words_take_the_place_of_words_and_of_what_is_damaged(azurite: Azurite) -> None:
    async def work(trash: Trash, blobs: BlobServiceClient) -> None:
        photo = trashed("words.jpg")
        await trash.ready()
        await blobs.get_blob_client("photo-trash", f"{photo.id}.json").upload_blob(b"{", overwrite=True)
        for each in (photo, replace(photo, title="Bern")):
            await trash.write_words(each)
            assert await trash.read(photo.id) == each
        assert await trash.delete(replace(photo, title="Bern"))

    against(azurite, work)


def test_descriptions_of_other_versions_go_with_a_photo(azurite: Azurite) -> None:
    async def work(trash: Trash, _: BlobServiceClient) -> None:
        photo = trashed("versions.jpg")
        assert not await trash.add_digests(photo.id, {"newer"})
        await trash.write(photo)
        [before] = [each async for each in trash.entries() if each.id == photo.id]

        assert await trash.add_digests(photo.id, {"newer", "d"})
        claimed = await trash.claim(photo.id, "delete")
        assert claimed.other_digests == ("newer",)
        await asyncio.gather(*(trash.add_digests(photo.id, {digest}) for digest in ("newer", "late", "later")))

        [after] = [each async for each in trash.entries() if each.id == photo.id]
        assert (after.digest, after.deleted_at) == (before.digest, before.deleted_at)
        deleted = await trash.delete(claimed)
        assert deleted
        assert set(deleted.other_digests) == {"newer", "late", "later"}

    against(azurite, work)
