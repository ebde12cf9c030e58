"""With a vocabulary the model chooses among its terms; whatever it says is sorted by it."""

import json
from typing import Any

from ingest.pipeline import ingest
from shared.catalogue.in_force import NO_VOCABULARY, put_vocabulary_in_force
from shared.models import ModelReply, TokenUsage
from shared.photo import Photo, photo_id
from tests.ingest.fakes import ANSWER, Fakes, fakes, jpeg
from tests.shared.catalogue.test_vocabulary import ANIMALS, numbered


async def described(world: Fakes, **answer: Any) -> Photo:
    world.models.reply = ModelReply(json.dumps(ANSWER | answer), usage=TokenUsage(900, 100))
    world.storage.put("a.jpg", jpeg())
    photo = await ingest("a.jpg", world.context)
    assert photo
    return photo


def schema(world: Fakes) -> dict[str, Any]:
    properties: dict[str, Any] = world.models.requests[-1]["response_format"]["json_schema"]["schema"]["properties"]
    return properties


async def test_the_model_chooses_and_says_what_is_missing() -> None:
    put_vocabulary_in_force(ANIMALS)
    world = fakes()

    photo = await described(world, tags=["dog", "glass"], suggested_tags=["beach", "Hounds"])

    assert (photo.tags, photo.suggested_tags) == (["dog", "glass"], ["beach"])
    assert schema(world)["tags"]["items"]["enum"] == [each.tag for each in ANIMALS.terms]
    assert "suggested_tags" in schema(world)
    assert "- suggested_tags:" in world.models.requests[0]["messages"][0]["content"]


async def test_a_large_vocabulary_is_not_sent_and_still_sorts() -> None:
    put_vocabulary_in_force(numbered(501))
    world = fakes()

    photo = await described(world, tags=["0007", "dog"])

    assert (photo.tags, photo.suggested_tags) == (["0007"], ["dog"])
    assert "enum" not in schema(world)["tags"]["items"]
    assert "suggested_tags" not in schema(world)


async def test_without_a_vocabulary_all_words_are_tags_again() -> None:
    put_vocabulary_in_force(ANIMALS)
    world = fakes()
    await described(world, tags=["dog"], suggested_tags=["beach"])
    put_vocabulary_in_force(NO_VOCABULARY)
    id_ = photo_id("a.jpg")
    world.index.photos[id_] = Photo.from_document(world.index.photos[id_].to_document() | {"fields_version": 0})

    photo = await ingest("a.jpg", world.context, refresh=True)

    assert photo
    assert (photo.tags, photo.suggested_tags) == (["dog", "beach"], [])
    assert len(world.models.requests) == 1
