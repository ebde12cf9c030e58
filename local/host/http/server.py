"""The server of the host: its limits are those of the real host's server, Kestrel, where aiohttp has none."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web_protocol import RequestHandler

HEADERS_TIMEOUT = 30.0  # seconds from the connection to the end of the first request's headers
KEEP_ALIVE_TIMEOUT = 130.0  # seconds without a complete request, afterwards


class Connection(RequestHandler):
    """A connection that is closed unless it brings a request in time."""

    def __init__(self, *arguments: Any, headers_timeout: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._headers_timeout = headers_timeout
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._timer = asyncio.get_running_loop().call_later(self._headers_timeout, transport.close)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.stop_timer()
        super().connection_lost(exc)

    def log_exception(self, *arguments: Any, **options: Any) -> None:
        """Log it, unless it is a malformed request: that error quotes the request, and the key in it."""
        if not isinstance(options.get("exc_info"), BadHttpMessage):
            super().log_exception(*arguments, **options)

    def stop_timer(self) -> None:
        """A request has arrived."""
        if self._timer is not None:
            self._timer.cancel()


class HostServer(web.Server):
    """Serves `handler`."""

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        *,
        headers_timeout: float = HEADERS_TIMEOUT,
    ) -> None:
        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            assert isinstance(request.protocol, Connection)
            request.protocol.stop_timer()
            return await handler(request)

        self._options: dict[str, Any] = {
            "auto_decompress": False,
            "access_log": None,
            "keepalive_timeout": KEEP_ALIVE_TIMEOUT,
            "max_line_size": 65536,
            "max_field_size": 65536,
        }
        self._headers_timeout = headers_timeout
        super().__init__(handle, handler_cancellation=True)

    def __call__(self) -> Connection:
        loop = asyncio.get_running_loop()
        return Connection(self, loop=loop, headers_timeout=self._headers_timeout, **self._options)
