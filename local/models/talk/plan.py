"""Which tools a question calls for, within what their schemas allow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from local.models.api.replies import Call
from local.models.api.requests import Tool
from local.models.talk.found import Found
from local.models.talk.question import Question
from local.models.talk.vocabulary import meanings, translated

JsonObject = dict[str, Any]
MOST_LOOKED_AT = 3


def search_call(question: Question, query: str, tool: Tool) -> Call:
    """A search with the question's filters."""
    return Call(tool.function.name, json.dumps(arguments(question, query, tool), ensure_ascii=False))


def count_call(question: Question, query: str, tool: Tool) -> Call:
    """A count with the question's filters, grouped where it asks for that."""
    given = arguments(question, query, tool, extra={"by": question.by})
    return Call(tool.function.name, json.dumps(given, ensure_ascii=False))


def look_call(question: Question, photos: list[Found], tool: Tool) -> Call:
    """A look at a few photos."""
    properties = tool.function.parameters.get("properties", {})
    most = properties.get("ids", {}).get("maxItems", MOST_LOOKED_AT)
    ids = [photo.id for photo in photos[: min(most, MOST_LOOKED_AT)]]
    given = {"ids": ids, "question": question.text}
    return Call(tool.function.name, json.dumps(allowed(given, tool), ensure_ascii=False))


def arguments(question: Question, query: str, tool: Tool, extra: Mapping[str, Any] | None = None) -> JsonObject:
    """What the question asks for, in the parameters this tool has."""
    properties = tool.function.parameters.get("properties", {})
    period = question.period
    given: JsonObject = {
        "query": query or None,
        "taken_after": moment(period.after if period else None, properties.get("taken_after", {})),
        "taken_before": moment(period.before if period else None, properties.get("taken_before", {}), end=True),
        "folder": question.folder,
        "tags": list(question.tags) or None,
        "people": question.people,
        "place": question.place,
        "near": near(question, resolved(properties.get("near", {}), tool.function.parameters)),
        "sort": question.sort,
        "top": question.top,
        **(extra or {}),
    }
    return allowed(given, tool)


def query_of(question: Question) -> str:
    """What to search for: the subject, with its English words beside those of another language."""
    return " ".join(translated(term, question.speech.code) for term in question.terms)


def few_words(question: Question) -> str:
    """What to count: the subject in English alone where it is known, as a count wants every word to be there."""
    return " ".join(
        meanings(term, question.speech.code)[:2][-1 if question.speech.code != "en" else 0] for term in question.terms
    )


def allowed(given: Mapping[str, Any], tool: Tool) -> JsonObject:
    """Only parameters the tool has, in a type and a choice it takes; no required one is left out."""
    schema = tool.function.parameters
    properties: JsonObject = schema.get("properties", {})
    kept: JsonObject = {}
    for name, part in properties.items():
        value = fitted(given.get(name), resolved(part, schema))
        if value is not None:
            kept[name] = value
        elif name in schema.get("required", ()):
            kept[name] = neutral(resolved(part, schema))
    return kept


def fitted(value: Any, schema: JsonObject) -> Any:
    """The value as the schema wants it, or None where it cannot be said."""
    if value is None:
        return None
    options, kinds = choices(schema), types(schema)
    if options is not None:
        plain = {str(option).lower(): option for option in options if option is not None}
        chosen = next((plain[name] for name in spellings(str(value)) if name in plain), None)
        if chosen is not None or not (isinstance(value, int) and "integer" in kinds):
            return chosen
    if isinstance(value, dict) or "array" in kinds or not kinds:
        return value
    if isinstance(value, list):
        return ",".join(map(str, value)) if "string" in kinds else None
    if isinstance(value, int) and kinds & {"integer", "number"}:
        return min(max(value, schema.get("minimum", value)), schema.get("maximum", value))
    return str(value) if "string" in kinds else value


def spellings(value: str) -> list[str]:
    """What a choice may be called besides its own name."""
    others = {"newest": ["taken_at desc"], "oldest": ["taken_at asc"], "year": ["month", "taken_at"], "0": ["none"]}
    return [value, value + "s", value.rstrip("s"), *others.get(value, [])]


def choices(schema: JsonObject) -> list[Any] | None:
    """The values an enum allows, alternatives included."""
    if "enum" in schema:
        return list(schema["enum"])
    found = [option for part in schema.get("anyOf", ()) for option in part.get("enum", ())]
    return found or None


def resolved(part: JsonObject, schema: JsonObject) -> JsonObject:
    """A parameter with what it refers to put in its place."""
    if "$ref" in part:
        return dict(schema.get("$defs", {}).get(str(part["$ref"]).rsplit("/", 1)[-1], {}))
    if "anyOf" in part:
        return {**part, "anyOf": [resolved(option, schema) for option in part["anyOf"]]}
    return part


def types(schema: JsonObject) -> set[str]:
    """The JSON types a schema allows."""
    if "anyOf" in schema:
        return {kind for part in schema["anyOf"] for kind in types(part)}
    named = schema.get("type", [])
    return {named} if isinstance(named, str) else set(named)


def neutral(schema: JsonObject) -> Any:
    """A value that asks for nothing, for a parameter that must be there."""
    kinds = types(schema)
    if "null" in kinds:
        return None
    options = choices(schema)
    if options:
        return options[0]
    if "default" in schema:
        return schema["default"]
    return [] if "array" in kinds else schema.get("minimum", 0) if kinds & {"integer", "number"} else ""


def moment(day: date | None, schema: JsonObject, *, end: bool = False) -> str | None:
    """A date as the parameter's description wants it: with a time, or as the last day that still counts."""
    if day is None:
        return None
    if schema.get("format") == "date-time":
        return f"{day.isoformat()}T00:00:00Z"
    said = str(schema.get("description", "")).lower()
    if end and any(word in said for word in ("inclusive", "included", "including", "on or before")):
        day -= timedelta(days=1)
    return day.isoformat()


def near(question: Question, schema: JsonObject) -> Any:
    """A place as "lat,lon,km", or as the object the parameter asks for."""
    if question.near is None:
        return None
    latitude, longitude, km = question.near
    if "object" not in types(schema):
        return f"{latitude:g},{longitude:g},{km:g}"
    values = {
        "lat": latitude,
        "latitude": latitude,
        "lon": longitude,
        "longitude": longitude,
        "km": km,
        "radius_km": km,
    }
    options = [schema, *schema.get("anyOf", ())]
    names: JsonObject = next((option["properties"] for option in options if "properties" in option), {})
    return {name: values[name] for name in names if name in values}
