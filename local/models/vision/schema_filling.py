"""Fills in the JSON schema of a request with facts about an image, by the names of its properties."""

import re
from collections.abc import Mapping
from typing import Any

from local.models.vision.wording import languages

JsonObject = dict[str, Any]


class UnknownPropertyError(Exception):
    """The schema requires something that cannot be told from an image; `name` is the property."""

    def __init__(self, name: str) -> None:
        super().__init__(f"cannot fill in {name!r}")
        self.name = name


# For each fact, the names that prompts use for it, in lower case and without punctuation.
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
FACT_BY_ALIAS = {alias: fact for fact, aliases in ALIASES.items() for alias in aliases.split()}
TEXTS = ("title", "alt_text", "caption", "tags")
LANGUAGE_NOTE = re.compile(rf"^In (?P<only>[A-Z][^.]*)\.?$|\b[Ii]n (?P<known>{'|'.join(languages())})\b", re.MULTILINE)
UNDECIDED_OPTIONS = ("unclear", "unknown", "other", "none", "unsure", "mixed")


def fill_schema(schema: JsonObject, facts: Mapping[str, Any]) -> JsonObject:
    """An object that fits the schema, made from the facts. Raises UnknownPropertyError if they are not enough."""
    value = _fill_value("root", schema, facts, schema.get("$defs", {}))
    return value if isinstance(value, dict) else {}


def requested_language(schema: JsonObject) -> str | None:
    """The language that the schema wants texts in, as a description says: "In German." or "a title in German"."""
    for name, subschema in schema.get("properties", {}).items():
        description = str(subschema.get("description", ""))
        if _fact_for_property(name) in TEXTS and (match := LANGUAGE_NOTE.search(description)):
            return match["only"] or match["known"].capitalize()
    return None


def _fact_for_property(name: str) -> str | None:
    """The fact that a property name asks for; `OCR-Text` and `ocrText` are the same."""
    return FACT_BY_ALIAS.get(re.sub(r"[\W_]", "", name).lower())


def _fill_object(schema: JsonObject, facts: Mapping[str, Any], definitions: JsonObject) -> JsonObject:
    required = set(schema.get("required", ()))
    filled = {}
    for name, subschema in schema.get("properties", {}).items():
        try:
            filled[name] = _fill_value(name, subschema, facts, definitions)
        except UnknownPropertyError:
            if name in required:
                raise
    return filled


def _fill_value(name: str, schema: JsonObject, facts: Mapping[str, Any], definitions: JsonObject) -> Any:
    schema = _resolve(schema, definitions)
    if "const" in schema:
        return schema["const"]
    types = _json_types(schema)
    if "object" in types and "properties" in schema:
        return _fill_object(schema, facts, definitions)
    fact = _fact_for_property(name)
    if fact is None or facts.get(fact) is None:
        if "null" in types:
            return None
        raise UnknownPropertyError(name)
    return _fit_value(name, facts[fact], schema, definitions)


def _fit_value(name: str, value: Any, schema: JsonObject, definitions: JsonObject) -> Any:
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return _choose_option(name, value, schema["enum"])
    types = _json_types(schema)
    if "array" in types:
        return _fill_array(name, value, schema, definitions)
    if "boolean" in types:
        return bool(value)
    if "integer" in types or "number" in types:
        return _fit_number(name, value, schema, is_integer="number" not in types)
    if "string" in types or not types:
        text = ", ".join(value) if isinstance(value, (list, tuple)) else str(value)
        return _shorten(text, schema.get("maxLength"))
    raise UnknownPropertyError(name)


def _fill_array(name: str, value: Any, schema: JsonObject, definitions: JsonObject) -> list[Any]:
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    items = _resolve(schema.get("items", {}), definitions)
    values = values[: schema.get("maxItems", len(values))]
    if "properties" in items:
        # A list of objects: {name, confidence, ...} for each word.
        filled = [_fill_object(items, {**LIST_ITEM_FACTS, "title": word}, definitions) for word in values]
    else:
        filled = [_fit_value(name, word, items, definitions) for word in values]
    if len(filled) < schema.get("minItems", 0):
        raise UnknownPropertyError(name)
    return filled


# The other facts of an item in a list. Nothing is measured for a single word, so its confidence is neutral.
LIST_ITEM_FACTS = {"confidence": 0.5}


def _resolve(schema: JsonObject, definitions: JsonObject) -> JsonObject:
    """The schema with references resolved. Of alternatives the first that isn't null is chosen; null stays allowed."""
    if "$ref" in schema:
        return _resolve(definitions.get(str(schema["$ref"]).rsplit("/", 1)[-1], {}), definitions)
    options = [_resolve(option, definitions) for option in schema.get("anyOf", ())]
    if not options:
        return schema
    chosen = next((option for option in options if _json_types(option) != {"null"}), options[0])
    nullable = any("null" in _json_types(option) for option in options)
    return {**chosen, "type": [*_json_types(chosen), *(["null"] if nullable else [])]}


def _json_types(schema: JsonObject) -> set[str]:
    """The JSON types that a schema allows; an empty set means any."""
    declared = schema.get("type", [])
    return {declared} if isinstance(declared, str) else set(declared)


def _choose_option(name: str, value: Any, options: list[Any]) -> Any:
    """The option that means the value, or else an undecided one."""
    value_text = str(value).lower()
    for option in options:
        if option == value or (isinstance(option, str) and _is_same_word(option, value_text)):
            return option
    for option in options:
        if str(option).lower() in UNDECIDED_OPTIONS:
            return option
    raise UnknownPropertyError(name)


def _is_same_word(option: str, value_text: str) -> bool:
    """`indoor` and `indoors`, `outdoor_scene` and `outdoors` mean the same."""
    plain = re.sub(r"[\W_]+", " ", option.lower())
    return plain.rstrip("s") == value_text.rstrip("s") or value_text.rstrip("s") in plain.split()


def _fit_number(name: str, value: Any, schema: JsonObject, *, is_integer: bool) -> float | int:
    """The value as a number within the schema's bounds; for a list, the number of its items."""
    if isinstance(value, (list, tuple)):
        value = len(value)
    if not isinstance(value, (int, float)):
        raise UnknownPropertyError(name)
    bounded = min(max(value, schema.get("minimum", value)), schema.get("maximum", value))
    return round(bounded) if is_integer else float(bounded)


def _shorten(text: str, limit: int | None) -> str:
    """The text cut at the end of a word to the length that the schema allows."""
    if limit is None or len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0] + "…" if limit > 1 else text[:limit]
