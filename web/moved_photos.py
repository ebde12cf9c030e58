"""The old ids of photos that were moved: for a day they lead to the new ones."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.photo import is_photo_id
from shared.public_address import public_address
from shared.services import services
from shared.stores.moves import leads_on
from web.routes import Route

OF_ONE_PHOTO = "api/photos/{id}"


async def redirect(route: Route, request: Request) -> Response | None:
    """
    Where a request about a photo leads that is not there: 301, or 308, which keeps method and body, where it changes.

    None where the route is about something else, or the photo was not moved lately. Nobody may keep the answer, as the
    photo may come back.
    """
    if not route.path.startswith(OF_ONE_PHOTO):
        return None
    new_id = await moved_to(request.path_params["id"])
    if new_id is None:
        return None
    path = "/" + route.path.replace("{id}", new_id)
    query = f"?{request.url.query}" if request.url.query else ""
    status = 301 if request.method == "GET" else 308
    return RedirectResponse(f"{public_address().url}{path}{query}", status, headers={"Cache-Control": "no-store"})


async def moved_to(id_: str) -> str | None:
    """The new id of a photo that was moved lately."""
    move = await services().moves.find(id_) if is_photo_id(id_) else None
    return move.new_id if move and leads_on(move) else None
