"""Photos that a job edits together share their calls, and each is edited as if it were alone."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from catalogue.context import CatalogueContext
from catalogue.editing import edit
from catalogue.jobs.actions import SliceResult
from catalogue.jobs.batched_context import BatchedContext, BatchedIndex
from catalogue.jobs.edit_action import PhotoEditing
from catalogue.jobs.giving_way import BATCH
from shared.access.caller import Caller, acting_for
from shared.access.roles import Role
from shared.access.sight import PhotosSight
from shared.embedded_text import text_to_embed
from shared.errors import Outage
from shared.photo import Photo, photo_id
from shared.request_load import REQUEST_LOAD, RequestLoad
from tests.ingest.fakes import FakeEdits, FakeIndex, FakeModels, FakeTickets
from tests.shared.stores.test_jobs import some_job

IDS = [photo_id(f"{number}.jpg") for number in range(BATCH)]


class CountedIndex(FakeIndex):
    """Counts its calls; a search shows what `stale` has of a photo."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.stale: dict[str, Photo] = {}

    async def get(self, id_: str, *, with_vector: bool = False) -> Photo | None:
        self.calls.append("get")
        return await super().get(id_, with_vector=with_vector)

    async def get_many(self, ids: Sequence[str]) -> dict[str, Photo]:
        self.calls.append("get_many")
        return {id_: self.stale.get(id_, photo) for id_ in ids if (photo := self.photos.get(id_))}

    async def merge(self, documents: Sequence[Mapping[str, Any]], *, logs_missing: bool = True) -> int:
        self.calls.append("merge")
        return await super().merge(documents)


class Library:
    """Ten photos, and jobs that edit them."""

    def __init__(self) -> None:
        self.index, self.edits, self.models = CountedIndex(), FakeEdits(), FakeModels()
        parts: list[Any] = [self.edits, self.index, self.models, FakeTickets(), FakeTickets()]
        self.context = CatalogueContext(*parts)
        batched = BatchedContext(self.context)
        self.action = replace(PhotoEditing(lambda: batched, nowhere).action, pause=0)
        for number, id_ in enumerate(IDS):
            self.index.photos[id_] = Photo(id=id_, path=f"{number}.jpg", etag='"1"', digest="d", tags=["sea"])

    async def tag(self, tag: str) -> SliceResult:
        job = replace(some_job(tag), parameters=await self.action.check({"add": {"tags": [tag]}}))
        return await self.action.work(IDS, job)

    def tags(self) -> list[list[str]]:
        return [self.index.photos[each].tags for each in IDS]


async def nowhere(location: Mapping[str, float]) -> dict[str, str]:
    return {}


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that other tests made just now."""
    for name, value in vars(RequestLoad()).items():
        monkeypatch.setattr(REQUEST_LOAD, name, value)


async def test_ten_photos_are_searched_embedded_and_written_in_one_call_each() -> None:
    library = Library()

    assert (await library.tag("2026")).changed == BATCH

    calls = library.index.calls
    assert (calls.count("get_many"), calls.count("merge")) == (1, 1)
    assert calls.count("get") == BATCH  # each is looked up once it is written, to see that it is of the same file
    assert len(library.models.embedded) == BATCH
    assert library.tags() == [["sea", "2026"]] * BATCH


async def test_each_photo_has_the_vector_of_its_own_text() -> None:
    library = Library()

    async def embed(texts: Sequence[str]) -> list[list[float]]:
        return [[float(sum(each.encode()))] for each in texts]

    library.models.embed = embed  # type: ignore[method-assign]
    for number, id_ in enumerate(IDS):
        library.index.photos[id_] = replace(library.index.photos[id_], caption=f"photo {number}")

    await library.tag("2026")

    for photo in library.index.photos.values():
        assert [photo.vector] == await embed([text_to_embed(photo)])


async def test_a_search_that_lags_behind_does_not_bring_back_what_was() -> None:
    library = Library()
    before = dict(library.index.photos)
    await library.tag("2026")
    library.index.stale = before

    await library.tag("2027")

    assert library.tags() == [["sea", "2026", "2027"]] * BATCH
    vectors = [library.index.photos[each].vector for each in IDS]
    library.index.stale = {}
    for id_ in IDS:
        await edit(id_, {"tags": None}, by="me", context=library.context)
    assert library.tags() == [["sea"]] * BATCH
    assert all(library.index.photos[id_].vector != vector for id_, vector in zip(IDS, vectors, strict=True))


async def test_where_nothing_can_be_embedded_words_are_searchable_at_least() -> None:
    library = Library()

    async def fail(texts: Sequence[str]) -> list[list[float]]:
        raise Outage("the model is down")

    library.models.embed = fail  # type: ignore[method-assign]
    assert (await library.tag("2026")).changed == BATCH

    assert library.tags() == [["sea", "2026"]] * BATCH
    assert {each.embedded_text for each in library.index.photos.values()} == {""}


async def test_callers_whose_photos_are_searched_together_see_their_own() -> None:
    library = Library()
    index = BatchedIndex(cast(Any, library.index))

    async def seen(own: str) -> list[Photo | None]:
        with acting_for(Caller("share", Role.VIEWER, sight=PhotosSight(frozenset({own}), "share 1"))):
            return list(await asyncio.gather(*(index.glance(each) for each in IDS[:2])))

    (first, none), (nothing, second) = await asyncio.gather(seen(IDS[0]), seen(IDS[1]))

    assert (first and first.id, none, nothing, second and second.id) == (IDS[0], None, None, IDS[1])
    assert library.index.calls == ["get_many"]
