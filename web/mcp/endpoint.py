"""One HTTP request to `/mcp`: the SDK answers it in this process, with nothing kept between two requests."""

import asyncio
import json
import logging
from collections.abc import MutableMapping
from typing import Any

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from web.disconnection import CLIENT_CLOSED_REQUEST, unless_disconnected
from web.mcp.server import server
from web.page_address import page_address
from web.routes import MCP_BODY

# The SDK logs each of our requests as a session of its own.
logging.getLogger("mcp").setLevel(logging.WARNING)
METHODS = {"Allow": "POST"}
VALIDATION = "alidation error"  # as pydantic begins its reports
NO_MESSAGE = "the body has to be one message of JSON-RPC 2.0, as the protocol has it"


async def post(request: Request) -> Response:
    """Answer one message of a client; cancelled when the client leaves."""
    request.state.page_url = page_address(request)
    exchange = Exchange(request, await request.body())
    return await unless_disconnected(request, exchange.answer()) or Response(status_code=CLIENT_CLOSED_REQUEST)


async def not_allowed(request: Request) -> Response:
    """There are no streams to open and no sessions to end, as the protocol lets a server say."""
    return Response(f"/mcp takes POST, and no {request.method}", 405, METHODS, "text/plain")


class Exchange:
    """A request whose body has been read, as an ASGI application gets it, and the response that comes back."""

    def __init__(self, request: Request, body: bytes) -> None:
        self._scope = {**request.scope, "state": {"page_url": request.state.page_url}}
        self._incoming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self._start: MutableMapping[str, Any] = {}
        self._body = bytearray()

    async def answer(self) -> Response:
        """The SDK's response to it."""
        manager = StreamableHTTPSessionManager(
            server(), json_response=True, stateless=True, max_request_body_size=MCP_BODY
        )
        async with manager.run():  # its tasks end with the request
            await manager.handle_request(self._scope, self._receive, self._send)
        status = self._start["status"]
        body = bytes(self._body) if status < 400 else plain_error(bytes(self._body))
        response = Response(body, status)
        response.raw_headers[:] = [each for each in self._start["headers"] if each[0].lower() != b"content-length"]
        if body:
            response.headers["content-length"] = str(len(body))
        return response

    async def _receive(self) -> Message:
        if self._incoming:
            return self._incoming.pop()
        return await asyncio.Future()  # whether the client has left is watched by whoever has called us

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")


def plain_error(body: bytes) -> bytes:
    """An error of the SDK's without its report of a validation, which tells of our code and repeats the request."""
    try:
        error = json.loads(body)
        is_report = VALIDATION in error["error"]["message"]
    except (ValueError, TypeError, KeyError):
        return body
    return json.dumps(error | {"error": error["error"] | {"message": NO_MESSAGE}}).encode() if is_report else body
