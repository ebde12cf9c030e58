"""Moves as they are kept."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.photo import photo_id, utc
from shared.stores.moves import Move, MovedFile, Moves, leads_on
from tests.machine import Azurite

Work = Callable[[Moves, BlobServiceClient], Awaitable[None]]


def against(azurite: Azurite, work: Work) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(Moves(blobs), blobs)

    asyncio.run(run())


def a_move(path: str) -> Move:
    files = (MovedFile(path="a.xmp", new_path="ü/b.xmp"),)
    return Move(path=path, new_path="ü/b.jpg", etag='"1"', at="2026-11-02T00:00:00Z", sidecars=files)


def test_a_move_is_begun_once_done_and_forgotten(azurite: Azurite) -> None:
    async def work(moves: Moves, _: BlobServiceClient) -> None:
        move = a_move("begun.jpg")
        assert await moves.begin(move)
        assert not await moves.begin(replace(move, new_path="c.jpg"))
        assert await moves.find(move.id) == move
        assert move.new_id == photo_id("ü/b.jpg")

        await moves.write(replace(move, done=True))

        [entry] = [each async for each in moves.entries() if each.id == move.id]
        assert entry.done
        assert abs(entry.since - datetime.now(UTC)) < timedelta(minutes=5)
        for _number in range(2):
            await moves.delete(move.id)
        assert await moves.find(move.id) is None

    against(azurite, work)


def test_ids_are_followed_to_where_the_photo_is_now(azurite: Azurite) -> None:
    async def work(moves: Moves, _: BlobServiceClient) -> None:
        now = utc(datetime.now(UTC))
        first = Move(path="1.jpg", new_path="2.jpg", etag='"1"', at=now, done=True)
        await moves.write(first)
        await moves.write(replace(first, path="2.jpg", new_path="3.jpg"))
        assert await moves.are_kept()
        assert [each.new_path for each in await moves.steps(photo_id("1.jpg"))] == ["2.jpg", "3.jpg"]
        assert await moves.steps(photo_id("none.jpg")) == []

        await moves.write(replace(first, path="3.jpg", new_path="1.jpg"))  # and around it goes
        assert [each.new_path for each in await moves.steps(photo_id("1.jpg"))] == ["2.jpg", "3.jpg"]

        await moves.write(replace(first, at="2026-01-01T00:00:00Z"))
        assert await moves.steps(first.id) == []

    against(azurite, work)


def test_a_damaged_record_is_none(azurite: Azurite) -> None:
    async def work(moves: Moves, blobs: BlobServiceClient) -> None:
        await moves.ready()
        id_ = photo_id("damaged.jpg")
        await blobs.get_blob_client("photo-moves", f"{id_}.json").upload_blob(b"{", overwrite=True)

        assert await moves.find(id_) is None

    against(azurite, work)


@pytest.mark.parametrize(("hours", "leads"), [(0, True), (23, True), (25, False)])
def test_an_old_id_leads_on_for_a_day(hours: int, leads: bool) -> None:
    at = utc(datetime.now(UTC) - timedelta(hours=hours))

    assert leads_on(replace(a_move("a.jpg"), at=at)) == leads


def test_the_former_ids_of_photos_are_told_through_several_moves(azurite: Azurite) -> None:
    async def work(moves: Moves, blobs: BlobServiceClient) -> None:
        chain = [replace(a_move(f"f{number}.jpg"), new_path=f"f{number + 1}.jpg", done=True) for number in range(3)]
        for each in chain:
            await moves.write(each)
        # as an older version of the app wrote it
        blob = blobs.get_blob_client("photo-moves", f"{chain[1].id}.json")
        await blob.set_blob_metadata({"done": "true"})

        assert await moves.former_ids({photo_id("f3.jpg")}) == {each.id for each in chain}
        assert await moves.former_ids({photo_id("f1.jpg"), photo_id("else.jpg")}) == {chain[0].id}

    against(azurite, work)
