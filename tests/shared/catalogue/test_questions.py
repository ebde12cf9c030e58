"""What the model is asked about fields, and which changes make its answers out of date."""

import json
from typing import Any

import pytest

from ingest.describe import recipe
from shared.catalogue.definition import Catalogue, parse_catalogue
from shared.catalogue.in_force import NO_VOCABULARY
from shared.catalogue.questions import answer_property, question_key
from tests.shared.catalogue.definitions import SHOP, shop


def test_each_question_is_required_and_may_be_answered_with_null() -> None:
    schema = answer_property(shop())

    assert schema["required"] == ["product_type"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["product_type"] == {
        "description": "What kind of product is shown. null if the picture doesn't tell.",
        "anyOf": [{"type": "string", "enum": ["shoe", "bag", "hat"]}, {"type": "null"}],
    }


def test_several_values_and_yes_or_no_can_be_asked_for() -> None:
    fields = [
        {"name": "m", "type": "multi-choice", "values": ["a"], "instruction": "Which?"},
        {"name": "y", "type": "yes/no", "instruction": "Is it?"},
    ]
    properties = answer_property(parse_catalogue(json.dumps({"fields": fields}).encode()))["properties"]

    assert properties["m"]["anyOf"][0] == {"type": "array", "items": {"type": "string", "enum": ["a"]}}
    assert properties["y"]["anyOf"][0] == {"type": "boolean"}


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": {"fr": "Type"}},
        {"searchable": False},
        {"facet": False},
        {"required": True},
        {"values": ["hat", "bag", "shoe"]},
        {"values": ["shoe", {"value": "bag", "labels": {"de": "Tasche"}}, "hat"]},
    ],
)
def test_what_the_model_is_not_told_leaves_its_answers_current(changes: dict[str, Any]) -> None:
    assert question_key(shop(**changes), NO_VOCABULARY) == question_key(shop(), NO_VOCABULARY)


@pytest.mark.parametrize(
    "changes",
    [
        {"instruction": "What is sold?"},
        {"values": ["shoe", "bag", "hat", "coat"]},
        {"name": "kind"},
        {"instruction": ""},
    ],
)
def test_another_question_makes_answers_out_of_date(changes: dict[str, Any]) -> None:
    assert question_key(shop(**changes), NO_VOCABULARY) != question_key(shop(), NO_VOCABULARY)


def test_fields_that_people_fill_never_make_photos_out_of_date() -> None:
    fewer = parse_catalogue(json.dumps({"fields": SHOP["fields"][:1]}).encode())

    assert question_key(fewer, NO_VOCABULARY) == question_key(shop(), NO_VOCABULARY)
    assert question_key(Catalogue(), NO_VOCABULARY) == ""


def test_without_questions_the_recipe_is_as_it_was() -> None:
    assert recipe("model") == recipe("model", questions="")
    assert recipe("model") != recipe("model", questions=question_key(shop(), NO_VOCABULARY))
