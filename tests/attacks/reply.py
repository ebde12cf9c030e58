"""Replies as they come over a connection."""

import json
import socket
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from io import BufferedReader
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One reply; `status` is 0 where the connection was closed without one."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    seconds: float = 0

    @property
    def names(self) -> set[str]:
        return {name.lower() for name, _ in self.headers}

    def header(self, name: str) -> str:
        """The values of a header, joined; empty if there is none."""
        return ", ".join(value for each, value in self.headers if each.lower() == name)

    def json(self) -> Any:
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"{self.status} {self.body[:300].decode('utf-8', 'replace')}"


def read_reply(connection: socket.socket, method: str, start: float) -> Reply:
    """The reply to the only request on a connection."""
    response = HTTPResponse(connection, method=method)
    try:
        response.begin()
        body = response.read()
    except (OSError, HTTPException):
        return Reply(response.status if isinstance(response.status, int) else 0, seconds=time.monotonic() - start)
    return Reply(response.status, tuple(response.getheaders()), body, time.monotonic() - start)


class _SharedSocket:
    """What HTTPResponse reads from: one buffer for all replies of a connection, which none of them closes."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream

    def makefile(self, *_: Any) -> "_SharedSocket":
        return self

    def close(self) -> None:
        """The next reply comes out of the same buffer."""

    def flush(self) -> None:
        """Nothing is written."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def read_replies(connection: socket.socket) -> list[Reply]:
    """All replies that come, until the connection is closed or nothing comes for its timeout."""
    replies: list[Reply] = []
    stream = _SharedSocket(connection.makefile("rb"))
    while True:
        start = time.monotonic()
        response = HTTPResponse(stream)  # type: ignore[arg-type]
        try:
            response.begin()
            body = response.read()
        except (OSError, HTTPException):
            return replies
        replies.append(Reply(response.status, tuple(response.getheaders()), body, time.monotonic() - start))
