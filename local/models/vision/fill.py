"""Filling in whatever JSON schema a request brings, as far as its property names are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

JsonObject = dict[str, Any]


class UnknownPropertyError(Exception):
    """The schema asks for something that cannot be told from a picture here; `name` says what."""

    def __init__(self, name: str) -> None:
        super().__init__(f"cannot fill in {name!r}")
        self.name = name


# One line a fact: the name it has here, then what else prompts call it, all without signs and capitals.
ALIASES = {
    "title": "title headline heading name",
    "alt_text": "alttext alt alternativetext alttag",
    "caption": "caption description summary longdescription detaileddescription extendeddescription prose",
    "tags": "tags keywords labels hashtags",
    "text_in_photo": "textinphoto ocrtext visibletext text ocr textinimage embeddedtext legibletext",
    "people": "people peoplecount personcount numberofpeople peoplenumber persons humans",
    "faces": "faces facecount numberoffaces",
    "setting": "setting scene environment settingtype scenetype",
    "colors": "colors colours dominantcolors dominantcolours palette maincolors",
    "objects": "objects things items objectlist detectedobjects",
    "language": "language lang",
    "confidence": "confidence captionconfidence certainty",
    "needs_review": "needsreview review uncertain",
    "has_text": "hastext containstext",
    "has_people": "haspeople containspeople",
    "orientation": "orientation layout",
    "kind": "kind type style medium imagetype phototype",
    "brightness": "brightness lighting",
    "monochrome": "monochrome blackandwhite grayscale greyscale",
    "taken_at": "takenat date taken datetaken",
    "place": "place location city",
}
KNOWN = {alias: fact for fact, aliases in ALIASES.items() for alias in aliases.split()}
UNDECIDED = ("unclear", "unknown", "other", "none", "unsure", "mixed")


def fill(schema: JsonObject, facts: Mapping[str, Any]) -> JsonObject:
    """An object that fits the schema, from the facts; UnknownPropertyError for what it needs beyond them."""
    value = _value("root", schema, facts, schema.get("$defs", {}))
    return value if isinstance(value, dict) else {}


def known_fact(name: str) -> str | None:
    """The fact a property name asks for: `OCR-Text` and `ocrText` are the same."""
    return KNOWN.get(re.sub(r"[\W_]", "", name).lower())


def _object(schema: JsonObject, facts: Mapping[str, Any], defs: JsonObject) -> JsonObject:
    required = set(schema.get("required", ()))
    filled = {}
    for name, part in schema.get("properties", {}).items():
        try:
            filled[name] = _value(name, part, facts, defs)
        except UnknownPropertyError:
            if name in required:
                raise
    return filled


def _value(name: str, schema: JsonObject, facts: Mapping[str, Any], defs: JsonObject) -> Any:
    schema = resolved(schema, defs)
    kinds = types(schema)
    if "object" in kinds and "properties" in schema:
        return _object(schema, facts, defs)
    fact = known_fact(name)
    if fact is None or facts.get(fact) is None:
        if "null" in kinds:
            return None
        raise UnknownPropertyError(name)
    return _fitted(name, facts[fact], schema, defs)


def _fitted(name: str, value: Any, schema: JsonObject, defs: JsonObject) -> Any:
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return chosen(name, value, schema["enum"])
    kinds = types(schema)
    if "array" in kinds:
        return _array(name, value, schema, defs)
    if "boolean" in kinds:
        return bool(value)
    if "integer" in kinds or "number" in kinds:
        return number(name, value, schema, whole="number" not in kinds)
    if "string" in kinds or not kinds:
        text = ", ".join(value) if isinstance(value, (list, tuple)) else str(value)
        return shortened(text, schema.get("maxLength"))
    raise UnknownPropertyError(name)


def _array(name: str, value: Any, schema: JsonObject, defs: JsonObject) -> list[Any]:
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    items = resolved(schema.get("items", {}), defs)
    values = values[: schema.get("maxItems", len(values))]
    if "properties" in items:
        # A list of objects: {name, confidence, ...} for each word.
        filled = [_object(items, {**NEUTRAL, "title": word}, defs) for word in values]
    else:
        filled = [_fitted(name, word, items, defs) for word in values]
    if len(filled) < schema.get("minItems", 0):
        raise UnknownPropertyError(name)
    return filled


# What an entry of a list says besides its name: nothing was measured for a single word.
NEUTRAL = {"confidence": 0.5}


def resolved(schema: JsonObject, defs: JsonObject) -> JsonObject:
    """The schema behind a reference; of alternatives the first that is not null, null still allowed."""
    if "$ref" in schema:
        return resolved(defs.get(str(schema["$ref"]).rsplit("/", 1)[-1], {}), defs)
    options = [resolved(option, defs) for option in schema.get("anyOf", ())]
    if not options:
        return schema
    main = next((option for option in options if types(option) != {"null"}), options[0])
    nullable = any("null" in types(option) for option in options)
    return {**main, "type": [*types(main), *(["null"] if nullable else [])]}


def types(schema: JsonObject) -> set[str]:
    """The JSON types a schema allows; none named means any."""
    named = schema.get("type", [])
    return {named} if isinstance(named, str) else set(named)


def chosen(name: str, value: Any, options: list[Any]) -> Any:
    """The option that says the value, or the one that says nobody knows."""
    wanted = str(value).lower()
    for option in options:
        if option == value or (isinstance(option, str) and same_word(option, wanted)):
            return option
    for option in options:
        if str(option).lower() in UNDECIDED:
            return option
    raise UnknownPropertyError(name)


def same_word(option: str, wanted: str) -> bool:
    """`indoor` and `indoors`, `outdoor_scene` and `outdoors` mean the same."""
    plain = re.sub(r"[\W_]+", " ", option.lower())
    return plain.rstrip("s") == wanted.rstrip("s") or wanted.rstrip("s") in plain.split()


def number(name: str, value: Any, schema: JsonObject, *, whole: bool) -> float | int:
    """The value as a number within the schema's bounds; a list counts its entries."""
    if isinstance(value, (list, tuple)):
        value = len(value)
    if not isinstance(value, (int, float)):
        raise UnknownPropertyError(name)
    bounded = min(max(value, schema.get("minimum", value)), schema.get("maximum", value))
    return round(bounded) if whole else float(bounded)


def shortened(text: str, limit: int | None) -> str:
    """The text cut at a word's end to what the schema allows."""
    if limit is None or len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0] + "…" if limit > 1 else text[:limit]
