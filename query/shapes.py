"""The shapes of our answers, for the OpenAPI document."""

from typing import Any, Literal

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from shared.answers import Deleted, Retried, Status, Uploaded
from shared.health import Health
from shared.photo import Photo, links
from shared.ticket import Failure


class ErrorDetail(TypedDict):
    message: str
    type: str
    param: str | None
    code: str | None


class Error(TypedDict):
    """Every error of the service."""

    error: ErrorDetail


class Twin(TypedDict):
    id: str
    path: str


class Usage(TypedDict):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Context(TypedDict):
    """The photos behind an answer: [n] in its text is the n-th citation; `intent` is a JSON list in a string."""

    citations: list[dict[str, Any]]
    intent: str
    searches: list[dict[str, Any]]
    photos: list[dict[str, Any]]


class Message(TypedDict):
    role: Literal["assistant"]
    content: str
    refusal: str | None
    context: Context


class Choice(TypedDict):
    index: int
    message: Message
    finish_reason: str
    logprobs: None


class Completion(TypedDict):
    """A whole answer; streamed, it comes as `chat.completion.chunk` events with the context first."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage


class Model(TypedDict):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class Models(TypedDict):
    object: Literal["list"]
    data: list[Model]


class Links(TypedDict):
    links: dict[str, str]
    seconds: int


ANSWERS = (Error, Completion, Model, Models, Health, Links, Uploaded, Deleted, Status, Retried)
ADAPTERS: dict[str, TypeAdapter[Any]] = {each.__name__: TypeAdapter(each) for each in ANSWERS}


def schemas(place: str) -> dict[str, Any]:
    """The JSON schemas by name; `place` is where references find them."""
    made: dict[str, Any] = {}
    for name, adapter in ADAPTERS.items():
        schema = adapter.json_schema(ref_template=place + "{model}", mode="serialization")
        made |= schema.pop("$defs", {})
        made[name] = schema
    photo = _photo()
    found = _with(photo, _hit_parts())
    page = {"total": {"type": "integer"}, "photos": _list(f"{place}FoundPhoto")}
    facets = {"type": "object", "additionalProperties": {"type": "array", "items": _object(COUNT)}}
    return made | {
        "Photo": photo,
        "FoundPhoto": found,
        "SearchPage": _object(page | {"facets": facets}),
        "SimilarPhotos": _object(page),
        "Failure": _object(_fields(Failure)),
        "Failures": _object({"total": {"type": "integer"}, "failures": _list(f"{place}Failure")}),
    }


COUNT = {"value": {"type": "string"}, "count": {"type": "integer"}}


def _photo() -> dict[str, Any]:
    """The record of a photo: its fields without the vector, and the links to its pictures."""
    properties = {name: schema for name, schema in _fields(Photo).items() if name != "vector"}
    degrees = _object({"longitude": {"type": "number"}, "latitude": {"type": "number"}})
    properties["location"] = {"anyOf": [degrees, {"type": "null"}]}
    return _object(properties | {size: {"type": "string"} for size in links("")})


def _fields(type_: type) -> dict[str, Any]:
    """The fields of a dataclass, all of which its records have."""
    known = TypeAdapter(type_).json_schema(mode="serialization")["properties"]
    return {name: _bare(schema) for name, schema in known.items()}


def _bare(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name not in ("default", "title")}


def _hit_parts() -> dict[str, Any]:
    twin = TypeAdapter(Twin).json_schema()
    marks = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
    return {
        "score": {"type": "number"},
        "ranked_by": {"enum": ["semantic", "hybrid", "keywords", "vector", "filter"]},
        "highlights": marks,
        "passage": {"type": "string"},
        "alike": {"type": "array", "items": twin},
    }


def _with(schema: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return _object(schema["properties"] | more)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _list(reference: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": reference}}
