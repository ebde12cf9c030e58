"""HTTP functions that stream: requests and responses pass between client and worker without being stored."""

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

from .functions import Function
from .invocations import Invoker, Start
from .replies import accept_body, error_reply, raw_target, too_large
from .worker import Worker

log = logging.getLogger(__name__)

_CONNECT_ATTEMPTS = 10
# The worker's server hangs up after five idle seconds: never reuse a connection that old.
_KEEP_ALIVE = 4.0
_OWN = {"x-ms-invocation-id", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "expect"}
_HOP_BY_HOP = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
    "te", "trailer", "transfer-encoding", "upgrade",
}  # fmt: skip
_NOTHING_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Upload:
    """A request body on its way through; `too_large` says that it was cut off."""

    def __init__(self, request: web.BaseRequest, limit: int) -> None:
        self._request = request
        self._limit = limit
        self.too_large = False

    async def chunks(self) -> AsyncIterator[bytes]:
        passed = 0
        async for chunk in self._request.content.iter_any():
            passed += len(chunk)
            if passed > self._limit:
                self.too_large = True
                raise ValueError("the request body is too large")
            yield chunk


class Relayed(web.StreamResponse):
    """A response that gains no content type on its way."""

    async def _prepare_headers(self) -> None:
        given = "Content-Type" in self.headers
        await super()._prepare_headers()
        if not given:
            self.headers.pop("Content-Type", None)


class Streams:
    """Forwards requests to the worker's HTTP server while the worker runs the function."""

    def __init__(self, address: str, worker: Worker, invoker: Invoker, limit: int) -> None:
        self._address = address
        self._worker = worker
        self._invoker = invoker
        self._limit = limit
        self._ending: set[asyncio.Task[None]] = set()
        self._session = ClientSession(
            connector=TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=None, sock_connect=5),
            auto_decompress=False,
            max_line_size=65536,
            max_field_size=65536,
        )

    async def close(self) -> None:
        await self._session.close()

    async def answer(
        self, request: web.BaseRequest, function: Function, values: Mapping[str, str], extra: Mapping[str, str]
    ) -> web.StreamResponse:
        """Run the function for this request; a client that leaves cancels the forwarding at once."""
        if (request.content_length or 0) > self._limit:
            return too_large()
        identity = str(uuid.uuid4())
        invocation = asyncio.create_task(self._invoke(request, function, values, identity))
        try:
            return await self._forward(request, identity, extra)
        finally:
            ending = asyncio.create_task(self._end(invocation, identity))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def _invoke(
        self, request: web.BaseRequest, function: Function, values: Mapping[str, str], identity: str
    ) -> None:
        http = {"method": request.method, "url": "", "headers": {}, "query": {}, "params": dict(values), "body": b""}
        inputs = ((function.trigger.name, ("http", http)),)
        start = Start(f"{request.method} {request.path}", inputs, {}, streams=True)
        await self._invoker.invoke(function, start, identity)

    async def _end(self, invocation: "asyncio.Task[None]", identity: str) -> None:
        self._worker.tell("abandon", identity)
        await asyncio.wait([invocation])
        self._worker.tell("forget", identity)

    async def _forward(self, request: web.BaseRequest, identity: str, extra: Mapping[str, str]) -> web.StreamResponse:
        await accept_body(request)
        upload = Upload(request, self._limit)
        try:
            upstream = await self._connect(request, identity, upload)
        except ClientError as error:
            if upload.too_large:
                return too_large()
            log.error("the worker did not answer %s %s: %s", request.method, request.path, error)
            return error_reply(502, "The worker did not answer.")
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(upstream.close)
            response = await self._relay(request, upstream, extra)
            stack.pop_all()
            upstream.release()
            return response

    async def _connect(self, request: web.BaseRequest, identity: str, upload: Upload) -> ClientResponse:
        for attempt in range(1, _CONNECT_ATTEMPTS + 1):
            try:
                return await self._session.request(
                    request.method,
                    URL(self._address + raw_target(request), encoded=True),
                    headers=request_headers(request, identity),
                    skip_auto_headers=_NOTHING_ADDED,
                    data=upload.chunks() if request.body_exists else None,
                    allow_redirects=False,
                )
            except ClientConnectorError:
                if attempt == _CONNECT_ATTEMPTS:
                    raise
                await asyncio.sleep(min(0.05 * attempt, 0.25))
        raise AssertionError("unreachable")

    async def _relay(
        self, request: web.BaseRequest, upstream: ClientResponse, extra: Mapping[str, str]
    ) -> web.StreamResponse:
        headers = passing(upstream.headers)
        headers.update(extra)
        response = Relayed(status=upstream.status, reason=upstream.reason, headers=headers)
        await response.prepare(request)
        try:
            async for chunk in upstream.content.iter_any():
                await response.write(chunk)
        except ClientError:
            # The function broke off: the client must see a broken response, not a short one.
            if request.transport is not None:
                request.transport.abort()
        return response


def request_headers(request: web.BaseRequest, identity: str) -> CIMultiDict[str]:
    """The client's headers, and what a proxy adds; an invocation id sent by the client is dropped."""
    headers = passing(request.headers)
    for name in _OWN:
        headers.popall(name, None)
    headers["x-ms-invocation-id"] = identity
    headers["X-Forwarded-For"] = request.remote or ""
    headers["X-Forwarded-Host"] = request.host
    headers["X-Forwarded-Proto"] = request.scheme
    return headers


def passing(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """The headers that are not about one connection only."""
    named = {name.strip().lower() for value in headers.getall("Connection", ()) for name in value.split(",")}
    dropped = _HOP_BY_HOP | named
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in dropped)
