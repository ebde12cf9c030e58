"""The web application: checks the key and the api-version, calls the handler and completes its response."""

import hmac
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.search.errors import (
    BadRequestError,
    ForbiddenError,
    RequestTooLargeError,
    ResourceNotFoundError,
    SearchServiceError,
    UnauthorizedError,
)
from local.search.faults import BrokenConnection, SearchFault, SearchFaultQueue
from local.search.handlers.request import ApiRequest, parse_json
from local.search.handlers.routes import ROUTES, ApiRoute
from local.search.payload import PayloadReader
from local.search.search_queue import SearchQueue, is_long
from local.search.service import SearchService

log = logging.getLogger(__name__)
MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_LAG = 3600.0  # seconds
API_VERSIONS = {
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
LOWERCASE_VERSIONS = {version.lower() for version in API_VERSIONS}


@dataclass(frozen=True)
class ApiKeys:
    """The admin key, which allows everything, and a query key, which only reads documents."""

    admin: str
    query: str | None = None

    def check(self, key: str | None, *, admin_only: bool) -> None:
        """Raise UnauthorizedError without a key, ForbiddenError with one that is not enough."""
        if not key:
            raise UnauthorizedError("The api-key header is missing.")
        if keys_equal(key, self.admin):
            return
        if not admin_only and self.query is not None and keys_equal(key, self.query):
            return
        raise ForbiddenError("The api-key is not valid for this operation.")


def keys_equal(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


@dataclass(frozen=True)
class SearchApp:
    """Translates between HTTP and the handlers."""

    service: SearchService
    keys: ApiKeys
    faults: SearchFaultQueue
    semantic_enabled: bool
    searches: SearchQueue = field(default_factory=SearchQueue)

    def starlette(self) -> Starlette:
        """Return the web application."""
        return Starlette(
            routes=[
                Route("/__health", health, methods=["GET"]),
                Route("/__faults", self._manage_faults, methods=["POST", "GET", "DELETE"]),
                Route("/__options", self._manage_options, methods=["POST", "GET"]),
                *(
                    Route(path, self._endpoint(route), methods=[route.method])
                    for route in ROUTES
                    for path in route.paths
                ),
            ],
            exception_handlers={404: unknown_route, 405: unknown_route},
        )

    def _endpoint(self, route: ApiRoute) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            started = time.perf_counter()
            try:
                response = await self._handle(route, request)
            except SearchServiceError as error:
                response = error_response(error)
            except Exception:
                log.exception("failed at %s %s", request.method, request.url.path)
                response = error_response(SearchServiceError("An error has occurred."))
            return with_service_headers(response, request, started)

        return endpoint

    async def _handle(self, route: ApiRoute, request: Request) -> Response:
        body = await read_body(request)
        fault = self.faults.take(request.method, str(request.url.path))
        if fault and (fault_response := await apply_fault(fault)):
            return fault_response
        self.keys.check(request.headers.get("api-key"), admin_only=route.admin)
        check_version(request.query_params.get("api-version"))
        api_request = ApiRequest(
            service=self.service,
            semantic_enabled=self.semantic_enabled,
            url=str(request.url),
            query_params=dict(request.query_params),
            path_params={name: str(value) for name, value in request.path_params.items()},
            headers=request.headers,
            body=body,
            document_fault=fault.documents if fault else None,
        )
        if route.is_search:
            queued = replace(api_request, arrival_sequence=api_request.index.last_sequence)
            return await self.searches.run(partial(route.handler, queued), is_long=is_long(body, request.url.query))
        return await run_in_threadpool(route.handler, api_request)

    async def _manage_faults(self, request: Request) -> Response:
        """Queue, list or delete faults; only from this machine."""
        if not is_local(request):
            return error_response(ForbiddenError("Faults can only be controlled from this machine."))
        try:
            if request.method == "POST":
                self.faults.add(SearchFault.parse(parse_json(await request.body())))
            if request.method == "DELETE":
                self.faults.clear()
        except SearchServiceError as error:
            return error_response(error)
        return JSONResponse({"value": self.faults.bodies()})

    async def _manage_options(self, request: Request) -> Response:
        """Show or change the lag, `{"lag": seconds}`; only from this machine."""
        if not is_local(request):
            return error_response(ForbiddenError("Options can only be changed from this machine."))
        try:
            if request.method == "POST":
                lag = PayloadReader(parse_json(await request.body()), {"lag"}, "options").number("lag", 0, MAX_LAG)
                await run_in_threadpool(self.service.set_lag, lag or 0.0)
        except SearchServiceError as error:
            return error_response(error)
        return JSONResponse({"lag": self.service.lag})


def is_local(request: Request) -> bool:
    return request.client is None or request.client.host in ("127.0.0.1", "::1", "testclient")


async def health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def unknown_route(request: Request, _: Exception) -> Response:
    return error_response(ResourceNotFoundError(f"There is no operation {request.method} {request.url.path}."))


async def read_body(request: Request) -> bytes:
    """Read a body of at most 16 MB."""
    chunks, size = [], 0
    async for chunk in request.stream():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise RequestTooLargeError("The request is larger than 16 MB.")
    return b"".join(chunks)


def check_version(version: str | None) -> None:
    if version is None:
        raise BadRequestError("The request is invalid. Details: The 'api-version' query parameter is required.")
    if version.lower() not in LOWERCASE_VERSIONS:
        raise BadRequestError(f"The request is invalid. Details: The api-version '{version}' is not supported.")


async def apply_fault(fault: SearchFault) -> Response | None:
    """Wait as long as a fault says and return its response, None if the request is to be handled after all."""
    await fault.wait()
    if fault.reset:
        return BrokenConnection()
    if fault.status is None:
        return None
    error = {"error": {"code": "", "message": fault.message}}
    return JSONResponse(error, status_code=fault.status, headers=dict(fault.headers))


def error_response(error: SearchServiceError) -> Response:
    return JSONResponse(error.body(), status_code=error.status)


def with_service_headers(response: Response, request: Request, started: float) -> Response:
    """Add the headers every response of the service carries."""
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
