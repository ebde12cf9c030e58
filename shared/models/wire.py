"""
Requests that are sent to a model's server often, and read as they come: as JSON, not as the SDK's models.

Making a model of every request and of every chunk of an answer takes longer than all else that the SDK does for it.
"""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

import numpy as np
from openai import AsyncOpenAI, AsyncStream

from shared.errors import Transient

Body = Mapping[str, Any]


class Chunks(Protocol):
    """The chunks of a streamed answer, whose connection is closed at the end of the block."""

    async def __aenter__(self) -> "Chunks": ...
    async def __aexit__(self, *error: object) -> None: ...
    def __aiter__(self) -> AsyncIterator[Body]: ...


async def complete_chat(client: AsyncOpenAI, body: Body) -> Body:
    """A whole answer of `POST /chat/completions`."""
    answer = await client.post("/chat/completions", cast_to=object, body=body)
    return _with("choices", answer)


async def stream_chat(client: AsyncOpenAI, body: Body) -> Chunks:
    """The same, chunk by chunk; an error among them is raised as the SDK raises it."""
    chunks: Any = await client.post(
        "/chat/completions", cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object]
    )
    return chunks  # type: ignore[no-any-return]


async def embed(client: AsyncOpenAI, body: Body) -> tuple[list[list[float]], int]:
    """The vectors of `POST /embeddings`, in the order of its input, and the tokens of that; 0 where it does not say."""
    # Base64 is a quarter of what numbers take as text; servers that do not know it send numbers.
    answer = await client.post("/embeddings", cast_to=object, body={"encoding_format": "base64", **body})
    body = _with("data", answer)
    data = sorted(body["data"], key=lambda each: each.get("index") or 0)
    usage = body.get("usage") or {}
    return [_vector(each["embedding"]) for each in data], usage.get("prompt_tokens") or 0


def _with(field: str, answer: object) -> dict[str, Any]:
    """An answer that has this field, which some servers send as plain text; Transient for any other."""
    try:
        body = json.loads(answer) if isinstance(answer, str) else answer
    except ValueError:
        body = None
    if not isinstance(body, dict) or not body.get(field):
        raise Transient(f"the model's server gave an answer without {field!r}")
    return body


def _vector(embedding: str | list[float]) -> list[float]:
    if isinstance(embedding, str):
        numbers: list[float] = np.frombuffer(base64.b64decode(embedding), dtype="<f4").tolist()
        return numbers
    return embedding
