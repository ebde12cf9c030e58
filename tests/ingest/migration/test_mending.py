"""What was written around the switch and reached one index only: the file and what people wrote decide."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from ingest.migration.mending import mend
from ingest.pipeline import ingest
from shared.edits import FieldEdit
from shared.errors import BadPhoto
from shared.photo import Photo, photo_id
from tests.ingest.fakes import FakeIndex, Fakes, fakes, jpeg

NAMES = ["dog.jpg", "cat.jpg"]
ID = photo_id(NAMES[0])


class ListedIndex(FakeIndex):
    """An index that lists its documents by their ids."""

    async def search(self, query: Any) -> Any:
        photos = sorted(self.photos.values(), key=lambda each: each.id)
        return cast(Any, _Results([_Hit(each) for each in photos]))


class _Hit:
    def __init__(self, photo: Photo) -> None:
        self.photo = replace(photo, vector=[])


class _Results:
    def __init__(self, hits: list[_Hit]) -> None:
        self.hits = hits


@pytest.fixture
async def world() -> Fakes:
    """Two photos that are indexed."""
    world = fakes()
    for number, name in enumerate(NAMES):
        world.storage.put(name, jpeg(number))
        await ingest(name, world.context)
    return world


async def mended(world: Fakes, before: dict[str, Photo]) -> int:
    """Mend what differs from the index before; how many photos that were. Nothing is described."""
    described = len(world.models.requests)
    live, other = ListedIndex(), ListedIndex()
    live.photos, other.photos = world.index.photos, before
    count = await mend(cast(Any, live), cast(Any, other), world.context)
    assert len(world.models.requests) == described
    return count


async def test_what_is_alike_is_left_alone(world: Fakes) -> None:
    embedded = len(world.models.embedded)

    assert await mended(world, dict(world.index.photos)) == 0

    assert len(world.models.embedded) == embedded


async def test_a_photo_that_only_the_index_before_has_is_copied(world: Fakes) -> None:
    before = dict(world.index.photos)
    del world.index.photos[ID]

    assert await mended(world, {**before, ID: replace(before[ID], recipe="of an earlier model", vector=[9.0])}) == 1

    photo = world.index.photos[ID]
    assert (photo.path, photo.recipe) == (NAMES[0], "of an earlier model")
    assert photo.vector == [len(world.models.embedded), 0.5]  # embedded by the model of now
    assert photo.embedding_recipe == world.context.embedding_recipe


async def test_an_older_version_gives_way_to_the_newer_one(world: Fakes) -> None:
    before = dict(world.index.photos)
    world.index.photos[ID] = replace(before[ID], etag="older", caption="Something else.")

    assert await mended(world, before) == 1

    assert world.index.photos[ID].caption == before[ID].caption
    assert world.index.photos[ID].etag == before[ID].etag


async def test_an_older_version_in_the_index_before_changes_nothing(world: Fakes) -> None:
    now = dict(world.index.photos)

    assert await mended(world, {**now, ID: replace(now[ID], etag="older", caption="Something else.")}) == 1

    assert world.index.photos == now


async def test_what_people_wrote_is_laid_over_it(world: Fakes) -> None:
    before = dict(world.index.photos)
    edits = await world.edits.read(ID)
    edit = FieldEdit(value="Rex", by="ann", at="", digest=before[ID].digest)
    assert await world.edits.write(edits.changed({"title": edit}, by="ann", at=datetime.now(UTC)))

    await mended(world, {**before, ID: replace(before[ID], title="Rex")})

    assert world.index.photos[ID].title == "Rex"


async def test_a_photo_whose_file_is_gone_goes(world: Fakes) -> None:
    before = dict(world.index.photos)
    await world.storage.delete(NAMES[0])

    assert await mended(world, {each: photo for each, photo in before.items() if each != ID}) == 1

    assert set(world.index.photos) == set(before) - {ID}


async def test_one_that_cannot_be_mended_keeps_none_of_the_others(
    world: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(world.index.photos)
    world.index.photos.clear()

    async def failing(name: str, *words: Any, **options: Any) -> Any:
        if name == NAMES[0]:
            raise BadPhoto("it cannot be read any more")
        return await ingest(name, *words, **options)

    monkeypatch.setattr("ingest.migration.mending.ingest", failing)

    assert await mended(world, before) == 2

    assert photo_id(NAMES[1]) in world.index.photos
