"""
Faults on demand: the next requests that match get an error, a delay or no response at all.

A fault is JSON, and every property is optional:

    {"match": "docs/search.index", "method": "POST", "count": 3,
     "status": 503, "headers": {"Retry-After": "1"}, "message": "...",
     "delay": 0.5, "reset": false,
     "documents": {"status": 503, "every": 2, "message": "..."}}

`match` is a part of the path as it was sent. `count` is how many requests the fault affects: 1 by default, 0 for
all of them. `documents` fails every n-th document of a batch instead of the whole request.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Self

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from local.search.errors import BadRequestError
from local.search.payload import PayloadReader

TOO_BUSY = "The search service is too busy to process this document. Please try again later."
PROPERTIES = {"match", "method", "count", "status", "headers", "message", "delay", "reset", "documents"}
MAX_DELAY_SECONDS = 600


@dataclass(frozen=True)
class DocumentFault:
    """Every `every`-th document of a batch fails with this status."""

    status: int
    every: int
    message: str


@dataclass(frozen=True)
class SearchFault:
    """What goes wrong, and for which requests."""

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
    def parse(cls, body: object) -> Self:
        """Read a fault; BadRequestError says what is wrong with it."""
        payload = PayloadReader(body, PROPERTIES, "faults")
        headers = payload.raw.get("headers") or {}
        if not isinstance(headers, Mapping):
            raise BadRequestError.for_parameter("The value must be an object.", "headers")
        count = payload.integer("count", 0, 1_000_000)
        return cls(
            match=payload.string("match") or "",
            method=payload.string("method"),
            count=1 if count is None else count,
            status=payload.integer("status", 200, 599),
            headers={str(name): str(value) for name, value in headers.items()},
            message=payload.string("message") or cls.message,
            delay=payload.number("delay", 0, MAX_DELAY_SECONDS) or 0.0,
            reset=payload.boolean("reset"),
            documents=parse_document_fault(payload.raw.get("documents")),
        )

    def matches(self, method: str, path: str) -> bool:
        return self.match in path and self.method in (None, method)

    async def wait(self) -> None:
        """Wait for the delay this fault asks for."""
        if self.delay:
            await asyncio.sleep(self.delay)

    def body(self) -> dict[str, Any]:
        return {
            "match": self.match,
            "count": self.count,
            "status": self.status,
            "headers": dict(self.headers),
            "delay": self.delay,
            "reset": self.reset,
            "documents": bool(self.documents),
        }


def parse_document_fault(raw: object) -> DocumentFault | None:
    if raw is None:
        return None
    payload = PayloadReader(raw, {"status", "every", "message"}, "faults")
    return DocumentFault(
        status=payload.integer("status", 400, 599) or 503,
        every=payload.integer("every", 1, 1000) or 1,
        message=payload.string("message") or TOO_BUSY,
    )


class SearchFaultQueue:
    """Faults that have not been used up, in the order they were added."""

    def __init__(self) -> None:
        self._pending: list[SearchFault] = []
        self._lock = Lock()

    def add(self, fault: SearchFault) -> None:
        with self._lock:
            self._pending.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._pending.clear()

    def bodies(self) -> list[dict[str, Any]]:
        """Return the pending faults as JSON."""
        with self._lock:
            return [fault.body() for fault in self._pending]

    def take(self, method: str, path: str) -> SearchFault | None:
        """Return the first fault that matches a request, and count it down unless its count is 0."""
        with self._lock:
            for position, fault in enumerate(self._pending):
                if fault.matches(method, path):
                    if fault.count == 1:
                        del self._pending[position]
                    elif fault.count > 1:
                        self._pending[position] = replace(fault, count=fault.count - 1)
                    return fault
        return None


class BrokenConnection(Response):
    """Cuts the connection without a response."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # uvicorn hands out no transport; the bound receive belongs to the object that has it.
        cycle = getattr(receive, "__self__", None)
        if cycle is not None:
            cycle.transport.abort()
