"""The OpenAPI 3.1 document, built from the types that requests are validated by and responses are built from."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from query.context import query_context
from shared.public_address import public_address
from web.openapi import operations, schemas

DESCRIPTION = "Search photos by what they show, and talk about them: `/v1` speaks OpenAI's chat completions."


async def openapi(request: Request) -> Response:
    """The document of this app."""
    return JSONResponse(document(query_context().model_names, public_address().url))


@cache
def document(model_names: Sequence[str], address: str = "") -> dict[str, Any]:
    """The whole document; `model_names` are the models a chat request may ask for, `address` is where the app is."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Chat with your photos", "version": "1", "description": DESCRIPTION},
        "servers": [{"url": address or "/"}],
        "paths": operations.paths(),
        "components": {
            "schemas": schemas.schemas(model_names),
            "securitySchemes": {
                "header": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "query": {"type": "apiKey", "in": "query", "name": "code"},
            },
        },
        "security": [{"header": []}, {"query": []}, {}],
    }
