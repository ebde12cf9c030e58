"""A model server that plays the replies a test scripts, and forwards everything else to another server."""

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
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return chunk() | {"choices": [], "usage": counts}


def says(*pieces: str, finish: str = "stop", tokens: tuple[int, int] | None = (10, 5)) -> Round:
    """A streamed answer in these pieces."""
    return Round([*(chunk(content=piece) for piece in pieces), chunk(finish), *([usage(*tokens)] if tokens else [])])


def calls(*names_and_arguments: tuple[str, str]) -> Round:
    """A reply that calls tools, given by name and by arguments as JSON text."""
    tool_calls = [
        {"index": number, "id": f"c{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for number, (name, arguments) in enumerate(names_and_arguments)
    ]
    return Round([chunk(tool_calls=tool_calls), chunk("tool_calls"), usage(7, 3)])


def refuses(status: int, message: str, *, code: str | None = None, param: str | None = None, **headers: str) -> Round:
    """An error instead of a reply."""
    header_values = {name.replace("_", "-"): value for name, value in headers.items()}
    return Round(
        status=status, headers=header_values, error={"message": message, "code": code, "param": param, "type": "x"}
    )


class ScriptedModel:
    """The server; `requests` are the chat requests since the last script."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.upstream: str | None = None
        self.requests: list[dict[str, Any]] = []
        self.abandoned = 0  # streams whose reader hung up before their end
        self._rounds: deque[Round] = deque()

    def script(self, *rounds: Round) -> None:
        """Set the replies to the next chat requests, in order."""
        self.requests.clear()
        self.abandoned = 0
        self._rounds = deque(rounds)

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        if not self._rounds:
            return await self.forward(request)
        round_ = self._rounds.popleft()
        if round_.status != 200:
            return JSONResponse({"error": round_.error}, round_.status, dict(round_.headers))
        if body.get("stream"):
            return StreamingResponse(self._stream(round_), media_type="text/event-stream")
        return JSONResponse(whole_answer(round_))

    async def _stream(self, round_: Round) -> AsyncIterator[str]:
        complete = False
        try:
            for each in round_.chunks:
                await asyncio.sleep(round_.pause)
                yield each if isinstance(each, str) else f"data: {json.dumps(each)}\n\n"
            yield "data: [DONE]\n\n"
            complete = True
        finally:
            self.abandoned += not complete

    async def forward(self, request: Request) -> Response:
        if self.upstream is None:
            return JSONResponse({"object": "list", "data": []})
        headers = {"authorization": request.headers.get("authorization", ""), "content-type": "application/json"}
        async with httpx.AsyncClient(trust_env=False, timeout=120) as http:
            target = self.upstream + request.url.path.removeprefix("/v1")
            reply = await http.request(request.method, target, content=await request.body(), headers=headers)
        return Response(reply.content, reply.status_code, media_type=reply.headers.get("content-type"))


def whole_answer(round_: Round) -> dict[str, Any]:
    """The body of a reply that is not streamed."""
    deltas = [choice["delta"] for each in round_.chunks if isinstance(each, dict) for choice in each["choices"]]
    text = "".join(delta.get("content") or "" for delta in deltas)
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "s", "object": "chat.completion", "created": 1, "model": "scripted", "choices": [choice]}


@contextmanager
def running_scripted_model() -> Iterator[ScriptedModel]:
    model = ScriptedModel()
    routes = [
        Route("/v1/chat/completions", model.chat, methods=["POST"]),
        Route("/v1/embeddings", model.forward, methods=["POST"]),
        Route("/v1/models", model.forward),
    ]
    # Tests hold the interpreter, so this thread may end an idle connection on which a request is already under way.
    config = uvicorn.Config(Starlette(routes=routes), port=model.port, log_level="warning", timeout_keep_alive=600)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()

    def started() -> None:
        assert listening(model.port)

    eventually(started)
    try:
        yield model
    finally:
        server.should_exit = True
        thread.join(10)
