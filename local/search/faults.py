"""
Faults on demand: the next requests that match are answered badly, or late.

A fault is JSON, every part optional:

    {"match": "docs/search.index", "method": "POST", "count": 3,
     "status": 503, "headers": {"Retry-After": "1"}, "message": "...",
     "delay": 0.5, "reset": false,
     "documents": {"status": 503, "every": 2, "message": "..."}}

`match` is a part of the path as it was sent; `count` how many requests it hits (default 1, 0: without end).
`documents` fails every n-th document of a batch instead of the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from local.search.errors import BadRequest
from local.search.query.reading import Reading

TOO_BUSY = "The search service is too busy to process this document. Please try again later."
PARTS = {"match", "method", "count", "status", "headers", "message", "delay", "reset", "documents"}
LONGEST_DELAY = 600


@dataclass(frozen=True)
class DocumentFault:
    """Every `every`-th document of a batch fails with this status."""

    status: int
    every: int
    message: str


@dataclass(frozen=True)
class Fault:
    match: str = ""
    method: str | None = None
    count: int = 1
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "The service is misbehaving as it was told to."
    delay: float = 0.0
    reset: bool = False
    documents: DocumentFault | None = None

    @classmethod
    def parse(cls, body: object) -> Fault:
        """Read a fault; BadRequest says what is wrong with it."""
        read = Reading(body, PARTS, "faults")
        headers = read.raw.get("headers") or {}
        if not isinstance(headers, Mapping):
            raise BadRequest.parameter("The value must be an object.", "headers")
        count = read.whole("count", 0, 1_000_000)
        return cls(
            match=read.text("match") or "",
            method=read.text("method"),
            count=1 if count is None else count,
            status=read.whole("status", 200, 599),
            headers={str(name): str(value) for name, value in headers.items()},
            message=read.text("message") or cls.message,
            delay=read.number("delay", 0, LONGEST_DELAY) or 0.0,
            reset=read.flag("reset"),
            documents=parse_documents(read.raw.get("documents")),
        )

    def hits(self, method: str, path: str) -> bool:
        return self.match in path and self.method in (None, method)

    async def wait(self) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)

    def body(self) -> dict[str, Any]:
        shown = {"match": self.match, "count": self.count, "status": self.status, "headers": dict(self.headers)}
        return {**shown, "delay": self.delay, "reset": self.reset, "documents": bool(self.documents)}


def parse_documents(raw: object) -> DocumentFault | None:
    if raw is None:
        return None
    read = Reading(raw, {"status", "every", "message"}, "faults")
    return DocumentFault(
        read.whole("status", 400, 599) or 503, read.whole("every", 1, 1000) or 1, read.text("message") or TOO_BUSY
    )


class Faults:
    """Faults that wait for their requests, in the order they were given."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.body() for fault in self._waiting]

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first fault that hits a request and count it down; 0 stands for no end."""
        with self._lock:
            for place, fault in enumerate(self._waiting):
                if fault.hits(method, path):
                    if fault.count == 1:
                        del self._waiting[place]
                    elif fault.count > 1:
                        self._waiting[place] = replace(fault, count=fault.count - 1)
                    return fault
        return None


class BrokenConnection(Response):
    """Cuts the connection without an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # uvicorn hands out no transport; the bound receive belongs to the object that has it.
        cycle = getattr(receive, "__self__", None)
        if cycle is not None:
            cycle.transport.abort()
