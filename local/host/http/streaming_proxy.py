"""HTTP functions that stream: requests and responses pass between client and worker without being buffered."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator, Mapping

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    web,
)
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from local.host.function_metadata import FunctionMetadata
from local.host.http.cors import add_cors_headers
from local.host.http.responses import (
    RequestBodyTooSlow,
    body_chunks,
    body_too_large_response,
    body_too_slow_response,
    error_response,
    raw_target,
    send_continue,
)
from local.host.invoker import Invocation, Invoker
from local.host.worker_channel import WorkerChannel

log = logging.getLogger(__name__)

_CONNECT_ATTEMPTS = 10
# The worker's server closes connections after five idle seconds: never reuse one that old.
_KEEPALIVE_TIMEOUT = 4.0
_REPLACED_HEADERS = {"x-ms-invocation-id", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "expect"}
_HOP_BY_HOP_HEADERS = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
    "te", "trailer", "transfer-encoding", "upgrade",
}  # fmt: skip
_NOT_ADDED_BY_CLIENT = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class RequestBodyStream:
    """A request body on its way to the worker; `refusal` is the response once a limit has cut it off."""

    def __init__(self, request: web.BaseRequest, limit: int) -> None:
        self._request = request
        self._limit = limit
        self.refusal: web.Response | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        size = 0
        try:
            async for chunk in body_chunks(self._request):
                size += len(chunk)
                if size > self._limit:
                    self.refusal = body_too_large_response()
                    raise ValueError("the request body is too large")
                yield chunk
        except RequestBodyTooSlow:
            self.refusal = body_too_slow_response()
            raise


class ProxiedResponse(web.StreamResponse):
    """A response that does not gain a content type on its way."""

    async def _prepare_headers(self) -> None:
        has_content_type = "Content-Type" in self.headers
        await super()._prepare_headers()
        if not has_content_type:
            self.headers.pop("Content-Type", None)


class StreamingProxy:
    """Forwards requests to the worker's HTTP server while the worker runs the function."""

    def __init__(self, address: str, worker: WorkerChannel, invoker: Invoker, body_limit: int) -> None:
        self._address = address
        self._worker = worker
        self._invoker = invoker
        self._body_limit = body_limit
        self._cleanups: set[asyncio.Task[None]] = set()
        self._session = ClientSession(
            connector=TCPConnector(limit=0, keepalive_timeout=_KEEPALIVE_TIMEOUT),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=None, sock_connect=5),
            auto_decompress=False,
            max_line_size=65536,
            max_field_size=65536,
        )

    async def close(self) -> None:
        await self._session.close()

    async def handle(
        self,
        request: web.BaseRequest,
        function: FunctionMetadata,
        route_values: Mapping[str, str],
        extra_headers: Mapping[str, str],
    ) -> web.StreamResponse:
        """Run the function for this request; if the client leaves, forwarding is cancelled at once."""
        if (request.content_length or 0) > self._body_limit:
            return body_too_large_response()
        invocation_id = str(uuid.uuid4())
        invocation = asyncio.create_task(self._invoke(request, function, route_values, invocation_id))
        try:
            return await self._forward(request, invocation_id, extra_headers)
        finally:
            cleanup = asyncio.create_task(self._clean_up(invocation, invocation_id))
            self._cleanups.add(cleanup)
            cleanup.add_done_callback(self._cleanups.discard)

    async def _invoke(
        self,
        request: web.BaseRequest,
        function: FunctionMetadata,
        route_values: Mapping[str, str],
        invocation_id: str,
    ) -> None:
        params = dict(route_values)
        rpc_http = {"method": request.method, "url": "", "headers": {}, "query": {}, "params": params, "body": b""}
        inputs = ((function.trigger.name, ("http", rpc_http)),)
        invocation = Invocation(f"{request.method} {request.path}", inputs, {}, streams_http=True)
        await self._invoker.invoke(function, invocation, invocation_id)

    async def _clean_up(self, invocation: asyncio.Task[None], invocation_id: str) -> None:
        self._worker.notify("abandon", invocation_id)
        await asyncio.wait([invocation])
        self._worker.notify("forget", invocation_id)

    async def _forward(
        self, request: web.BaseRequest, invocation_id: str, extra_headers: Mapping[str, str]
    ) -> web.StreamResponse:
        await send_continue(request)
        body = RequestBodyStream(request, self._body_limit)
        try:
            upstream = await self._send_to_worker(request, invocation_id, body)
        except ClientError as error:
            if body.refusal:
                return body.refusal
            log.error("the worker did not answer %s %s: %s", request.method, request.path, error)
            return error_response(502, "The worker did not answer.")
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(upstream.close)
            response = await self._send_to_client(request, upstream, extra_headers)
            stack.pop_all()
            upstream.release()
            return response

    async def _send_to_worker(
        self, request: web.BaseRequest, invocation_id: str, body: RequestBodyStream
    ) -> ClientResponse:
        for attempt in range(1, _CONNECT_ATTEMPTS + 1):
            try:
                return await self._session.request(
                    request.method,
                    URL(self._address + raw_target(request), encoded=True),
                    headers=_worker_request_headers(request, invocation_id),
                    skip_auto_headers=_NOT_ADDED_BY_CLIENT,
                    data=body.chunks() if request.body_exists else None,
                    allow_redirects=False,
                )
            except ClientConnectorError:
                if attempt == _CONNECT_ATTEMPTS:
                    raise
                await asyncio.sleep(min(0.05 * attempt, 0.25))
        raise AssertionError("unreachable")

    async def _send_to_client(
        self, request: web.BaseRequest, upstream: ClientResponse, extra_headers: Mapping[str, str]
    ) -> web.StreamResponse:
        headers = _end_to_end_headers(upstream.headers)
        add_cors_headers(headers, extra_headers)
        response = ProxiedResponse(status=upstream.status, reason=upstream.reason, headers=headers)
        await response.prepare(request)
        try:
            async for chunk in upstream.content.iter_any():
                await response.write(chunk)
        except ClientError:
            # The function failed midway: the client must see a broken response, not a short one.
            if request.transport is not None:
                request.transport.abort()
        return response


def _worker_request_headers(request: web.BaseRequest, invocation_id: str) -> CIMultiDict[str]:
    """The client's headers and those a proxy adds; an invocation id sent by the client is dropped."""
    headers = _end_to_end_headers(request.headers)
    for name in _REPLACED_HEADERS:
        headers.popall(name, None)
    headers["x-ms-invocation-id"] = invocation_id
    headers["X-Forwarded-For"] = request.remote or ""
    headers["X-Forwarded-Host"] = request.host
    headers["X-Forwarded-Proto"] = request.scheme
    return headers


def _end_to_end_headers(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """The headers that are not about one connection only."""
    connection = {name.strip().lower() for value in headers.getall("Connection", ()) for name in value.split(",")}
    dropped = _HOP_BY_HOP_HEADERS | connection
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in dropped)
