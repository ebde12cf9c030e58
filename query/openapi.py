"""The OpenAPI 3.1 document, made of the types that requests are validated with and answers are made of."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from query import operations, shapes
from query.links import Wanted
from query.openai_api import ChatRequest
from query.operations import ID, PLACE

DESCRIPTION = "Search photos by what they show, and talk about them: `/v1` speaks OpenAI's chat completions."


@cache
def document(served: Sequence[str]) -> dict[str, Any]:
    """The whole document; `served` are the names of the chat models."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Chat with your photos", "version": "1", "description": DESCRIPTION},
        "paths": operations.paths(),
        "components": {
            "schemas": shapes.schemas(PLACE) | _requests(served),
            "securitySchemes": {
                "header": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "query": {"type": "apiKey", "in": "query", "name": "code"},
            },
        },
        "security": [{"header": []}, {"query": []}, {}],
    }


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
