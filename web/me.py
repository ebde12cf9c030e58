"""`/api/me`: who has sent a request, what they may do, and what of their verdicts is kept."""

from typing import Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from shared.access.caller import Caller
from shared.access.roles import RoleName
from shared.services import services
from web.platform_identity import SIGN_OUT_ADDRESS, read_principal


class Me(TypedDict):
    """
    The name and role of the person or key; the keys of the Functions host all have one name.

    `right` is what keys had before there were roles: `full` for an admin, `read` for all others.
    `signed_in` is true for people and apps that the platform has let in, and `sign_out` is where they leave. `feedback`
    is the setting. `search_by_picture` says whether the app has a model for that. `groups_missing` is true for a person
    who is in more groups than a token of Entra ID names: no group counts for them, neither for their role nor for the
    photos that rules show to groups.
    """

    name: str
    role: RoleName
    right: Literal["read", "full"]
    signed_in: bool
    sign_out: str | None
    feedback: Literal["off", "verdicts", "questions"]
    search_by_picture: bool
    groups_missing: bool


async def me(request: Request) -> Response:
    """The caller, so that a client offers only what the key may do."""
    caller: Caller = request.state.caller
    settings = services().settings
    content: Me = {
        "name": caller.name,
        "role": caller.role.label,
        "right": caller.right,
        "signed_in": bool(caller.id),
        "sign_out": SIGN_OUT_ADDRESS if caller.id else None,
        "feedback": settings.feedback,
        "search_by_picture": bool(settings.image_model),
        "groups_missing": bool(caller.id) and _lacks_groups(request),
    }
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


def _lacks_groups(request: Request) -> bool:
    principal = read_principal(request.headers)
    return principal is not None and principal.has_more_groups
