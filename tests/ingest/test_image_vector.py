"""Pictures are embedded once for the same bytes, tried again like all else, and filled in where they are missing."""

from dataclasses import replace
from typing import Any

import pytest

from ingest.pipeline import ingest
from ingest.preparation import preview_of
from ingest.refresh import keep, refresh
from ingest.refresh_estimate import RefreshEstimate
from ingest.throttle import Throttle
from ingest.versions import CURRENT, VectorRecipes, is_outdated, needs_no_reading, outdated_filter
from shared.errors import BadPhoto, BadRequest, OutOfMemory, Throttled
from shared.photo import Photo, photo_id
from tests.image_models import FakeImageModel
from tests.ingest.fakes import Fakes, fakes, jpeg


def with_model(world: Fakes, **options: Any) -> FakeImageModel:
    model: Any = FakeImageModel(**options)
    world.context.image_model = model
    fake: FakeImageModel = model
    return fake


def photo_of(world: Fakes, name: str) -> Photo:
    return world.index.photos[photo_id(name)]


async def library_without_model() -> Fakes:
    """One photo that was indexed before there was an image model, and its preview."""
    world = fakes()
    world.storage.put("a.jpg", jpeg(1))
    await ingest("a.jpg", world.context)
    world.storage.reads.clear()
    return world


async def test_without_a_model_a_document_has_no_vector_of_its_picture() -> None:
    world = await library_without_model()

    document = photo_of(world, "a.jpg").to_document()
    assert "image_vector" not in document
    assert document["image_recipe"] == ""


async def test_the_preview_is_embedded() -> None:
    world = fakes()
    model = with_model(world)
    world.storage.put("a.jpg", jpeg(1))

    photo = await ingest("a.jpg", world.context)

    assert photo
    preview = world.storage.pictures[photo.id][0]
    assert model.pictures == [preview]
    assert (photo.image_vector, photo.image_recipe) == ([float(len(preview))], "feed")
    assert "image_vector" in photo.to_document()
    assert not {"vector", "image_vector"} & photo.record().keys()


async def test_the_same_bytes_are_embedded_once() -> None:
    world = fakes()
    model = with_model(world)
    for name in ("a.jpg", "copy of a.jpg"):
        world.storage.put(name, jpeg(1))
        await ingest(name, world.context)

    assert len(model.pictures) == 1
    assert photo_of(world, "a.jpg").image_vector == photo_of(world, "copy of a.jpg").image_vector


async def test_a_throttled_model_leaves_the_photo_to_a_later_try_without_another_caption() -> None:
    world = fakes()
    model = with_model(world, errors=[Throttled("slow down", wait=60)])
    world.storage.put("a.jpg", jpeg(1))

    with pytest.raises(Throttled):
        await ingest("a.jpg", world.context)
    assert not world.index.photos
    world.context.image_throttle = Throttle()  # another instance takes the ticket
    await ingest("a.jpg", world.context)

    assert photo_of(world, "a.jpg").image_recipe == "feed"
    assert len(model.pictures) == 2
    assert len(world.models.requests) == 1


async def test_a_picture_that_the_model_refuses_is_found_by_its_description() -> None:
    world = fakes()
    model = with_model(world, errors=[BadRequest("too small")])
    world.storage.put("a.jpg", jpeg(1))

    photo = await ingest("a.jpg", world.context)

    assert photo
    assert photo.image_vector == []
    assert not is_outdated(photo, VectorRecipes(image=model.recipe))
    assert "image_vector" not in photo.to_document()


async def test_a_library_that_exists_is_filled_from_previews() -> None:
    world = await library_without_model()
    model = with_model(world)
    captions = len(world.models.requests)

    assert await refresh("a.jpg", world.context)

    photo = photo_of(world, "a.jpg")
    assert photo.image_vector == [float(len(model.pictures[0]))]
    assert not is_outdated(photo, VectorRecipes(image="feed"))
    assert not world.storage.reads
    assert len(world.models.requests) == captions


async def test_the_original_is_read_where_the_preview_is_gone() -> None:
    world = await library_without_model()
    with_model(world)
    world.storage.pictures.clear()

    assert await refresh("a.jpg", world.context)
    assert photo_of(world, "a.jpg").image_recipe == "feed"


async def test_a_photo_that_changes_meanwhile_keeps_its_own_vector() -> None:
    world = await library_without_model()
    model = with_model(world)
    embed = model.embed_image

    async def replaced_meanwhile(preview: bytes) -> list[float]:
        photo = photo_of(world, "a.jpg")
        world.index.photos[photo.id] = replace(photo, digest="another", image_vector=[1.0], image_recipe="feed")
        return await embed(preview)

    model.embed_image = replaced_meanwhile  # type: ignore[method-assign, assignment]

    assert not await refresh("a.jpg", world.context)
    assert photo_of(world, "a.jpg").image_vector == [1.0]


async def test_what_cannot_be_read_any_more_is_not_tried_for_ever() -> None:
    world = await library_without_model()
    with_model(world)

    await keep("a.jpg", "broken", world.context)

    assert not is_outdated(photo_of(world, "a.jpg"), VectorRecipes(image="feed"))


def test_another_model_makes_vectors_outdated_and_nothing_else() -> None:
    photo = replace(Photo(id="a", path="a.jpg", image_recipe="feed"), **vars(CURRENT))

    assert not is_outdated(photo)
    assert not is_outdated(photo, VectorRecipes(image="feed"))
    assert is_outdated(photo, VectorRecipes(image="beef"))
    assert needs_no_reading(photo, VectorRecipes(image="beef"))
    assert not needs_no_reading(replace(photo, facts_version=0), VectorRecipes(image="beef"))
    assert (
        outdated_filter(VectorRecipes(image="beef"))
        == f"{outdated_filter()[:-1]} or image_recipe eq null or image_recipe ne 'beef')"
    )


def test_the_estimate_counts_pictures() -> None:
    estimate = RefreshEstimate(outdated=1200, total=3000, size_bytes=5_000_000, texts=0, pictures=1200)

    assert "at most 0 embeddings (about 0 tokens) and 1,200 of pictures, but no captions" in str(estimate)


async def test_a_picture_to_search_by_is_decoded_as_a_photo_is(monkeypatch: pytest.MonkeyPatch) -> None:
    context = fakes().context

    assert (await preview_of(jpeg(1), context)).startswith(b"\xff\xd8")
    with pytest.raises(BadPhoto):
        await preview_of(b"no picture", context)

    def out_of_memory(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("ingest.preparation.prepare", out_of_memory)
    with pytest.raises(OutOfMemory):
        await preview_of(jpeg(1), context)
