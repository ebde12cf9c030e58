"""What the model is asked about fields: the part of the caption's strict schema, and what makes answers out of date."""

import json
from typing import Any

from shared.catalogue.definition import Catalogue, FieldDefinition
from shared.catalogue.vocabulary import MAX_ASKED, MAX_ASKED_LETTERS, Vocabulary

DOES_NOT_KNOW = "null if the picture doesn't tell."


def answer_property(catalogue: Catalogue) -> dict[str, Any]:
    """
    The schema of an object with one property for each field that the model fills.

    Every property is required and may be null, which is how a strict schema says "optional".
    """
    properties = {each.name: _question(each) for each in catalogue.asked}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _question(field: FieldDefinition) -> dict[str, Any]:
    # A type and null as alternatives: not every server takes null in a list of values.
    return {"description": f"{field.instruction} {DOES_NOT_KNOW}", "anyOf": [_answer(field), {"type": "null"}]}


def _answer(field: FieldDefinition) -> dict[str, Any]:
    if field.type == "yes/no":
        return {"type": "boolean"}
    choice = {"type": "string", "enum": list(field.choices)}
    return {"type": "array", "items": choice} if field.type == "multi-choice" else choice


def asked_tags(catalogue: Catalogue, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The tags that the model chooses among; none where there is no vocabulary, or one too large for a schema."""
    tags = tuple(each.tag for each in vocabulary.terms)
    values = sum(len(each.choices) for each in catalogue.asked)
    fits = len(tags) + values <= MAX_ASKED and sum(map(len, tags)) <= MAX_ASKED_LETTERS
    return tags if fits else ()


def tag_properties(tags: tuple[str, ...]) -> dict[str, Any]:
    """The schema of tags out of a vocabulary, and of words that it lacks."""
    return {
        "tags": {"type": "array", "items": {"type": "string", "enum": list(tags)}},
        "suggested_tags": {"type": "array", "items": {"type": "string"}},
    }


def question_key(catalogue: Catalogue, vocabulary: Vocabulary) -> str:
    """What changes when the model is asked something else, and then only; empty if it is asked nothing special."""
    asked = [
        [each.name, each.type, each.instruction, sorted(each.choices)]
        for each in sorted(catalogue.asked, key=lambda each: each.name)
    ]
    tags = sorted(asked_tags(catalogue, vocabulary))
    return json.dumps([asked, tags] if tags else asked, ensure_ascii=False) if asked or tags else ""
