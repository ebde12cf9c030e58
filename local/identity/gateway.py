"""A server before a stand-in: it ends TLS, asks the door, and passes on as it comes what may go on."""

import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from email.utils import format_datetime

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from local.identity.doors import AdmittedRequest, IdentityRules, ServiceDoor
from local.identity.refusals import RefusedRequest

ADDRESS = "127.0.0.1"
HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
CREDENTIALS = {"authorization", "api-key"}
KEEP_ALIVE = 75.0  # seconds; longer than clients keep theirs, so that they are the first to close


@dataclass(frozen=True)
class Gateway:
    """Serves `upstream` on a port of 127.0.0.1 to whom the door admits."""

    door: ServiceDoor
    upstream: str
    port: int
    rules: IdentityRules

    async def start(self, tls: ssl.SSLContext, session: aiohttp.ClientSession) -> web.AppRunner:
        """Serve until the runner is cleaned up; requests end with the connection of whoever sent them."""

        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                admitted = await self.door.admit(request)
            except RefusedRequest as refusal:
                return web.Response(status=refusal.status, text=refusal.body, headers=self._headers(refusal.headers))
            if isinstance(admitted, web.Response):
                admitted.headers.update(self._headers({}))
                return admitted
            return await self._pass_on(request, admitted, session)

        app = web.Application(client_max_size=0)
        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(
            app, access_log=None, keepalive_timeout=KEEP_ALIVE, shutdown_timeout=1, handler_cancellation=True
        )
        await runner.setup()
        await web.TCPSite(runner, ADDRESS, self.port, ssl_context=tls, backlog=1024).start()
        return runner

    async def _pass_on(
        self, request: web.Request, admitted: AdmittedRequest, session: aiohttp.ClientSession
    ) -> web.StreamResponse:
        """The answer of the service; one that breaks off, or never begins, breaks off here as well."""
        query = f"?{admitted.query}" if admitted.query else ""
        target = URL(f"{self.upstream}{request.raw_path.partition('?')[0]}{query}", encoded=True)
        body = request.content.iter_any() if request.body_exists else None
        headers = {**_end_to_end(request.headers, CREDENTIALS), **admitted.headers}
        try:
            async with session.request(
                request.method, target, headers=headers, data=body, allow_redirects=False
            ) as answer:
                response = web.StreamResponse(status=answer.status, headers=self._headers(_end_to_end(answer.headers)))
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
                return response
        except aiohttp.ClientError:
            if request.transport:
                request.transport.abort()
            return web.Response(status=503)

    def _headers(self, headers: Mapping[str, str]) -> CIMultiDict[str]:
        """The headers of an answer, dated by the clock of the service."""
        dated = CIMultiDict(headers)
        dated["Date"] = format_datetime(self.rules.now(), usegmt=True)
        return dated


def _end_to_end(headers: CIMultiDictProxy[str], but: Collection[str] = ()) -> CIMultiDict[str]:
    return CIMultiDict(
        (name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP and name.lower() not in but
    )
