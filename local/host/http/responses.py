"""Small responses the host gives in its own name, and reading requests exactly as they were sent."""

from typing import Any

from aiohttp import web
from yarl import URL


class RequestBodyTooLarge(Exception):
    """A request body beyond the limit."""


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


async def read_body(request: web.BaseRequest, limit: int) -> bytes:
    """The whole body; raises RequestBodyTooLarge as soon as that is known."""
    if (request.content_length or 0) > limit:
        raise RequestBodyTooLarge
    await send_continue(request)
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise RequestBodyTooLarge
    return bytes(body)


async def send_continue(request: web.BaseRequest) -> None:
    """Send `100 Continue` to a client that waits for it before it sends its body."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
