"""The context: limits and memory as the settings say, one for each process."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from ingest.context import ingest_context
from ingest.describe import recipe
from ingest.image import Limits
from shared.embedding_model import EmbeddingModel
from shared.photo import Photo
from shared.services import services
from tests.ingest.fakes import fake_context
from tests.shared.test_settings import GOOD


def test_a_third_of_the_memory_is_for_files_and_the_rest_for_pixels() -> None:
    context = fake_context(MEMORY_BUDGET_BYTES="10")

    assert (context.read_memory._size, context.decode_memory._size) == (3, 7)
    assert context.read_memory is context.read_memory


def test_the_limits_are_those_of_the_settings() -> None:
    context = fake_context(
        MEMORY_BUDGET_BYTES="100",
        MAX_PHOTO_PIXELS="1",
        MAX_PHOTO_FRAMES="2",
        PREVIEW_SIDE="640",
        THUMBNAIL_SIDE="64",
        STORE_LOCATION="off",
    )

    assert context.limits == Limits(pixels=1, frames=2, memory=150, preview_side=640, thumbnail_side=64, location=False)


def test_the_recipe_depends_on_the_model_and_the_language_of_captions() -> None:
    assert fake_context().recipe == recipe("vision")
    assert fake_context(CAPTION_LANGUAGE="German").recipe == recipe("vision", language="de")


def test_the_name_that_the_last_release_had_for_a_recipe_counts_as_current() -> None:
    context = fake_context()
    [former] = context.former_recipes

    assert former == recipe("vision", embedding=EmbeddingModel("embedding", 2)) != context.recipe
    assert context.is_current(former)
    assert context.current_recipe(former) == context.current_recipe(context.recipe) == context.recipe
    assert not context.is_current("another")
    assert context.current_recipe("another") == "another"


def test_a_vector_is_of_the_model_that_its_document_names_or_that_the_last_release_hashed() -> None:
    context = fake_context()
    photo = Photo(id="a", path="a.jpg", recipe=context.recipe)
    [former] = context.former_recipes

    assert context.is_embedded(replace(photo, embedding_recipe=context.embedding_recipe))
    assert context.is_embedded(replace(photo, recipe=former))
    assert not context.is_embedded(photo)
    assert not context.is_embedded(replace(photo, recipe=former, embedding_recipe="another"))


def test_a_process_has_one_context_with_its_services(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    services.cache_clear()
    ingest_context.cache_clear()
    try:
        context = ingest_context()

        assert ingest_context() is context
        for name in (
            "storage",
            "tickets",
            "upload_tickets",
            "refresh_tickets",
            "host_queues",
            "failures",
            "spending",
            "descriptions",
            "models",
            "index",
            "settings",
        ):
            assert getattr(context, name) is getattr(services(), name)
    finally:
        ingest_context.cache_clear()
        services.cache_clear()


async def test_texts_that_are_embedded_at_the_same_time_are_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    context = fake_context()
    calls: list[list[str]] = []

    async def embed(texts: Sequence[str]) -> list[list[float]]:
        calls.append(list(texts))
        return [[float(len(each)), 0.0] for each in texts]

    monkeypatch.setattr(context.models, "embed", embed)

    vectors = await asyncio.gather(*(context.embed_one("x" * length) for length in (3, 1, 2)))

    assert calls == [["xxx", "x", "xx"]]
    assert [each.values[0] for each in vectors] == [3.0, 1.0, 2.0]
    assert {each.recipe for each in vectors} == {context.embedding_recipe}
