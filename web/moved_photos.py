"""The old ids of photos that were moved: for a day they lead to the new ones."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.access.sight import current_sight
from shared.photo import is_photo_id
from shared.public_address import public_address
from shared.services import services
from shared.stores.moves import Move, leads_on
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
    move = await _move_of(request.path_params["id"])
    if move is None or not await _is_visible(move):
        return None
    new_id = move.new_id
    path = "/" + route.path.replace("{id}", new_id)
    query = f"?{request.url.query}" if request.url.query else ""
    status = 301 if request.method == "GET" else 308
    return RedirectResponse(f"{public_address().url}{path}{query}", status, headers={"Cache-Control": "no-store"})


async def moved_to(id_: str) -> str | None:
    """The new id of a photo that was moved lately."""
    move = await _move_of(id_)
    return move.new_id if move else None


async def _move_of(id_: str) -> Move | None:
    if not current_sight().is_full:
        await services().collections.of_photo(id_)  # so that nobody can tell by the work whether there was one
    move = await services().moves.find(id_) if is_photo_id(id_) else None
    return move if move and leads_on(move) else None


async def _is_visible(move: Move) -> bool:
    """Whether the caller sees the photo where it was and where it is: an id is made of a path."""
    sight = current_sight()
    if sight.is_full:
        return True
    collections = await services().collections.of_photo(move.new_id)
    return sight.sees(move.path, collections) and sight.sees(move.new_path, collections)
