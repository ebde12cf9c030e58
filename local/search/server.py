"""The web application: who may ask, which door answers, and what every answer carries."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.search.doors.call import Call, parse_json
from local.search.doors.table import DOORS, Door
from local.search.errors import BadRequest, Forbidden, NotFound, SearchError, TooLarge, Unauthorized
from local.search.faults import BrokenConnection, Fault, Faults
from local.search.service import Service

log = logging.getLogger(__name__)
LARGEST_BODY = 16 * 1024 * 1024
VERSIONS = {
    "2020-06-30",
    "2021-04-30-Preview",
    "2023-07-01-Preview",
    "2023-10-01-Preview",
    "2023-11-01",
    "2024-03-01-Preview",
    "2024-05-01-preview",
    "2024-07-01",
    "2024-09-01-preview",
    "2024-11-01-preview",
    "2025-03-01-preview",
    "2025-05-01-preview",
    "2025-08-01-preview",
    "2025-09-01",
    "2025-11-01-preview",
    "2026-04-01",
}
KNOWN_VERSIONS = {version.lower() for version in VERSIONS}


@dataclass(frozen=True)
class Keys:
    """The admin key, which opens everything, and a query key, which only reads documents."""

    admin: str
    query: str | None = None

    def check(self, given: str | None, *, admin_only: bool) -> None:
        """Raise Unauthorized without a key, Forbidden with one that does not open this door."""
        if not given:
            raise Unauthorized("The api-key header is missing.")
        if same(given, self.admin) or (not admin_only and self.query is not None and same(given, self.query)):
            return
        raise Forbidden("The api-key is not valid for this operation.")


def same(given: str, key: str) -> bool:
    return hmac.compare_digest(given.encode(), key.encode())


@dataclass(frozen=True)
class Server:
    """Translates between HTTP and the doors."""

    service: Service
    keys: Keys
    faults: Faults
    semantic: bool
    # Searches go one by one, who came first goes first. More at a time only take turns in Python, and all are late.
    line: Executor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="search"))

    def app(self) -> Starlette:
        """Return the web application."""
        routes = [Route(path, self._endpoint(door), methods=[door.method]) for door in DOORS for path in door.paths]
        control = ["POST", "GET", "DELETE"]
        return Starlette(
            routes=[
                Route("/__health", health, methods=["GET"]),
                Route("/__faults", self._control_faults, methods=control),
                *routes,
            ],
            exception_handlers={404: unknown_route, 405: unknown_route},
        )

    def _endpoint(self, door: Door) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            started = time.perf_counter()
            try:
                response = await self._answer(door, request)
            except SearchError as error:
                response = error_response(error)
            except Exception:
                log.exception("failed at %s %s", request.method, request.url.path)
                response = error_response(SearchError("An error has occurred."))
            return dressed(response, request, started)

        return endpoint

    async def _answer(self, door: Door, request: Request) -> Response:
        body = await read_body(request)
        fault = self.faults.take(request.method, raw_path(request))
        if fault and (broken := await play(fault)):
            return broken
        self.keys.check(request.headers.get("api-key"), admin_only=door.admin)
        check_version(request.query_params.get("api-version"))
        call = Call(
            service=self.service,
            semantic=self.semantic,
            url=str(request.url),
            query=dict(request.query_params),
            path={name: str(value) for name, value in request.path_params.items()},
            headers=request.headers,
            body=body,
            document_fault=fault.documents if fault else None,
        )
        if door.searches:
            call = replace(call, arrived=call.index.written)
            return await asyncio.get_running_loop().run_in_executor(self.line, door.answer, call)
        return await run_in_threadpool(door.answer, call)

    async def _control_faults(self, request: Request) -> Response:
        """Queue, show or forget faults; only from this machine."""
        if request.client is not None and request.client.host not in ("127.0.0.1", "::1", "testclient"):
            return error_response(Forbidden("Faults can only be controlled from this machine."))
        try:
            if request.method == "POST":
                self.faults.add(Fault.parse(parse_json(await request.body())))
            if request.method == "DELETE":
                self.faults.clear()
        except SearchError as error:
            return error_response(error)
        return JSONResponse({"value": self.faults.waiting()})


def raw_path(request: Request) -> str:
    """The path as it was sent."""
    return str(request.url.path)


async def health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def unknown_route(request: Request, _: Exception) -> Response:
    return error_response(NotFound(f"There is no operation {request.method} {request.url.path}."))


async def read_body(request: Request) -> bytes:
    """Read a body of at most 16 MB."""
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > LARGEST_BODY:
            raise TooLarge("The request is larger than 16 MB.")
    return b"".join(parts)


def check_version(given: str | None) -> None:
    if given is None:
        raise BadRequest("The request is invalid. Details: The 'api-version' query parameter is required.")
    if given.lower() not in KNOWN_VERSIONS:
        raise BadRequest(f"The request is invalid. Details: The api-version '{given}' is not supported.")


async def play(fault: Fault) -> Response | None:
    """Wait as long as a fault says and return its broken answer, None if the door shall answer after all."""
    await fault.wait()
    if fault.reset:
        return BrokenConnection()
    if fault.status is None:
        return None
    headers = dict(fault.headers)
    error = {"error": {"code": "", "message": fault.message}}
    return JSONResponse(error, status_code=fault.status, headers=headers)


def error_response(error: SearchError) -> Response:
    return JSONResponse(error.body(), status_code=error.status)


def dressed(response: Response, request: Request, started: float) -> Response:
    """Add what every answer of the service carries."""
    if isinstance(response, PlainTextResponse | BrokenConnection):
        return response
    accepted = request.headers.get("accept", "")
    metadata = "none" if "odata.metadata=none" in accepted else "minimal"
    if response.body:
        response.headers["content-type"] = f"application/json; odata.metadata={metadata}"
    response.headers["OData-Version"] = "4.0"
    response.headers["request-id"] = request.headers.get("x-ms-client-request-id", "")
    response.headers["elapsed-time"] = str(round((time.perf_counter() - started) * 1000))
    return response
