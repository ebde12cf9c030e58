"""One index made the same as another, in the search stand-in by the real SDK, while others write."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.search.documents.aio import SearchClient
from azure.search.documents.indexes.aio import SearchIndexClient

from ingest.migration import alignment as module
from ingest.migration.alignment import Alignment, AlignmentPass
from ingest.migration.estimate import MigrationEstimate, estimate_migration
from shared.catalogue.in_force import catalogue
from shared.edits import FieldEdit, PhotoEdits, apply_edits
from shared.embedded_index import EmbeddedIndex, index_in_use
from shared.embedded_text import text_digest, text_to_embed
from shared.embedding_model import EmbeddingModel, TextVector
from shared.errors import Throttled, Transient
from shared.photo import Photo, photo_id
from shared.prices import LISTED
from shared.search.index import PhotoIndex
from tests.local.search.server import ADMIN_KEY, SearchServer
from tests.machine import patch_sleep

MODEL, BETTER = EmbeddingModel("embedding", 2), EmbeddingModel("better embedding", 3)


def made(number: int, **facts: Any) -> Photo:
    path = f"{number}.jpg"
    words: dict[str, Any] = {"id": photo_id(path), "path": path, "title": f"Photo {number}"}
    photo = Photo(**words, recipe="r", etag='"1"', vector=[1.0, float(number)], **facts)
    return replace(photo, embedded_text=text_digest(photo), embedding_recipe=MODEL.recipe)


@dataclass
class Embedding:
    """What is embedded, by the model of the index in use; `before` runs first."""

    texts: list[str] = field(default_factory=list)
    calls: int = 0
    before: Callable[[], Any] | None = None

    async def embed(self, texts: Sequence[str]) -> list[TextVector]:
        index = index_in_use()
        assert index
        self.calls += 1
        if self.before:
            await self.before()
        self.texts += texts
        model = index.embedding
        return [TextVector([float(len(each))] * model.dimensions, model.recipe) for each in texts]


def quiet(_: str) -> None: ...


@dataclass
class World:
    source: PhotoIndex
    target: PhotoIndex
    by: tuple[EmbeddedIndex, EmbeddedIndex]
    model: Embedding = field(default_factory=Embedding)
    progress: Callable[[str], None] = quiet

    @property
    def alignment(self) -> Alignment:
        context = cast(Any, self.model)
        return Alignment(self.source, self.target, by=self.by, context=context, progress=self.progress)

    async def both(self, id_: str) -> tuple[Photo | None, Photo | None]:
        return await self.source.get(id_, with_vector=True), await self.target.get(id_, with_vector=True)

    async def assert_same(self, *photos: Photo) -> None:
        """Assert that the target has just these photos, as they are in the source, embedded by its own model."""
        assert await self.target.count() == len(photos)
        for photo in photos:
            one, other = await self.both(photo.id)
            assert one
            assert other
            assert len(other.vector) == self.by[1].embedding.dimensions
            assert other.embedding_recipe == self.by[1].embedding.recipe
            assert other.embedded_text == text_digest(other)
            assert without_vector(other) == without_vector(one)


def without_vector(photo: Photo) -> Photo:
    return replace(photo, vector=[], embedding_recipe="", embedded_text="")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchServer]:
    server = SearchServer(tmp_path_factory.mktemp("alignment"))
    server.start()
    try:
        yield server
    finally:
        server.stop()


@asynccontextmanager
async def opened(server: SearchServer, index: EmbeddedIndex) -> AsyncIterator[PhotoIndex]:
    key = AzureKeyCredential(ADMIN_KEY)
    clients = SearchClient(server.endpoint, index.name, key), SearchIndexClient(server.endpoint, key)
    opened = PhotoIndex(*clients, name=index.name, dimensions=index.embedding.dimensions, semantic=False)
    try:
        yield opened
    finally:
        await opened.remove()
        await opened.close()


@pytest.fixture
def world_of(server: SearchServer) -> Callable[..., Any]:
    @asynccontextmanager
    async def world(*photos: Photo, model: EmbeddingModel = BETTER) -> AsyncIterator[World]:
        by = EmbeddedIndex("one", MODEL), EmbeddedIndex("other", model)
        async with opened(server, by[0]) as source, opened(server, by[1]) as target:
            await source.ready()
            if photos:
                await source.put_many(photos)
            await target.create(catalogue(), languages=source.languages)
            yield World(source, target, by)

    return world


PHOTOS = [made(number) for number in range(7)]


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    monkeypatch.setattr(module, "BATCH", 2)


async def test_an_index_is_filled_and_embedded_several_texts_a_call(world_of: Any) -> None:
    async with world_of(*PHOTOS) as world:
        assert await world.alignment.once() == AlignmentPass(compared=7, differing=7)

        await world.assert_same(*PHOTOS)
        assert sorted(world.model.texts) == sorted(text_to_embed(each) for each in PHOTOS)
        assert world.model.calls < len(PHOTOS)
        assert await world.alignment.run() == AlignmentPass(compared=7)


async def test_what_people_wrote_and_all_else_comes_along(world_of: Any) -> None:
    edit = FieldEdit(value="What somebody wrote", by="ann", at="", digest="")
    edits = PhotoEdits(id=PHOTOS[0].id, fields={"title": edit}, etag='"e"')
    edited = apply_edits(replace(PHOTOS[0], collections=["c"], location=(8.5, 47.4), caption_language="de"), edits)
    old = Photo(id=photo_id("old.jpg"), path="old.jpg", title="Of the first release", vector=[1.0, 2.0])
    async with world_of(edited, old) as world:
        await world.alignment.run()

        await world.assert_same(edited, old)


async def test_with_the_same_model_vectors_are_taken_along_unless_they_are_of_another_text(world_of: Any) -> None:
    pending = replace(PHOTOS[1], embedded_text="")
    async with world_of(PHOTOS[0], pending, model=MODEL) as world:
        await world.alignment.once()

        assert (await world.target.get(PHOTOS[0].id, with_vector=True)).vector == PHOTOS[0].vector
        assert world.model.texts == [text_to_embed(pending)]


async def test_only_what_differs_is_copied_or_embedded_or_deleted(world_of: Any) -> None:
    async with world_of(*PHOTOS) as world:
        await world.alignment.once()
        world.model.texts.clear()
        changed, vectorless, missing = PHOTOS[:3]
        await world.source.touch(changed.id, title="Another")
        await world.target.touch(vectorless.id, embedding_recipe="")
        await world.target.delete(missing.id)
        extra = made(99)
        await world.target.put(replace(extra, vector=[1.0, 2.0, 3.0]))

        assert await world.alignment.once() == AlignmentPass(compared=7, differing=2, not_embedded=1, gone=1)

        await world.assert_same(*PHOTOS)
        assert len(world.model.texts) == 3


async def test_what_changes_while_it_is_copied_is_copied_as_it_is_in_the_end(world_of: Any) -> None:
    changed, gone, back = PHOTOS[:3]
    async with world_of(*PHOTOS) as world:

        async def others_write() -> None:
            world.model.before = None
            await world.source.touch(changed.id, title="Another")
            await world.source.delete(gone.id)

        world.model.before = others_write
        await world.target.put(replace(made(99), vector=[1.0, 2.0, 3.0]))
        await world.alignment.run()

        await world.assert_same(*(each for each in PHOTOS if each != gone))
        assert (await world.target.get(changed.id)).title == "Another"
        assert await world.target.get(back.id)


async def test_one_that_is_killed_goes_on_where_it_was(world_of: Any) -> None:
    async with world_of(*PHOTOS) as world:

        def stop(_: str) -> None:
            raise asyncio.CancelledError

        world.progress = stop
        with pytest.raises(asyncio.CancelledError):  # after the first page
            await world.alignment.run()
        assert await world.target.count() == 3
        world.progress = quiet
        world.model.texts.clear()

        await world.alignment.run()

        await world.assert_same(*PHOTOS)
        assert len(world.model.texts) == len(PHOTOS) - 3


async def test_a_model_that_is_busy_is_waited_for(world_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        if seconds:  # clients pause for nothing
            waits.append(seconds)

    patch_sleep(monkeypatch, sleep)
    async with world_of(PHOTOS[0]) as world:

        async def busy() -> None:
            if len(waits) < 2:
                raise Throttled("slow down", wait=7)

        world.model.before = busy
        await world.alignment.once()

        await world.assert_same(PHOTOS[0])
        assert waits == [7, 7]


async def test_where_too_much_is_written_meanwhile_it_is_said(world_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW", 0)
    monkeypatch.setattr(module, "MAX_PASSES", 2)
    async with world_of(*PHOTOS) as world:
        aligning = world.alignment
        once = aligning.once

        async def somebody_writes_after_each_pass() -> AlignmentPass:
            done: AlignmentPass = await once()
            await world.target.delete(PHOTOS[0].id)
            return done

        aligning.once = somebody_writes_after_each_pass
        with pytest.raises(Transient, match="so much is changed meanwhile"):
            await aligning.run()


async def test_the_estimate_counts_what_is_left(world_of: Any) -> None:
    async with world_of(*PHOTOS) as world:
        tokens = 7 * sum(len(each.title) for each in PHOTOS) // (4 * 7)

        estimate = await estimate_migration(world.source, world.target, by=world.by, prices=LISTED)
        assert estimate == MigrationEstimate(7, 7, 7, tokens)
        await world.alignment.run()
        assert (await estimate_migration(world.source, world.target, by=world.by, prices=LISTED)).left == 0
        await world.target.remove()
        same = (world.by[0], EmbeddedIndex("other", MODEL))
        estimate = await estimate_migration(world.source, world.target, by=same, prices=LISTED)
        assert (
            str(estimate) == "7 of 7 photos are to be copied with the vectors they have: no embeddings, and no captions"
        )


def test_an_estimate_reads_as_a_sentence() -> None:
    assert str(MigrationEstimate(3000, 1200, 1200, 90_000, "about $0.02")) == (
        "1,200 of 3,000 photos are to be copied and embedded (about 90,000 tokens, about $0.02), but no captions"
    )
