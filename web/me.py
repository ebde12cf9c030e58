"""`/api/me`: whose key a request brings, what it may do, and what of its verdicts is kept."""

from typing import Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from shared.access.caller import Caller
from shared.access.roles import RoleName
from shared.services import services


class Me(TypedDict):
    """
    The caller's name and role; the keys of the Functions host all have one name. `feedback` is the setting.

    `right` is what keys had before there were roles: `full` for an admin, `read` for all others.
    `search_by_picture` says whether the app has a model for that.
    """

    name: str
    role: RoleName
    right: Literal["read", "full"]
    feedback: Literal["off", "verdicts", "questions"]
    search_by_picture: bool


async def me(request: Request) -> Response:
    """The caller, so that a client offers only what the key may do."""
    caller: Caller = request.state.caller
    settings = services().settings
    content: Me = {
        "name": caller.name,
        "role": caller.role.label,
        "right": caller.right,
        "feedback": settings.feedback,
        "search_by_picture": bool(settings.image_model),
    }
    return JSONResponse(content, headers={"Cache-Control": "no-store"})
