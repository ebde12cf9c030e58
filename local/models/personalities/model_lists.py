"""The lists by which Ollama and LM Studio tell what their models can do; others have only OpenAI's."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.e5 import DIMENSIONS
from local.models.api.catalog import EMBEDDING_DIMENSIONS, MODEL_NAMES, VISION_MODEL
from local.models.api.requests import parse_json
from local.models.personalities.catalog import PersonalityChoice

OLLAMA = {"ollama", "ollama-gemma3"}
NOT_FOUND = ("404 page not found", 404)


def list_routes(choice: PersonalityChoice) -> list[Route]:
    """The routes of both servers; each is there only while the stand-in answers as that server."""

    async def tags(request: Request) -> Response:
        if choice.name not in OLLAMA:
            return Response(*NOT_FOUND)
        return JSONResponse({"models": [{"name": name, "model": name, "details": {}} for name in MODEL_NAMES]})

    async def show(request: Request) -> Response:
        name = parse_json(await request.body()).get("model")
        if choice.name not in OLLAMA:
            return Response(*NOT_FOUND)
        if name not in MODEL_NAMES:
            return JSONResponse({"error": f"model '{name}' not found"}, 404)
        info = {
            "general.architecture": "stand-in",
            "stand-in.embedding_length": EMBEDDING_DIMENSIONS.get(name, DIMENSIONS),
        }
        return JSONResponse({"details": {}, "model_info": info, "capabilities": _capabilities(choice.name, name)})

    async def lm_studio(request: Request) -> Response:
        if choice.name != "lm-studio":
            return Response(*NOT_FOUND)
        return JSONResponse({"object": "list", "data": [_lm_studio_model(name) for name in MODEL_NAMES]})

    return [
        Route("/api/tags", tags),
        Route("/api/show", show, methods=["POST"]),
        Route("/api/v0/models", lm_studio),
    ]


def _capabilities(family: str, model: str) -> list[str]:
    if model in EMBEDDING_DIMENSIONS:
        return ["embedding"]
    sees = ["vision"] if model == VISION_MODEL else []
    return ["completion", *sees, *(["tools", "thinking"] if family == "ollama" else [])]


def _lm_studio_model(name: str) -> dict[str, Any]:
    kind = "embeddings" if name in EMBEDDING_DIMENSIONS else "vlm" if name == VISION_MODEL else "llm"
    return {"id": name, "object": "model", "type": kind, "state": "loaded", "max_context_length": 32768}
