"""`/api/me`: whose key a request brings, and what it may do."""

from typing import Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from web.caller import Caller


class Me(TypedDict):
    """The key's name, and its right; the keys of the Functions host all have one name."""

    name: str
    right: Literal["read", "full"]


async def me(request: Request) -> Response:
    """The caller, so that a client offers only what the key may do."""
    caller: Caller = request.state.caller
    content: Me = {"name": caller.name, "right": caller.right}
    return JSONResponse(content, headers={"Cache-Control": "no-store"})
