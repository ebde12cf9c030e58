"""The old ids of photos that were moved: for a day they lead to the new ones."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.access.sight import current_sight
from shared.current_ids import current_id, id_for_whoever_saw
from shared.photo import is_photo_id
from shared.public_address import public_address
from shared.services import services
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
    new_id = await _new_id(request.path_params["id"])
    if new_id is None:
        return None
    path = "/" + route.path.replace("{id}", new_id)
    query = f"?{request.url.query}" if request.url.query else ""
    status = 301 if request.method == "GET" else 308
    return RedirectResponse(f"{public_address().url}{path}{query}", status, headers={"Cache-Control": "no-store"})


async def moved_in_sight(id_: str) -> str | None:
    """The new id of a photo that was moved lately to where it is shown to all who saw it before."""
    clients = services()
    new_id = await id_for_whoever_saw(id_, clients.moves, clients.collections)
    return new_id if new_id != id_ else None


async def _new_id(id_: str) -> str | None:
    """The same, if the caller sees every place of it."""
    clients = services()
    if not current_sight().is_full:
        await clients.collections.of_photo(id_)  # so that nobody can tell by the work whether there was one
    new_id = await current_id(id_, clients.moves, clients.collections) if is_photo_id(id_) else id_
    return new_id if new_id != id_ else None
