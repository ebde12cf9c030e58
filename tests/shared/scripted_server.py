"""An HTTP server on 127.0.0.1 that gives the answers a test tells it to, in order, and remembers the requests."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Answer:
    """
    One response; `body` is sent as JSON unless it is bytes.

    Faults: `broken` closes the connection without a response, `cut` within it, `garbage` answers what isn't HTTP.
    """

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Literal["", "broken", "cut", "garbage"] = ""

    def encode(self) -> bytes:
        if self.fault == "garbage":
            return b"garbage\r\n\r\n"
        is_json = not isinstance(self.body, bytes)
        content = json.dumps(self.body).encode() if is_json else self.body
        headers = {"Content-Type": "application/json" if is_json else "text/event-stream", **self.headers}
        lines = [f"HTTP/1.1 {self.status} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
        length = [] if self.fault == "cut" else [f"Content-Length: {len(content)}"]
        return "\r\n".join([*lines, *length, "", ""]).encode() + content


@dataclass(frozen=True)
class Request:
    """What the server was asked."""

    method: str
    target: str
    head: str
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class ScriptedServer:
    """Its `url`, the `requests` so far, and the answers still to give; the last one is repeated."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self._answers: deque[Answer] = deque([Answer()])

    def script(self, *answers: Answer) -> None:
        self._answers = deque(answers)
        self.requests.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._answer_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False when the connection ends."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split("\r\n", 1)[0].split(" ")
        length = next(
            (line.split(":")[1] for line in head.lower().split("\r\n") if line.startswith("content-len")), "0"
        )
        self.requests.append(Request(method, target, head, await reader.readexactly(int(length))))
        answer = self._answers.popleft() if len(self._answers) > 1 else self._answers[0]
        if answer.fault == "broken":
            return False
        writer.write(answer.encode())
        await writer.drain()
        return not answer.fault


@asynccontextmanager
async def scripted_server(*answers: Answer) -> AsyncIterator[ScriptedServer]:
    """A running server; without answers it answers everything with an empty 200."""
    server = ScriptedServer()
    if answers:
        server.script(*answers)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
