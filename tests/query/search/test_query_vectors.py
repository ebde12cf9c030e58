"""Words are embedded once, by each model that embeds the library."""

from typing import Any

from query.search.query_vectors import MAX_CACHED_VECTORS, QueryVectors
from tests.ingest.fakes import FakeModels


def vectors() -> tuple[QueryVectors, FakeModels]:
    models: Any = FakeModels()
    return QueryVectors(models), models


async def test_the_same_words_are_embedded_once() -> None:
    ours, models = vectors()

    assert await ours.get("a dog") == await ours.get("a dog")
    await ours.cache(["a dog", "a cat"])

    assert models.embedded == ["a dog", "a cat"]


async def test_another_model_embeds_them_anew_and_the_first_keeps_its_own() -> None:
    ours, models = vectors()
    first = await ours.get("a dog")

    models.embedding_model = "better embedding"
    assert await ours.get("a dog") != first
    models.embedding_model = "embedding"

    assert await ours.get("a dog") == first
    assert models.embedded == ["a dog", "a dog"]


async def test_only_so_many_are_kept() -> None:
    ours, models = vectors()
    await ours.get("a dog")

    await ours.cache([f"a dog {number}" for number in range(MAX_CACHED_VECTORS)])
    await ours.get("a dog")

    assert models.embedded.count("a dog") == 2
