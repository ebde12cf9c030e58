"""Plans the tool calls for a question, within what the schemas of the tools allow."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from local.models.api.requests import ToolDefinition
from local.models.api.responses import AssistantToolCall
from local.models.chat.question_parser import ParsedQuestion
from local.models.chat.search_results import PhotoRecord
from local.models.chat.vocabulary import meanings_in, with_meaning_in

JsonObject = dict[str, Any]
MAX_IMAGES = 3


def plan_search(question: ParsedQuestion, query: str, tool: ToolDefinition) -> AssistantToolCall:
    """A search call with the question's filters."""
    return AssistantToolCall(
        tool.function.name, json.dumps(_filter_arguments(question, query, tool), ensure_ascii=False)
    )


def plan_count(question: ParsedQuestion, query: str, tool: ToolDefinition) -> AssistantToolCall:
    """A count call with the question's filters, grouped if the question asks for it."""
    values = _filter_arguments(question, query, tool, extra={"by": question.group_by})
    return AssistantToolCall(tool.function.name, json.dumps(values, ensure_ascii=False))


def plan_look(question: ParsedQuestion, photos: list[PhotoRecord], tool: ToolDefinition) -> AssistantToolCall:
    """A call that looks at the images of a few photos."""
    properties = tool.function.parameters.get("properties", {})
    max_images = properties.get("ids", {}).get("maxItems", MAX_IMAGES)
    ids = [photo.id for photo in photos[: min(max_images, MAX_IMAGES)]]
    values = {"ids": ids, "question": question.text}
    return AssistantToolCall(tool.function.name, json.dumps(_allowed_arguments(values, tool), ensure_ascii=False))


def _filter_arguments(
    question: ParsedQuestion, query: str, tool: ToolDefinition, extra: Mapping[str, Any] | None = None
) -> JsonObject:
    """The question's filters as arguments for this tool."""
    properties = tool.function.parameters.get("properties", {})
    date_range = question.date_range
    values: JsonObject = {
        "query": query or None,
        "taken_after": _date_argument(date_range.after if date_range else None, properties.get("taken_after", {})),
        "taken_before": _date_argument(
            date_range.before if date_range else None, properties.get("taken_before", {}), end=True
        ),
        "folder": question.folder,
        "tags": list(question.tags) or None,
        "people": question.people,
        "place": question.place,
        "made_by": question.creator,
        "rating": question.rating,
        "filed_under": question.keyword,
        "collection": question.collection,
        "near": _near_argument(question, _resolve_refs(properties.get("near", {}), tool.function.parameters)),
        "sort": question.sort,
        "top": question.limit,
        **(extra or {}),
    }
    return _allowed_arguments(values, tool)


def search_query(question: ParsedQuestion, captions: str) -> str:
    """The subject of the question, with words of the captions' language after those of another."""
    return " ".join(with_meaning_in(captions, term, question.language.code) for term in question.terms)


def count_query(question: ParsedQuestion, captions: str) -> str:
    """The subject in the captions' language alone if possible, because a count requires every word to match."""
    is_foreign = question.language.code != captions
    return " ".join(
        meanings_in(captions, term, question.language.code)[:2][-1 if is_foreign else 0] for term in question.terms
    )


def _allowed_arguments(values: Mapping[str, Any], tool: ToolDefinition) -> JsonObject:
    """The values for parameters that the tool has, in types that it accepts; required ones are never left out."""
    schema = tool.function.parameters
    properties: JsonObject = schema.get("properties", {})
    arguments: JsonObject = {}
    for name, subschema in properties.items():
        value = _fit_to_schema(values.get(name), _resolve_refs(subschema, schema))
        if value is not None:
            arguments[name] = value
        elif name in schema.get("required", ()):
            arguments[name] = _neutral_value(_resolve_refs(subschema, schema))
    return arguments


def _fit_to_schema(value: Any, schema: JsonObject) -> Any:
    """The value in a form that the schema allows, or None if there is none."""
    if value is None:
        return None
    options, types = _enum_options(schema), _json_types(schema)
    if options is not None:
        options_by_name = {str(option).lower(): option for option in options if option is not None}
        option = next(
            (options_by_name[name] for name in _option_spellings(str(value)) if name in options_by_name), None
        )
        if option is not None or not (isinstance(value, int) and "integer" in types):
            return option
    if isinstance(value, dict) or "array" in types or not types:
        return value
    if isinstance(value, list):
        return ",".join(map(str, value)) if "string" in types else None
    if isinstance(value, int) and types & {"integer", "number"}:
        return min(max(value, schema.get("minimum", value)), schema.get("maximum", value))
    return str(value) if "string" in types else value


def _option_spellings(value: str) -> list[str]:
    """The names that an enum may have for a value."""
    others = {"newest": ["taken_at desc"], "oldest": ["taken_at asc"], "year": ["month", "taken_at"], "0": ["none"]}
    return [value, value + "s", value.rstrip("s"), *others.get(value, [])]


def _enum_options(schema: JsonObject) -> list[Any] | None:
    """The values of an enum, also one inside `anyOf`; None if there isn't one."""
    if "enum" in schema:
        return list(schema["enum"])
    enum_values = [option for subschema in schema.get("anyOf", ()) for option in subschema.get("enum", ())]
    return enum_values or None


def _resolve_refs(subschema: JsonObject, schema: JsonObject) -> JsonObject:
    """The schema of a parameter with its references resolved."""
    if "$ref" in subschema:
        return dict(schema.get("$defs", {}).get(str(subschema["$ref"]).rsplit("/", 1)[-1], {}))
    if "anyOf" in subschema:
        return {**subschema, "anyOf": [_resolve_refs(option, schema) for option in subschema["anyOf"]]}
    return subschema


def _json_types(schema: JsonObject) -> set[str]:
    """The JSON types that a schema allows."""
    if "anyOf" in schema:
        return {json_type for subschema in schema["anyOf"] for json_type in _json_types(subschema)}
    declared = schema.get("type", [])
    return {declared} if isinstance(declared, str) else set(declared)


def _neutral_value(schema: JsonObject) -> Any:
    """A value for a required parameter that has no effect."""
    types = _json_types(schema)
    if "null" in types:
        return None
    options = _enum_options(schema)
    if options:
        return options[0]
    if "default" in schema:
        return schema["default"]
    return [] if "array" in types else schema.get("minimum", 0) if types & {"integer", "number"} else ""


def _date_argument(day: date | None, schema: JsonObject, *, end: bool = False) -> str | None:
    """A date as the parameter's schema describes it: with a time, or as the last day included."""
    if day is None:
        return None
    if schema.get("format") == "date-time":
        return f"{day.isoformat()}T00:00:00Z"
    description = str(schema.get("description", "")).lower()
    if end and any(word in description for word in ("inclusive", "included", "including", "on or before")):
        day -= timedelta(days=1)
    return day.isoformat()


def _near_argument(question: ParsedQuestion, schema: JsonObject) -> Any:
    """The coordinates and radius as "lat,lon,km", or as the object that the schema describes."""
    if question.near is None:
        return None
    latitude, longitude, km = question.near
    if "object" not in _json_types(schema):
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
