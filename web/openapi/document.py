"""The OpenAPI 3.1 document, built from the types that requests are validated by and responses are built from."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from query.context import query_context
from shared.catalogue.in_force import catalogue
from shared.public_address import public_address
from shared.services import services
from web.openapi import operations, schemas

DESCRIPTION = "Search photos by what they show, and talk about them: `/v1` speaks OpenAI's two chat APIs."

HOST_KEYS: dict[str, Any] = {
    "header": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
    "query": {"type": "apiKey", "in": "query", "name": "code"},
}
# What people and apps get from Entra ID for this app, which App Service authentication checks.
ENTRA_TOKENS: dict[str, Any] = {
    "entra": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "session": {"type": "apiKey", "in": "cookie", "name": "AppServiceAuthSession"},
}
OWN_KEYS: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "api_key": {"type": "apiKey", "in": "header", "name": "api-key"},
}
# A key of ours travels in no Bearer where the platform reads that: it refuses what is no token of Entra.
SCHEMES = {
    "function": HOST_KEYS,
    "key": HOST_KEYS | OWN_KEYS,
    "platform": HOST_KEYS | {"api_key": OWN_KEYS["api_key"]} | ENTRA_TOKENS,
}


async def openapi(request: Request) -> Response:
    """The document of this app."""
    auth = services().settings.http_auth
    fields = catalogue().model_dump_json()
    return JSONResponse(document(query_context().model_names, public_address().url, auth, fields=fields))


@lru_cache(maxsize=8)
def document(
    model_names: Sequence[str],
    address: str = "",
    auth: Literal["function", "key", "platform"] = "function",
    *,
    fields: str = "",
) -> dict[str, Any]:
    """The whole document: the models a chat request may ask for, where the app is, and who checks keys."""
    schemes = SCHEMES[auth]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Chat with your photos", "version": "1", "description": DESCRIPTION},
        "servers": [{"url": address or "/"}],
        "paths": operations.paths(),
        "components": {
            "schemas": schemas.schemas(model_names),
            "securitySchemes": schemes,
        },
        # On a laptop the host asks for no key unless it is told to.
        "security": [*({name: []} for name in schemes), *([{}] if auth == "function" else [])],
    }
