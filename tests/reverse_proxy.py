"""A reverse proxy as people put before an app: it ends TLS, takes a path off and passes everything on as it comes."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from tests.certificate import certify

HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}


@dataclass(frozen=True)
class ReverseProxy:
    """Serves `upstream` below `base_path` of 127.0.0.1:`port`."""

    upstream: str
    port: int
    base_path: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if not request.raw_path.startswith(f"{self.base_path}/"):
            return web.Response(status=404, text="another app of this host")
        target = URL(self.upstream + request.raw_path.removeprefix(self.base_path), encoded=True)
        body = request.content.iter_any() if request.body_exists else None
        async with (
            aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(
                request.method, target, headers=self._headers(request), data=body, allow_redirects=False
            ) as answer,
        ):
            response = web.StreamResponse(status=answer.status, headers=end_to_end(answer.headers))
            await response.prepare(request)
            async for chunk in answer.content.iter_any():
                await response.write(chunk)
            return response

    def _headers(self, request: web.Request) -> CIMultiDict[str]:
        """What nginx and others are commonly told to add; whatever the client says of itself is replaced."""
        headers = end_to_end(request.headers)
        headers["X-Forwarded-For"] = request.remote or ""
        headers["X-Forwarded-Host"] = request.host
        headers["X-Forwarded-Proto"] = request.scheme
        return headers

    @asynccontextmanager
    async def serving(self, tls: ssl.SSLContext | None) -> AsyncIterator[None]:
        app = web.Application(client_max_size=0)
        app.router.add_route("*", "/{path:.*}", self.handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self.port, ssl_context=tls).start()
            yield
        finally:
            await runner.cleanup()


def end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP)


def tls_context(folder: Path, *hosts: str) -> ssl.SSLContext:
    """For a server of these hosts, with a certificate that clients have to be told to accept."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certify(folder, *hosts))
    return context


@contextmanager
def running(proxy: ReverseProxy, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    """Serve it from a loop in a thread of its own."""
    ready, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with proxy.serving(tls):
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    try:
        assert ready.wait(30)
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()
