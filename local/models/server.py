"""The HTTP application: its routes, the list of models, and errors in OpenAI's format."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.models.api.catalog import MODEL_NAMES
from local.models.api.errors import ApiError, unknown_model
from local.models.batch_endpoints import BatchEndpoints
from local.models.control import control_routes
from local.models.endpoints import ConnectionCloser, OpenAIEndpoints
from local.models.image_endpoints import ImageEndpoints
from local.models.inference import InferenceService
from local.models.personalities.catalog import BY_MODEL, PersonalityChoice
from local.models.personalities.model_lists import list_routes

STARTED_AT = int(time.time())
# OpenAI's paths, Azure OpenAI's, and Azure's older spelling, which names the model in the path.
BASE_PATHS = ("/v1", "/openai/v1", "/openai/deployments/{deployment}")


def create_app(
    inference: InferenceService, close_connection: ConnectionCloser, personality: PersonalityChoice | None = None
) -> Starlette:
    """The whole server. It answers at once and loads the models in the background."""
    endpoints = OpenAIEndpoints(inference, close_connection, personality or PersonalityChoice())
    batches = BatchEndpoints(endpoints)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        warm_up = asyncio.create_task(inference.warm_up())
        yield
        warm_up.cancel()
        batches.close()
        inference.close()

    routes = [
        route
        for base in BASE_PATHS
        for route in (
            Route(f"{base}/chat/completions", endpoints.chat_completions, methods=["POST"]),
            Route(f"{base}/responses", endpoints.responses, methods=["POST"]),
            Route(f"{base}/embeddings", endpoints.embeddings, methods=["POST"]),
            Route(f"{base}/models", _list_models),
            Route(f"{base}/models/{{name}}", _get_model),
            *batches.routes(base),
        )
    ]
    exception_handlers: Any = {ApiError: _api_error_response, 404: _unknown_url_response}
    return Starlette(
        routes=[
            *routes,
            *ImageEndpoints(endpoints).routes(),
            *list_routes(endpoints.personality),
            *control_routes(endpoints),
        ],
        exception_handlers=exception_handlers,
        lifespan=lifespan,
    )


def _model_object(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": STARTED_AT, "owned_by": "stand-in"}


async def _list_models(request: Request) -> Response:
    """`GET /v1/models`."""
    return JSONResponse({"object": "list", "data": [_model_object(name) for name in MODEL_NAMES]})


async def _get_model(request: Request) -> Response:
    """`GET /v1/models/{name}`."""
    name = request.path_params["name"]
    if name not in MODEL_NAMES and name not in BY_MODEL:
        raise unknown_model(name)
    return JSONResponse(_model_object(name))


async def _api_error_response(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return JSONResponse(error.body(), error.status, error.headers)


async def _unknown_url_response(request: Request, error: Exception) -> Response:
    message = f"Invalid URL ({request.method} {request.url.path})"
    return JSONResponse(ApiError(404, message).body(), 404)
