"""Collections as they are kept."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.errors import BadRequest, NotFound, PreconditionFailed
from shared.photo import photo_id
from shared.stores import collections as module
from shared.stores.collections import Collection, Collections
from tests.machine import Azurite

A, B, C = (photo_id(f"{name}.jpg") for name in "abc")


def some_collection(name: str, *photos: str, **fields: Any) -> Collection:
    return Collection(id=photo_id(name), name=name, photos=photos, **fields)


def against(azurite: Azurite, work: Callable[[Collections], Awaitable[None]]) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            collections = Collections(blobs)
            for each in await collections.all():
                await collections.delete(each.id)
            await work(collections)

    asyncio.run(run())


def test_a_collection_is_kept_changed_and_deleted(azurite: Azurite) -> None:
    async def work(collections: Collections) -> None:
        made = await collections.create(some_collection("Zürich", A, B, search=None))
        assert await collections.read(made.id) == made

        changed = await collections.update(made.id, lambda each: replace(each, photos=(B, A)))
        assert (changed.photos, changed.etag == made.etag, bool(changed.updated_at)) == ((B, A), False, True)
        assert await collections.update(made.id, lambda each: each) == changed

        await collections.delete(made.id)
        await collections.delete(made.id)
        with pytest.raises(NotFound):
            await collections.read(made.id)

    against(azurite, work)


def test_a_change_of_an_older_version_is_refused(azurite: Azurite) -> None:
    async def work(collections: Collections) -> None:
        made = await collections.create(some_collection("old"))
        await collections.update(made.id, lambda each: replace(each, name="new"), if_match=frozenset({made.etag}))

        with pytest.raises(PreconditionFailed):
            await collections.update(made.id, lambda each: each, if_match=frozenset({made.etag}))

    against(azurite, work)


def test_changes_at_the_same_time_are_all_made(azurite: Azurite) -> None:
    async def work(collections: Collections) -> None:
        made = await collections.create(some_collection("busy"))

        def adding(id_: str) -> Callable[[Collection], Collection]:
            return lambda each: replace(each, photos=(*each.photos, id_))

        await asyncio.gather(*(collections.update(made.id, adding(each)) for each in (A, B, C)))

        assert set((await collections.read(made.id)).photos) == {A, B, C}

    against(azurite, work)


def test_photos_know_their_collections_and_another_worker_sees_changes(azurite: Azurite) -> None:
    async def work(collections: Collections) -> None:
        assert await collections.of_photo(A) == []
        one = await collections.create(some_collection("one", A, B))
        two = await collections.create(some_collection("two", B))

        members = await collections.of_photos()

        assert (members[A], set(members[B])) == ([one.id], {one.id, two.id})
        await collections.update(one.id, lambda each: replace(each, photos=(B,)))
        assert A not in await collections.of_photos()
        assert (await collections.find("ONE")).id == (await collections.find(one.id)).id == one.id
        with pytest.raises(NotFound, match="'three'"):
            await collections.find("three")

    against(azurite, work)


def test_what_was_just_made_changed_or_deleted_is_found_so(azurite: Azurite) -> None:
    async def work(collections: Collections) -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            of_another_worker = Collections(blobs)
            assert await of_another_worker.all() == []

            made = await collections.create(some_collection("new", A))
            assert (await collections.find("new")).id == (await of_another_worker.find("new")).id == made.id
            assert await collections.of_photo(A) == [made.id]
            await collections.update(made.id, lambda each: replace(each, name="renamed", photos=()))
            assert (await collections.find(made.id)).name == "renamed"
            assert await collections.of_photo(A) == []
            await collections.delete(made.id)
            with pytest.raises(NotFound):
                await collections.find("renamed")

    against(azurite, work)


def test_a_photo_that_moves_keeps_its_place_and_one_that_is_gone_loses_it(azurite: Azurite) -> None:
    async def work(collections: Collections) -> None:
        made = await collections.create(some_collection("order", A, B, cover=A))

        await collections.rename_photo(A, C)
        assert ((await collections.read(made.id)).photos, (await collections.read(made.id)).cover) == ((C, B), C)

        await collections.rename_photo(C, None)
        assert ((await collections.read(made.id)).photos, (await collections.read(made.id)).cover) == ((B,), "")

    against(azurite, work)


def test_there_can_be_only_so_many(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_COLLECTIONS", 1)

    async def work(collections: Collections) -> None:
        await collections.create(some_collection("one"))
        with pytest.raises(BadRequest, match="delete some"):
            await collections.create(some_collection("two"))

    against(azurite, work)


def test_who_looks_at_the_same_time_shares_a_listing_that_began_after_they_asked(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(collections: Collections) -> None:
        await collections.create(some_collection("shared", A))
        looks, refresh = 0, collections._refresh

        async def count() -> None:
            nonlocal looks
            looks += 1
            await refresh()

        monkeypatch.setattr(collections, "_refresh", count)

        members = await asyncio.gather(*(collections.of_photos() for _ in range(20)))

        assert all(each == {A: [photo_id("shared")]} for each in members)
        assert looks <= 2  # the first, which had begun, and one for all who asked then
        assert (await collections.of_photos()) == members[0]

    against(azurite, work)
