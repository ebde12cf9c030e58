"""The OpenAPI 3.1 document, made of the types that requests are validated with."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from query import shapes
from query.filters import Filters
from query.links import Wanted
from query.openai_api import ChatRequest
from query.retrieve import Search
from query.search_api import LISTS, ONCE, PLAIN

PLACE = "#/components/schemas/"
# An empty parameter is as good as none.
NEAR = (
    r"^(-?([0-8]?[0-9](\.[0-9]{1,6})?|90),"
    r"-?((1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,6})?|180)(,[1-9][0-9]{0,3}(\.[0-9])?)?)?$"
)
DATE = {
    "anyOf": [
        {"type": "string", "maxLength": 0},
        {"type": "string", "pattern": "^[12][0-9]{3}$"},
        {"type": "string", "pattern": "^[12][0-9]{3}-(0[1-9]|1[0-2])$"},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
    ]
}
NAME = {"type": "string"}
ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
TOP = {"type": "integer", "minimum": 0, "maximum": 100}


@cache
def document(served: Sequence[str]) -> dict[str, Any]:
    """The whole document; `served` are the names of the chat models."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Chat with your photos", "version": "1", "description": DESCRIPTION},
        "paths": _paths(),
        "components": {
            "schemas": shapes.schemas(PLACE) | _requests(served),
            "securitySchemes": {
                "header": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "query": {"type": "apiKey", "in": "query", "name": "code"},
            },
        },
        "security": [{"header": []}, {"query": []}, {}],
    }


DESCRIPTION = "Search photos by what they show, and talk about them: `/v1` speaks OpenAI's chat completions."


def _requests(served: Sequence[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for model in (ChatRequest, Wanted):
        schema = model.model_json_schema(ref_template=PLACE + "{model}")
        made |= schema.pop("$defs", {})
        made[model.__name__] = schema
    chat = made["ChatRequest"]
    chat["properties"]["model"] = {"anyOf": [{"enum": list(served)}, {"type": "null"}]}
    asking = {"contains": {"type": "object", "properties": {"role": {"const": "user"}}, "required": ["role"]}}
    chat["properties"]["messages"] |= asking
    made["Wanted"]["properties"]["ids"]["items"] = ID
    return made


def _paths() -> dict[str, Any]:
    one = [_path("id", ID)]
    chat = {
        "application/json": {"schema": _ref("Completion")},
        "text/event-stream": {"schema": {"type": "object", "properties": {"data": {"type": "string"}}}},
    }
    health = _json("Health") | {"503": _answer(_content("Health"))}
    picture = {"302": {"description": "A short-lived read-only link", "headers": {"Location": _header()}}}
    return {
        "/v1/chat/completions": {
            "post": _does(
                "chat", "Talk about the photos", {"200": _answer(chat)}, body="ChatRequest", parameters=[ZONE]
            )
        },
        "/v1/models": {"get": _does("models", "The models there are", _json("Models"))},
        "/v1/models/{id}": {
            "get": _does("model", "One model", _json("Model"), parameters=[_path("id", {"type": "string"})])
        },
        "/api/search": {"get": _does("search", "Search", _json("SearchPage"), parameters=_search_parameters())},
        "/api/photos/{id}": {"get": _does("photo", "One photo", _json("Photo"), parameters=one)},
        "/api/photos/{id}/similar": {
            "get": _does("similar", "Photos like it", _json("SimilarPhotos"), parameters=[*one, _query("top", TOP)])
        },
        **{
            f"/api/photos/{{id}}/{size}": {"get": _does(size, f"Its {size}", picture, parameters=one)}
            for size in ("thumbnail", "preview", "original")
        },
        "/api/links": {"post": _does("links", "Links to many pictures", _json("Links"), body="Wanted")},
        "/api/health": {"get": _does("health", "Whether all is well", health)},
    }


def _search_parameters() -> list[dict[str, Any]]:
    """One parameter for each field of Search and Filters, as `search_api` reads them."""
    plain = Search.model_json_schema()["properties"]
    filters = Filters.model_json_schema(ref_template=PLACE + "{model}")["properties"]
    special = {"near": {"type": "string", "pattern": NEAR}} | dict.fromkeys(
        ("taken_after", "taken_before", "taken_in"), DATE
    )
    single = {name: _present(plain[name]) for name in PLAIN} | {
        name: special.get(name, _present(filters[name])) for name in ONCE
    }
    lists = {name: filters[field] for name, field in LISTS.items()}
    return [*(_query(name, schema) for name, schema in sorted((single | lists).items())), ZONE]


def _present(schema: dict[str, Any]) -> dict[str, Any]:
    """A field's schema for a parameter: it is there or it is not, and never null."""
    kept = {name: value for name, value in schema.items() if name not in ("title", "default", "anyOf")}
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) > 1:
        return kept | {"anyOf": options}
    return kept | (options[0] if options else {})


def _does(
    name: str,
    summary: str,
    answers: dict[str, Any],
    *,
    parameters: Sequence[dict[str, Any]] = (),
    body: str | None = None,
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "parameters": list(parameters),
        "responses": answers | ERRORS,
    }
    if body:
        made["requestBody"] = {"required": True, "content": _content(body)}
    return made


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def _path(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _json(name: str) -> dict[str, Any]:
    return {"200": _answer(_content(name))}


def _content(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": _ref(name)}}


def _answer(content: dict[str, Any]) -> dict[str, Any]:
    return {"description": "As asked", "content": content}


def _header() -> dict[str, Any]:
    return {"required": True, "schema": {"type": "string"}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": PLACE + name}


ZONE = {
    "name": "X-Timezone",
    "in": "header",
    "description": "Where the caller is, for dates: an IANA name. UTC without it.",
    "schema": {"type": "string"},
    "example": "Europe/Zurich",
}
ERRORS = {"default": {"description": "What is wrong", "content": _content("Error")}}
