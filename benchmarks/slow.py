"""A model that speaks slowly: a word every 20 milliseconds; embeddings come from the real stand-in."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from threading import Thread

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.machine import eventually, free_port, listening

ANSWER = "The photo you are looking for is this one, taken on a fine day, as far as one can see from here [1]. "
WORDS = ANSWER.split()
PAUSE = 0.02


async def speak() -> AsyncIterator[str]:
    for number, word in enumerate(WORDS * 4):
        await asyncio.sleep(PAUSE)
        yield chunk({"content": word if not number else f" {word}"}, None)
    yield chunk({}, "stop")
    yield "data: [DONE]\n\n"


def chunk(delta: dict[str, str], reason: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    body = {"id": "slow", "object": "chat.completion.chunk", "created": 0, "model": "slow", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n"


async def chat(request: Request) -> StreamingResponse:
    await request.body()
    return StreamingResponse(speak(), media_type="text/event-stream")


@contextmanager
def slow_model(embeddings: str) -> Iterator[str]:
    """Its address, while it serves; `embeddings` is the base URL of a server that embeds."""

    async def embed(request: Request) -> Response:
        async with httpx.AsyncClient(trust_env=False) as http:
            reply = await http.post(f"{embeddings}/embeddings", content=await request.body())
        return Response(reply.content, reply.status_code, media_type="application/json")

    async def models(_: Request) -> Response:
        return Response('{"object": "list", "data": []}', media_type="application/json")

    routes = [
        Route("/v1/chat/completions", chat, methods=["POST"]),
        Route("/v1/embeddings", embed, methods=["POST"]),
        Route("/v1/models", models),
    ]
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=port, log_level="warning"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()

    def up() -> None:
        assert listening(port)

    eventually(up)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
