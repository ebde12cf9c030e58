"""Closed lists below the root of a schema: chosen by what was recognised, or left open."""

import numpy as np

from local.e5 import Vector
from local.models.vision.closed_lists import answer_closed_lists
from local.models.vision.schema_filling import fill_schema
from tests.local.models.stand_in import ModelStandIn, data_url, plain_image, strict_response_format

OWN = {
    "type": "object",
    "properties": {
        "kind": {"anyOf": [{"type": "string", "enum": ["car", "vehicle", "food"]}, {"type": "null"}]},
        "many": {
            "anyOf": [{"type": "array", "items": {"type": "string", "enum": ["blue", "vehicle"]}}, {"type": "null"}]
        },
        "is_new": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
    },
    "required": ["kind", "many", "is_new"],
    "additionalProperties": False,
}
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}, "fields": OWN}, "required": ["title", "fields"]}
PLACES = {"bus": (1.0, 0.0), "vehicle": (0.95, 0.3), "car": (0.9, 0.4), "food": (0.0, 1.0), "blue": (0.0, 1.0)}


async def embed(texts: list[str]) -> list[Vector]:
    return [np.array(PLACES[each], dtype=np.float32) for each in texts]


async def answers(**facts: object) -> object:
    schema = await answer_closed_lists(SCHEMA, facts, embed)
    return fill_schema(schema, {"title": "A", **facts})["fields"]


async def test_a_value_that_is_a_word_for_the_image_is_chosen() -> None:
    assert await answers(objects=["bus"], tags=["car", "blue"]) == {"kind": "car", "many": ["blue"], "is_new": None}


async def test_else_the_value_that_is_near_enough_in_meaning() -> None:
    assert await answers(objects=["bus"], tags=[]) == {"kind": "vehicle", "many": ["vehicle"], "is_new": None}


async def test_else_none() -> None:
    assert await answers(objects=[], tags=["dark"]) == {"kind": None, "many": [], "is_new": None}


def test_the_stand_in_answers_with_a_description(stand_in: ModelStandIn) -> None:
    choice = {"anyOf": [{"type": "string", "enum": ["red", "blue"]}, {"type": "null"}], "description": "Which colour?"}
    own = {"type": "object", "properties": {"paint": choice}, "required": ["paint"], "additionalProperties": False}

    description = stand_in.describe(
        data_url(plain_image("blue")), response_format=strict_response_format(title={"type": "string"}, fields=own)
    )

    assert description["fields"] == {"paint": "blue"}


async def test_tags_out_of_a_list_are_those_that_were_seen_and_the_others_are_suggested() -> None:
    tags = {"type": "array", "items": {"type": "string", "enum": ["car", "boat"]}}
    suggested = {"type": "array", "items": {"type": "string"}}
    schema = {"type": "object", "properties": {"tags": tags, "suggested_tags": suggested}, "required": ["tags"]}

    filled = fill_schema(await answer_closed_lists(schema, {"tags": ["car", "dark"]}, embed), {"tags": ["car", "dark"]})

    assert filled == {"tags": ["car"], "suggested_tags": ["dark"]}
