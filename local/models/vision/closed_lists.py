"""
Chooses among the values of closed lists, such as `shoe, bag, hat`, by what was recognised in an image.

A value that is one of the words for the image is chosen, or else the one whose embedding is nearest to something that
was recognised, if it is near enough; otherwise nothing is, which a schema allows by null. A question for yes or no is
not answered: nothing here reads questions.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from local.e5 import Vector

JsonObject = dict[str, Any]
Embed = Callable[[list[str]], Awaitable[list[Vector]]]

NEAR = 0.925  # E5's similarity of "car" and "vehicle" is .932, of "car" and "computer" .898


async def answer_closed_lists(schema: JsonObject, facts: Mapping[str, Any], embed: Embed) -> JsonObject:
    """The schema with the answers to closed lists in objects below its root, each as the only value allowed."""
    schema = _tags_answered(schema, facts)
    properties = {
        name: await _answered(each, facts, embed) if each.get("type") == "object" else each
        for name, each in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties} if properties else schema


def _tags_answered(schema: JsonObject, facts: Mapping[str, Any]) -> JsonObject:
    """Tags out of a closed list: those of the words for the image that are in it, and as suggestions the others."""
    listed = _choices(schema.get("properties", {}).get("tags", {}))
    if not listed:
        return schema
    words = [str(each) for each in facts.get("tags") or ()]
    answers = {
        "tags": [each for each in words if each in listed],
        "suggested_tags": [w for w in words if w not in listed],
    }
    answered = {name: {"const": answers[name]} for name in answers if name in schema["properties"]}
    return {**schema, "properties": {**schema["properties"], **answered}}


async def _answered(schema: JsonObject, facts: Mapping[str, Any], embed: Embed) -> JsonObject:
    answers = {name: await _answer(each, facts, embed) for name, each in schema.get("properties", {}).items()}
    return {**schema, "properties": answers}


async def _answer(schema: JsonObject, facts: Mapping[str, Any], embed: Embed) -> JsonObject:
    alternatives = schema.get("anyOf", [schema])
    chosen_from = next((each for each in alternatives if _choices(each)), None)
    if chosen_from is None:
        return schema
    values = await _choose(_choices(chosen_from), facts, embed)
    if chosen_from.get("type") == "array":
        return {"const": values}
    return {"const": values[0]} if values else schema


def _choices(schema: JsonObject) -> list[str]:
    listed = schema.get("enum") or schema.get("items", {}).get("enum") or []
    return [each for each in listed if isinstance(each, str)]


async def _choose(choices: Sequence[str], facts: Mapping[str, Any], embed: Embed) -> list[str]:
    """The values that fit, the best first."""
    words = {str(word).lower() for name in ("objects", "tags") for word in facts.get(name) or ()}
    if named := [each for each in choices if each.lower() in words or each.lower().removesuffix("s") in words]:
        return named
    objects = [str(each) for each in facts.get("objects") or ()]
    if not objects:
        return []
    seen, options = await embed(objects), await embed(list(choices))
    nearness = {
        each: max(_similarity(vector, one) for one in seen) for each, vector in zip(choices, options, strict=True)
    }
    return sorted((each for each in choices if nearness[each] >= NEAR), key=lambda each: -nearness[each])


def _similarity(one: Vector, other: Vector) -> float:
    return float(sum(a * b for a, b in zip(one, other, strict=True)))
