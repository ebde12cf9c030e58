"""Another embedding model: documents are embedded again from what they say, and nothing is read or described."""

from dataclasses import replace

import pytest

from ingest.pipeline import ingest
from ingest.refresh import RefreshReport, keep, refresh, refresh_all
from ingest.versions import CURRENT, VectorRecipes, is_outdated, needs_no_reading, outdated_filter
from shared.embedded_text import text_digest, text_to_embed
from shared.embedding_model import EmbeddingModel
from shared.photo import Photo, photo_id
from tests.ingest.fakes import Fakes, fakes, jpeg

ID = photo_id("a.jpg")


async def library(*names: str) -> Fakes:
    """Photos that are indexed, and an embedding model that is new."""
    world = fakes()
    for number, name in enumerate(names):
        world.storage.put(name, jpeg(number))
        await ingest(name, world.context)
    for calls in (world.models.requests, world.models.embedded, world.storage.reads):
        calls.clear()
    world.models.embedding_model = "better embedding"
    return world


async def test_a_document_says_which_model_embedded_it() -> None:
    world = await library("a.jpg")

    assert world.index.photos[ID].embedding_recipe == EmbeddingModel("embedding", 2).recipe


async def test_its_text_is_embedded_again_without_reading_the_file() -> None:
    world = await library("a.jpg", "b.jpg")

    report = await refresh_all(world.context, total=2, progress=lambda _: None)

    assert report == RefreshReport(done=2)
    assert world.models.embedded == [text_to_embed(each) for each in world.index.photos.values()]
    assert {each.embedding_recipe for each in world.index.photos.values()} == {world.context.embedding_recipe}
    assert not world.storage.reads
    assert not world.models.requests


async def test_a_vector_by_another_model_is_not_copied() -> None:
    world = await library("a.jpg")
    world.storage.put("copy.jpg", jpeg(0))

    copy = await ingest("copy.jpg", world.context)

    assert copy
    assert len(world.models.embedded) == 1
    assert copy.embedding_recipe == world.context.embedding_recipe
    assert not world.models.requests


async def test_what_the_last_release_embedded_with_this_model_keeps_its_vector() -> None:
    world = await library("a.jpg")
    old = replace(world.index.photos[ID], recipe=world.context.former_recipes[0], embedding_recipe="")
    world.index.photos[ID] = old

    assert await refresh("a.jpg", world.context)

    assert world.index.photos[ID] == replace(old, embedding_recipe=world.context.embedding_recipe)
    assert not world.models.embedded


async def test_a_text_that_is_edited_meanwhile_has_its_own_vector_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await library("a.jpg")
    embed = world.models.embed

    async def edited_meanwhile(texts: list[str]) -> list[list[float]]:
        monkeypatch.undo()
        world.index.photos[ID] = replace(world.index.photos[ID], title="Another")
        return await embed(texts)

    monkeypatch.setattr(world.models, "embed", edited_meanwhile)

    await refresh("a.jpg", world.context)

    photo = world.index.photos[ID]
    assert photo.title == "Another"
    assert photo.embedded_text == text_digest(photo)
    assert world.models.embedded[-1] == text_to_embed(photo)


async def test_what_cannot_be_read_any_more_is_embedded_all_the_same() -> None:
    world = await library("a.jpg")

    await keep("a.jpg", "broken", world.context)

    assert not is_outdated(world.index.photos[ID], world.context.vector_recipes)
    assert len(world.models.embedded) == 1


def test_another_model_makes_vectors_outdated_and_nothing_else() -> None:
    photo = replace(Photo(id="a", path="a.jpg", embedding_recipe="feed"), **vars(CURRENT))

    assert not is_outdated(photo)
    assert not is_outdated(photo, VectorRecipes(text="feed"))
    assert needs_no_reading(photo, VectorRecipes(text="beef"))
    clause = "embedding_recipe eq null or embedding_recipe ne 'beef'"
    assert outdated_filter(VectorRecipes(text="beef")) == f"{outdated_filter()[:-1]} or {clause})"
