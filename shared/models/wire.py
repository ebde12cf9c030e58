"""
Requests that are sent to a model's server often, and read as they come: as JSON, not as the SDK's models.

Making a model of every request and of every chunk of an answer takes longer than all else that the SDK does for it.
"""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Protocol

import httpx2
import numpy as np
import orjson
from openai import AsyncOpenAI, AsyncStream, DefaultAioHttpClient

from shared.errors import Transient

Body = Mapping[str, Any]


Hook = Callable[[Any], Awaitable[None]]


class Chunks(Protocol):
    """The chunks of a streamed answer, whose connection is closed at the end of the block."""

    async def __aenter__(self) -> "Chunks": ...
    async def __aexit__(self, *error: object) -> None: ...
    def __aiter__(self) -> AsyncIterator[Body]: ...


def http_client(*hooks: Hook) -> httpx2.AsyncClient:
    """
    What sends the requests of a client of the SDK: aiohttp, as for storage and search, at less processor time.

    The hooks are called with each response.
    """
    return DefaultAioHttpClient(event_hooks={"response": [*hooks]})


async def complete_chat(client: AsyncOpenAI, body: Body) -> Body:
    """A whole answer of `POST /chat/completions`."""
    answer = await client.post("/chat/completions", cast_to=object, **_written(body))
    return _with("choices", answer)


async def stream_chat(client: AsyncOpenAI, body: Body) -> Chunks:
    """The same, chunk by chunk; an error among them is raised as the SDK raises it."""
    return await _stream(client, "/chat/completions", body)


async def create_response(client: AsyncOpenAI, body: Body) -> Body:
    """A whole answer of `POST /responses`."""
    answer = _body(await client.post("/responses", cast_to=object, **_written(body)))
    if "output" not in answer:
        raise _without("output")
    return answer


async def stream_response(client: AsyncOpenAI, body: Body) -> Chunks:
    """The events of the same, as they come."""
    return await _stream(client, "/responses", body)


async def embed(client: AsyncOpenAI, body: Body) -> tuple[list[list[float]], int]:
    """The vectors of `POST /embeddings`, in the order of its input, and the tokens of that; 0 where it does not say."""
    # Base64 is a quarter of what numbers take as text; servers that do not know it send numbers.
    answer = await client.post("/embeddings", cast_to=object, **_written({"encoding_format": "base64", **body}))
    body = _with("data", answer)
    data = sorted(body["data"], key=lambda each: each.get("index") or 0)
    usage = body.get("usage") or {}
    return [_vector(each["embedding"]) for each in data], usage.get("prompt_tokens") or 0


async def _stream(client: AsyncOpenAI, path: str, body: Body) -> Chunks:
    chunks: Any = await client.post(path, cast_to=object, **_written(body), stream=True, stream_cls=AsyncStream[object])
    return chunks  # type: ignore[no-any-return]


def _written(body: Body) -> dict[str, Any]:
    """The argument for a body: as JSON that is written here, in a tenth of the time that the SDK takes for a prompt."""
    try:
        return {"content": orjson.dumps(body)}
    except TypeError:  # what only Python's own encoder takes, such as an integer beyond 64 bits in a schema
        return {"body": body}


def _with(field: str, answer: object) -> dict[str, Any]:
    """An answer that has something in this field; Transient for any other."""
    body = _body(answer)
    if not body.get(field):
        raise _without(field)
    return body


def _without(field: str) -> Transient:
    return Transient(f"the model's server gave an answer without {field!r}")


def _body(answer: object) -> dict[str, Any]:
    """An answer as JSON, which some servers send as plain text; an empty one for what is none."""
    try:
        body = json.loads(answer) if isinstance(answer, str) else answer
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


def _vector(embedding: str | list[float]) -> list[float]:
    if isinstance(embedding, str):
        numbers: list[float] = np.frombuffer(base64.b64decode(embedding), dtype="<f4").tolist()
        return numbers
    return embedding
