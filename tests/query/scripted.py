"""A model server that says what a test tells it to, and passes everything else on to another."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.machine import eventually, free_port, listening

Chunk = dict[str, Any]


@dataclass(frozen=True)
class Round:
    """One reply: the chunks of a stream, or an error; `pause` seconds before each chunk."""

    chunks: Sequence[Chunk | str] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)
    pause: float = 0.0


def chunk(finish: str | None = None, **delta: Any) -> Chunk:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "s", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [choice]}


def usage(prompt: int, completion: int) -> Chunk:
    counted = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return chunk() | {"choices": [], "usage": counted}


def says(*pieces: str, finish: str = "stop", tokens: tuple[int, int] | None = (10, 5)) -> Round:
    """A streamed answer in these pieces."""
    return Round([*(chunk(content=piece) for piece in pieces), chunk(finish), *([usage(*tokens)] if tokens else [])])


def calls(*made: tuple[str, str]) -> Round:
    """Whole tool calls: names with their arguments as JSON text."""
    listed = [
        {"index": number, "id": f"c{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for number, (name, arguments) in enumerate(made)
    ]
    return Round([chunk(tool_calls=listed), chunk("tool_calls"), usage(7, 3)])


def refuses(status: int, message: str, *, code: str | None = None, param: str | None = None, **headers: str) -> Round:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Round(status=status, headers=named, error={"message": message, "code": code, "param": param, "type": "x"})


class Scripted:
    """The server; `requests` are the chat requests it got since the last script."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.upstream: str | None = None
        self.requests: list[dict[str, Any]] = []
        self.left = 0  # streams whose reader hung up before their end
        self._rounds: deque[Round] = deque()

    def script(self, *rounds: Round) -> None:
        """What the next chat requests get, in order."""
        self.requests.clear()
        self.left = 0
        self._rounds = deque(rounds)

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        if not self._rounds:
            return await self.passed(request)
        played = self._rounds.popleft()
        if played.status != 200:
            return JSONResponse({"error": played.error}, played.status, dict(played.headers))
        if body.get("stream"):
            return StreamingResponse(self._stream(played), media_type="text/event-stream")
        return JSONResponse(whole(played))

    async def _stream(self, played: Round) -> AsyncIterator[str]:
        ended = False
        try:
            for each in played.chunks:
                await asyncio.sleep(played.pause)
                yield each if isinstance(each, str) else f"data: {json.dumps(each)}\n\n"
            yield "data: [DONE]\n\n"
            ended = True
        finally:
            self.left += not ended

    async def passed(self, request: Request) -> Response:
        if self.upstream is None:
            return JSONResponse({"object": "list", "data": []})
        headers = {"authorization": request.headers.get("authorization", ""), "content-type": "application/json"}
        async with httpx.AsyncClient(trust_env=False, timeout=120) as http:
            target = self.upstream + request.url.path.removeprefix("/v1")
            reply = await http.request(request.method, target, content=await request.body(), headers=headers)
        return Response(reply.content, reply.status_code, media_type=reply.headers.get("content-type"))


def whole(played: Round) -> dict[str, Any]:
    """A round as an answer in one piece."""
    deltas = [choice["delta"] for each in played.chunks if isinstance(each, dict) for choice in each["choices"]]
    text = "".join(delta.get("content") or "" for delta in deltas)
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "s", "object": "chat.completion", "created": 1, "model": "scripted", "choices": [choice]}


@contextmanager
def running_script() -> Iterator[Scripted]:
    made = Scripted()
    routes = [
        Route("/v1/chat/completions", made.chat, methods=["POST"]),
        Route("/v1/embeddings", made.passed, methods=["POST"]),
        Route("/v1/models", made.passed),
    ]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=made.port, log_level="warning"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()

    def up() -> None:
        assert listening(made.port)

    eventually(up)
    try:
        yield made
    finally:
        server.should_exit = True
        thread.join(10)
