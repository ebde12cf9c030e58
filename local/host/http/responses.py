"""Small responses the host gives in its own name, and reading requests exactly as they were sent."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from yarl import URL

# The real host's server lets go of a client that sends a body more slowly, once this time of waiting has passed.
_MIN_BYTES_PER_SECOND = 240
_GRACE_SECONDS = 5.0


class RequestBodyTooLarge(Exception):
    """A request body beyond the limit."""


class RequestBodyTooSlow(Exception):
    """A client that sends its body more slowly than the real host would wait for."""


def error_response(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": {"code": status, "message": message}}, status=status, headers=headers)


def json_response(content: Any, status: int = 200) -> web.Response:
    return web.json_response(content, status=status)


def body_too_large_response() -> web.Response:
    return error_response(413, "The request body is larger than FUNCTIONS_REQUEST_BODY_SIZE_LIMIT allows.")


def raw_target(request: web.BaseRequest) -> str:
    """Path and query, byte for byte as the client wrote them."""
    target = request.raw_path
    return target if target.startswith("/") else URL(target, encoded=True).raw_path_qs


def raw_path(request: web.BaseRequest) -> str:
    return raw_target(request).partition("?")[0]


def body_too_slow_response() -> web.Response:
    return error_response(408, "The request body arrives too slowly.")


async def body_chunks(
    request: web.BaseRequest, rate: float = _MIN_BYTES_PER_SECOND, grace: float = _GRACE_SECONDS
) -> AsyncIterator[bytes]:
    """The body as it arrives; RequestBodyTooSlow once waiting for it has taken longer than its size explains."""
    clock, chunks = asyncio.get_running_loop().time, request.content.iter_any()
    size, waited = 0, 0.0
    while True:
        start = clock()
        try:
            async with asyncio.timeout(grace + size / rate - waited):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise RequestBodyTooSlow from None
        if chunk is None:
            return
        waited += clock() - start
        size += len(chunk)
        yield chunk


async def read_body(request: web.BaseRequest, limit: int) -> bytes:
    """The whole body; raises RequestBodyTooLarge as soon as that is known."""
    if (request.content_length or 0) > limit:
        raise RequestBodyTooLarge
    await send_continue(request)
    body = bytearray()
    async for chunk in body_chunks(request):
        body += chunk
        if len(body) > limit:
            raise RequestBodyTooLarge
    return bytes(body)


async def send_continue(request: web.BaseRequest) -> None:
    """Send `100 Continue` to a client that waits for it before it sends its body."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
