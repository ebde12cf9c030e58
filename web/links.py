"""Short-lived, read-only links to pictures, one by one as redirects or many in one request."""

import asyncio
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from typing_extensions import TypedDict

from ingest.context import ingest_context
from ingest.decoding.media_types import download_name, media_type
from ingest.large import largest_picture
from query.context import QueryContext, query_context
from shared.access.sight import current_sight
from shared.current_ids import current_ids
from shared.errors import BadPhoto, BadRequest, NotFound
from shared.photo import Photo, is_photo_id
from shared.picture_links import LARGE_SIDE, LARGE_THUMBNAIL, PictureSize
from shared.services import services
from shared.validation import parse_json, validate
from shared.visible_collections import visible_ids
from web.large_thumbnails import large_thumbnail
from web.pictures import picture_address
from web.responses import compressed_json

MAX_LINKS = 200
MAX_LARGE = 4  # of those that may have to be made first


class PictureLinksRequest(BaseModel):
    """Which pictures, by the photos' ids."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ids: list[str] = Field(min_length=1, max_length=MAX_LINKS)
    size: PictureSize = "thumbnail"


class PictureLinks(TypedDict):
    """Links by the photos' ids, and for how many seconds to cache them."""

    links: dict[str, str]
    seconds: int


async def thumbnail(request: Request) -> Response:
    """The usual thumbnail, or with `size=640` one whose short side is that long, made now if it has to be."""
    size = request.query_params.get("size", "").strip()
    if size not in {"", str(LARGE_SIDE)}:
        raise BadRequest(f"size can only be {LARGE_SIDE}; without it the thumbnail has the usual size", param="size")
    return await _redirect(request, LARGE_THUMBNAIL if size else "thumbnail")


async def preview(request: Request) -> Response:
    return await _redirect(request, "preview")


async def original(request: Request) -> Response:
    return await _redirect(request, "original")


async def large(request: Request) -> Response:
    """A link to the picture that shows most of a photo, which is made when it is first asked for."""
    context = query_context()
    photo = await context.library.photo(request.path_params["id"])
    return _redirect_to(await _picture_link(photo.id, await largest_picture(photo, ingest_context()), context), context)


async def _redirect(request: Request, size: PictureSize) -> Response:
    context = query_context()
    photo = await context.library.photo(request.path_params["id"])
    if size == LARGE_THUMBNAIL:
        size = await large_thumbnail(photo.id)
    url = await (_link_to(photo, context) if size == "original" else _picture_link(photo.id, size, context))
    return _redirect_to(url, context)


def _redirect_to(url: str, context: QueryContext) -> Response:
    return RedirectResponse(url, 302, headers={"Cache-Control": f"private, max-age={_seconds_to_cache(context)}"})


def _is_proxy() -> bool:
    """Whether pictures pass through the app, rather than from storage to browsers."""
    return services().settings.pictures == "proxy"


async def _original_link(photo: Photo, context: QueryContext) -> str:
    type_, name = media_type(photo.format), download_name(photo.path, photo.format)
    return await context.storage.link(photo.path, minutes=context.link_minutes, content_type=type_, file_name=name)


def _seconds_to_cache(context: QueryContext) -> int:
    """Half the lifetime of a link, so that no cache hands out one that is about to expire."""
    return context.link_minutes * 30


async def picture_links(request: Request) -> Response:
    """Links to many pictures at once: a page of photos costs one request, and no URL contains a key."""
    links_request, context = parse(await request.body()), query_context()
    content: PictureLinks = {
        "links": await create_links(links_request, context),
        "seconds": _seconds_to_cache(context),
    }
    return compressed_json(content, request)


def parse(body: bytes) -> PictureLinksRequest:
    """The request in a body; BadRequest names the field at fault."""
    request = validate(PictureLinksRequest, parse_json(body))
    for id_ in request.ids:
        if not is_photo_id(id_):
            raise BadRequest(f"{id_!r} is not an id: an id has 32 hexadecimal digits", param="ids")
    if request.size == "large" and len(request.ids) > MAX_LARGE:
        raise BadRequest(f"ask for {MAX_LARGE} large pictures at most: each may have to be made first", param="ids")
    return request


async def create_links(wanted: PictureLinksRequest, context: QueryContext) -> dict[str, str]:
    """
    Links by id.

    Large thumbnails are linked to in the app, which makes those that are not there when they are asked for.
    Thumbnails and previews are named by the id, so nothing is looked up where nothing is hidden, and a photo that is
    gone gets a link that leads nowhere. Links to originals make the browser save the file; a photo that is gone gets
    none, nor does one that is hidden. Of a photo that was moved lately, the old id gets the link of the new one. A
    large picture that cannot be made has none either.
    """
    ids = dict(zip(wanted.ids, await _ids_of_now(wanted.ids), strict=True))
    if wanted.size == "original":
        photos = await _photos(ids.values(), context)
        return {id_: await _link_to(photos[new_id], context) for id_, new_id in ids.items() if new_id in photos}
    if wanted.size == "large":
        return await _large_links(ids, context)
    if not current_sight().is_full:
        visible = await visible_ids(ids.values(), services().index)
        ids = {id_: new_id for id_, new_id in ids.items() if new_id in visible}
    if wanted.size == LARGE_THUMBNAIL:
        return {id_: await picture_address(new_id, LARGE_THUMBNAIL) for id_, new_id in ids.items()}
    return {id_: await _picture_link(new_id, wanted.size, context) for id_, new_id in ids.items()}


async def links_to_found(ids: Iterable[str]) -> PictureLinks:
    """Links to the thumbnails of photos that the caller has just found: nothing is looked up."""
    context = query_context()
    return {
        "links": {id_: await _picture_link(id_, "thumbnail", context) for id_ in ids},
        "seconds": _seconds_to_cache(context),
    }


async def _ids_of_now(ids: list[str]) -> list[str]:
    clients = services()
    return await current_ids(ids, clients.moves, clients.collections, clients.index)


async def _large_links(ids: Mapping[str, str], context: QueryContext) -> dict[str, str]:
    """Links to the pictures that show most of the photos, by the ids that were asked for."""
    photos = await _photos(ids.values(), context)
    sizes = {id_: await _largest(photo) for id_, photo in photos.items()}
    return {
        id_: await _picture_link(new_id, size, context) for id_, new_id in ids.items() if (size := sizes.get(new_id))
    }


async def _largest(photo: Photo) -> PictureSize | None:
    """The size that shows most of it; None where that cannot be made."""
    try:
        return await largest_picture(photo, ingest_context())
    except (NotFound, BadPhoto):
        return None


async def _picture_link(id_: str, size: PictureSize, context: QueryContext) -> str:
    if _is_proxy():
        return await picture_address(id_, size)
    return await context.storage.picture_link(id_, size, minutes=context.link_minutes)


async def _link_to(photo: Photo, context: QueryContext) -> str:
    return await picture_address(photo.id, "original") if _is_proxy() else await _original_link(photo, context)


async def _photos(ids: Iterable[str], context: QueryContext) -> dict[str, Photo]:
    photos = await asyncio.gather(*(context.library.get(id_) for id_ in ids))
    return {each.id: each for each in photos if each}
