"""A library's own fields: the model is asked, its answer is kept, and only another question makes photos stale."""

import json
from typing import Any

from ingest.describe import Description
from ingest.document import description_of
from ingest.pipeline import ingest
from ingest.recaption import estimate
from shared.catalogue.in_force import EMPTY, put_in_force
from shared.models import ModelReply, TokenUsage
from shared.photo import Photo, photo_id
from tests.ingest.fakes import ANSWER, Fakes, fakes, jpeg
from tests.shared.catalogue.definitions import shop


def answering(world: Fakes, **fields: Any) -> Fakes:
    world.models.reply = ModelReply(json.dumps(ANSWER | {"fields": fields}), usage=TokenUsage(900, 100))
    return world


def asked(world: Fakes) -> dict[str, Any]:
    schema: dict[str, Any] = world.models.requests[-1]["response_format"]["json_schema"]["schema"]
    return schema


async def test_the_model_fills_a_closed_list_and_copies_carry_its_answer() -> None:
    put_in_force(shop())
    world = answering(fakes(), product_type="hat")
    world.storage.put("a.jpg", jpeg())
    world.storage.put("copy.jpg", jpeg())

    photos = [await ingest(name, world.context) for name in ("a.jpg", "copy.jpg")]

    assert [photo and photo.custom for photo in photos] == [{"product_type": "hat"}] * 2
    assert len(world.models.requests) == 1
    assert asked(world)["required"][-1] == "fields"
    assert list(asked(world)["properties"]["fields"]["properties"]) == ["product_type"]
    assert "- fields:" in world.models.requests[0]["messages"][0]["content"]


async def test_what_the_model_does_not_know_and_what_it_makes_up_is_no_value() -> None:
    put_in_force(shop())
    unfit: list[dict[str, Any]] = [{"product_type": None}, {"product_type": "boot"}, {"price": 3}, {}]
    for number, answer in enumerate(unfit):
        world = answering(fakes(), **answer)
        world.storage.put("a.jpg", jpeg(number))

        photo = await ingest("a.jpg", world.context)

        assert photo
        assert photo.custom == {}


async def test_without_fields_nothing_more_is_asked() -> None:
    world = fakes()
    world.storage.put("a.jpg", jpeg())
    photo = await ingest("a.jpg", world.context)

    assert photo
    assert photo.custom == {}
    assert "fields" not in asked(world)["properties"]
    assert "- fields:" not in world.models.requests[0]["messages"][0]["content"]


async def test_only_another_question_makes_photos_stale() -> None:
    put_in_force(shop())
    world = answering(fakes(), product_type="hat")
    world.storage.put("a.jpg", jpeg())
    await ingest("a.jpg", world.context)

    put_in_force(shop(labels={"fr": "Type"}, facet=False))
    assert (await estimate(world.context)).stale == 0
    put_in_force(shop(values=["shoe", "bag", "hat", "coat"]))
    assert (await estimate(world.context)).stale == 1
    put_in_force(EMPTY)
    assert (await estimate(world.context)).stale == 1

    put_in_force(shop(values=["shoe", "bag", "hat", "coat"]))
    photo = await ingest("a.jpg", answering(world, product_type="coat").context)
    assert photo
    assert photo.custom == {"product_type": "coat"}
    assert (await estimate(world.context)).stale == 0


async def test_a_refresh_keeps_what_the_model_said() -> None:
    put_in_force(shop())
    world = answering(fakes(), product_type="hat")
    info = world.storage.put("a.jpg", jpeg())
    await ingest("a.jpg", world.context)
    id_ = photo_id(info.name)
    document = world.index.photos[id_].to_document() | {"fields_version": 0}
    world.index.photos[id_] = Photo.from_document(document)

    photo = await ingest("a.jpg", world.context, refresh=True)

    assert photo
    assert photo.custom == {"product_type": "hat"}
    assert len(world.models.requests) == 1


def test_of_a_document_only_what_the_model_fills_is_a_description() -> None:
    put_in_force(shop())
    photo = Photo(id="a", path="a.jpg", custom={"product_type": "hat", "price": 3})

    assert description_of(photo).fields == {"product_type": "hat"}


def test_descriptions_of_earlier_releases_are_read() -> None:
    assert Description.model_validate(ANSWER).fields == {}
    assert Description.model_validate(ANSWER | {"fields": None}).fields == {}
