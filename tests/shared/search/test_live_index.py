"""The library's index while it moves: one is read, both are written, and vectors go where their model embeds."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from shared.catalogue.in_force import EMPTY
from shared.embedded_index import EmbeddedIndex, IndexRecord, index_in_use, using_index
from shared.embedding_model import EmbeddingModel
from shared.errors import Outage, PhotoError, SettingsError, Transient
from shared.photo import Photo
from shared.search.live_index import LiveIndex
from shared.search.results import IndexEntry
from tests.ingest.fakes import FakeIndex

FIRST = EmbeddedIndex("photos", EmbeddingModel("embedding", 2))
SECOND = EmbeddedIndex("photos-2", EmbeddingModel("better embedding", 3))
SAME_MODEL = EmbeddedIndex("photos-3", FIRST.embedding)
ID = "a" * 32
PHOTO = Photo(
    id=ID, path="a.jpg", title="A", embedded_text="t", vector=[1.0, 2.0], embedding_recipe=FIRST.embedding.recipe
)


class OneIndex(FakeIndex):
    """One of the indexes, which fails with `error`, if there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.error: PhotoError | None = None
        self.adopted = 0

    async def put(self, photo: Photo) -> bool:
        if self.error:
            raise self.error
        return await super().put(photo)

    async def merge(self, documents: Sequence[Mapping[str, Any]], *, logs_missing: bool = True) -> int:
        if self.error:
            raise self.error
        return await super().merge(documents)

    async def adopt(self, new: Any) -> None:
        self.adopted += 1

    async def can_hold(self, new: Any) -> None:
        if self.error:
            raise SettingsError("it has another type there")

    async def close(self) -> None: ...


class Record:
    """What every instance reads; Transient where it cannot be read."""

    def __init__(self, record: IndexRecord) -> None:
        self.known, self.configured = record, FIRST
        self.is_down = False
        self.news: IndexRecord | None = None  # what is read after the first write

    @property
    def in_use(self) -> EmbeddedIndex:
        return index_in_use() or self.known.live

    async def recent(self) -> IndexRecord:
        if self.is_down:
            raise Transient("storage is down")
        return self.known

    async def refresh_if_possible(self) -> None:
        self.known = self.news or self.known


class World:
    def __init__(self, beside: EmbeddedIndex | None = SECOND, live: EmbeddedIndex = FIRST) -> None:
        self.record = Record(IndexRecord(live, beside=beside))
        self.indexes = {each: OneIndex() for each in (FIRST, SECOND, SAME_MODEL)}
        self.index = LiveIndex(cast(Any, self.record), lambda each: cast(Any, self.indexes[each]))

    def photo(self, index: EmbeddedIndex) -> Photo | None:
        return self.indexes[index].photos.get(ID)


NOT_EMBEDDED: dict[str, Any] = {"vector": [], "embedded_text": "", "embedding_recipe": ""}


async def test_without_another_index_there_is_one() -> None:
    world = World(beside=None)

    await world.index.put(PHOTO)

    assert world.photo(FIRST) == PHOTO == await world.index.get(ID, with_vector=True)
    assert world.photo(SECOND) is None


async def test_a_photo_is_written_to_both_with_its_vector_where_its_model_embeds() -> None:
    world = World()

    await world.index.put(PHOTO)

    assert world.photo(FIRST) == PHOTO
    assert world.photo(SECOND) == replace(PHOTO, **NOT_EMBEDDED)


async def test_an_index_that_was_begun_during_a_write_is_written_as_well() -> None:
    world = World(beside=None)
    world.record.news = IndexRecord(FIRST, beside=SECOND, is_filling=True)

    await world.index.put(PHOTO)

    assert world.photo(SECOND) == replace(PHOTO, **NOT_EMBEDDED)


async def test_a_write_that_outlasts_the_switch_reaches_the_index_that_is_live_now() -> None:
    world = World()
    await world.index.put(PHOTO)
    world.record.news = IndexRecord(SECOND, beside=FIRST)

    await world.index.delete(ID)

    assert (world.photo(FIRST), world.photo(SECOND)) == (None, None)


async def test_where_both_are_of_one_model_both_have_the_vector() -> None:
    world = World(beside=SAME_MODEL)

    await world.index.put(PHOTO)
    await world.index.merge([{"id": ID, "vector": [3.0, 4.0], "embedding_recipe": FIRST.embedding.recipe}])

    assert world.photo(FIRST) == world.photo(SAME_MODEL) == replace(PHOTO, vector=[3.0, 4.0])


async def test_a_vector_that_says_nothing_is_of_the_live_index() -> None:
    world = World()

    await world.index.put(replace(PHOTO, embedding_recipe=""))

    assert world.photo(FIRST) == replace(PHOTO, embedding_recipe="")
    assert world.photo(SECOND) == replace(PHOTO, **NOT_EMBEDDED)


async def test_a_photo_that_was_embedded_before_the_switch_has_no_vector_in_the_new_index() -> None:
    world = World(live=SECOND, beside=FIRST)

    await world.index.put(PHOTO)

    assert world.photo(SECOND) == replace(PHOTO, **NOT_EMBEDDED)
    assert world.photo(FIRST) == PHOTO


@pytest.mark.parametrize("way", ["merge", "touch"])
async def test_fields_are_written_to_both_and_a_vector_marks_the_other_as_not_embedded(way: str) -> None:
    world = World()
    for each in (FIRST, SECOND):
        world.indexes[each].photos[ID] = replace(PHOTO, embedding_recipe=each.embedding.recipe)
    fields = {"title": "B", "vector": [3.0, 4.0], "embedded_text": "u", "embedding_recipe": FIRST.embedding.recipe}

    await (world.index.touch(ID, **fields) if way == "touch" else world.index.merge([{"id": ID, **fields}]))

    assert world.photo(FIRST) == replace(PHOTO, title="B", vector=[3.0, 4.0], embedded_text="u")
    assert world.photo(SECOND) == replace(PHOTO, title="B", embedded_text="", embedding_recipe="")


async def test_what_only_says_who_embedded_it_is_not_said_of_the_other() -> None:
    world = World()
    for each in (FIRST, SECOND):
        world.indexes[each].photos[ID] = replace(PHOTO, embedding_recipe="")

    await world.index.touch(ID, embedding_recipe=FIRST.embedding.recipe, facts_version=9)

    assert world.photo(FIRST) == replace(PHOTO, facts_version=9)
    assert world.photo(SECOND) == replace(PHOTO, facts_version=9, embedding_recipe="")


async def test_a_photo_that_the_other_does_not_have_yet_is_no_fault() -> None:
    world = World()
    world.indexes[FIRST].photos[ID] = PHOTO

    assert await world.index.merge([{"id": ID, "title": "B"}]) == 1
    await world.index.touch(ID, title="C")

    assert world.photo(FIRST) == replace(PHOTO, title="C")
    assert world.photo(SECOND) is None


async def test_a_photo_is_deleted_from_both() -> None:
    world = World()
    await world.index.put(PHOTO)

    await world.index.delete(ID)

    assert world.photo(FIRST) is world.photo(SECOND) is None


async def test_the_live_one_decides_and_the_other_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.indexes[SECOND].error = Outage("busy")

    await world.index.put(PHOTO)

    assert world.photo(FIRST) == PHOTO
    assert "could not write to the index beside the live one" in caplog.text
    world.indexes[FIRST].error = Outage("busy")
    with pytest.raises(Outage):
        await world.index.put(PHOTO)


async def test_nothing_is_written_where_nobody_knows_whether_there_is_another() -> None:
    world = World()
    world.record.is_down = True

    with pytest.raises(Transient):
        await world.index.put(PHOTO)
    assert world.photo(FIRST) is None


async def test_a_query_stays_with_the_index_it_began_with() -> None:
    world = World()
    await world.index.put(PHOTO)
    await world.index.put(replace(PHOTO, id="b" * 32))

    async with world.index.held():
        world.record.known = IndexRecord(SECOND, beside=FIRST)
        seen = await world.index.get(ID, with_vector=True)
        async with world.index.held():  # a step of the same query
            assert index_in_use() == FIRST
        walked = [each.id async for each in entries(world)]

    assert seen == PHOTO
    assert walked == [ID, "b" * 32]
    assert world.indexes[SECOND].walks == 0
    assert index_in_use() is None
    assert await world.index.get(ID, with_vector=True) == replace(PHOTO, **NOT_EMBEDDED)


async def test_a_walk_that_has_begun_stays_where_it_is() -> None:
    world = World()
    await world.index.put(PHOTO)
    walk = world.index.walk()
    await anext(walk)
    world.record.known = IndexRecord(SECOND, beside=FIRST)

    assert [each async for each in walk] == []
    assert (world.indexes[FIRST].walks, world.indexes[SECOND].walks) == (1, 0)


def entries(world: World) -> AsyncIterator[IndexEntry]:
    return world.index.walk()


async def test_writing_goes_to_the_live_one_whatever_a_query_began_with() -> None:
    world = World(live=SECOND, beside=FIRST)

    with using_index(FIRST):
        await world.index.put(PHOTO)

    assert world.photo(FIRST)
    assert world.photo(SECOND)


async def test_new_fields_come_into_both() -> None:
    world = World()

    await world.index.adopt(EMPTY)

    assert [world.indexes[each].adopted for each in (FIRST, SECOND)] == [1, 1]
    world.indexes[SECOND].error = Outage("busy")
    with pytest.raises(SettingsError):
        await world.index.can_hold(EMPTY)


async def test_settings_that_name_another_model_than_that_of_the_index_are_a_difference() -> None:
    world = World(beside=None)
    assert world.index.differences == []

    world.record.configured = EmbeddedIndex(FIRST.name, SECOND.embedding)

    [difference] = world.index.differences
    assert "stays in use" in difference
    assert "python -m ingest migrate" in difference
