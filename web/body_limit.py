"""A limit on the body of each request, which is refused as soon as it is known to be larger and before it is kept."""

from starlette.requests import Request
from starlette.types import Message, Receive

from shared.errors import PayloadTooLarge
from web.routes import Route


def limited(request: Request, route: Route) -> Request:
    """The request, whose body raises PayloadTooLarge as soon as it is larger than the route reads."""
    if route.body_limit is None:
        return request  # uploads, which count their bytes as they pass them on
    length = request.headers.get("content-length", "0")
    if len(length) > 18 or (length.isdecimal() and int(length) > route.body_limit):
        raise _too_large(route.body_limit)
    return Request(request.scope, _counted(request.receive, route.body_limit))


def _counted(receive: Receive, limit: int) -> Receive:
    size = 0

    async def receive_counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise _too_large(limit)
        return message

    return receive_counted


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"the body is larger than the {limit:,} bytes that this address reads")
