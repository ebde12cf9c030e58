"""The index follows collections: what should be in one is, also after everything was built anew."""

from dataclasses import replace

import pytest

from ingest.heal_collections import heal_collections
from ingest.pipeline import ingest
from shared.photo import Photo, photo_id
from shared.search.query import IndexQuery
from shared.search.results import Hit, SearchResults
from shared.stores.collections import Collection
from tests.ingest.fakes import Fakes, fakes, jpeg

A, B = photo_id("a.jpg"), photo_id("b.jpg")
ROME = Collection(id=photo_id("rome"), name="Rome", photos=(A, photo_id("in the trash.jpg")))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """Two photos, the first of which is in a collection."""
    world = fakes()
    world.collections.records[ROME.id] = ROME
    world.index.photos = {id_: Photo(id=id_, path=path) for id_, path in ((A, "a.jpg"), (B, "b.jpg"))}

    async def search(query: IndexQuery) -> SearchResults:
        assert query.filter == "collections/any()"
        hits = [Hit(each) for each in world.index.photos.values() if each.collections]
        return SearchResults(len(hits), hits)

    monkeypatch.setattr(world.index, "search", search)
    return world


async def test_a_member_that_the_index_forgot_is_put_back(world: Fakes) -> None:
    assert await heal_collections(world.context) == 1
    assert await heal_collections(world.context) == 0

    assert {id_: each.collections for id_, each in world.index.photos.items()} == {A: [ROME.id], B: []}


async def test_what_is_in_no_collection_any_more_is_taken_out(world: Fakes) -> None:
    world.index.photos[A] = replace(world.index.photos[A], collections=[ROME.id])
    world.index.photos[B] = replace(world.index.photos[B], collections=[ROME.id, photo_id("gone")])

    assert await heal_collections(world.context) == 1

    assert world.index.photos[B].collections == []


async def test_a_photo_that_is_read_again_stays_in_its_collections() -> None:
    world = fakes()
    world.collections.records[ROME.id] = ROME
    world.storage.put("a.jpg", jpeg())

    await ingest("a.jpg", world.context)

    assert world.index.photos[A].collections == [ROME.id]
