"""
`/api/pictures`: pictures that pass through the app (PICTURES=proxy), where browsers cannot reach storage.

The addresses are signed and expire; whoever has one needs no key, as with links to storage.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.utils import format_datetime
from http import HTTPStatus
from typing import cast, get_args
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from ingest.decoding.media_types import download_name, media_type
from query.context import query_context
from shared.access.sight import full_sight
from shared.blob_reader import StoredPicture
from shared.errors import BadLink, BadRequest, NotFound, error_body
from shared.photo import is_photo_id
from shared.picture_links import LARGE_THUMBNAIL, PictureLink, PictureSize
from shared.public_address import public_address
from shared.services import Services, services
from shared.storage import DERIVED, DERIVED_CACHE_CONTROL
from web.byte_range import UnsatisfiableError, parse_range
from web.large_thumbnails import large_thumbnail
from web.moved_photos import moved_in_sight

EXPIRES = re.compile(r"[0-9]{1,12}")


async def picture_address(id_: str, size: PictureSize, *, expires: int = 0) -> str:
    """
    An address of the app that shows this picture for `LINK_MINUTES`, or until another moment, without a key.

    It is whole where PUBLIC_URL is set, and else relative to the host, as those in records are.
    """
    clients = services()
    query = await signed_query(lambda until: _link(clients, id_, size, expires or until))
    return f"{public_address().url}/api/pictures/{size}/{id_}?{query}"


async def signed_query(link_until: Callable[[int], PictureLink]) -> str:
    """The query that a link needs, for `LINK_MINUTES`."""
    clients = services()
    link = link_until(int(time.time()) + clients.settings.link_minutes * 60)
    return urlencode({"expires": link.expires, "signature": link.sign(await clients.link_secrets.current())})


async def picture(request: Request) -> Response:
    """A picture, whole or in part, as what it is and nothing else; originals are saved, never shown."""
    clients = services()
    is_large = request.path_params["size"] == LARGE_THUMBNAIL
    if clients.settings.pictures != "proxy" and not is_large:
        raise NotFound("pictures come from storage here: GET /api/photos/{id}/thumbnail leads there")
    link = await _signed_link(request, clients)
    try:
        return await (_large(request, link, clients) if is_large else _stored(request, link, clients))
    except NotFound:
        new_id = await moved_in_sight(link.id)
        if new_id is None:
            raise
        address = await picture_address(new_id, link.size, expires=link.expires)
        return RedirectResponse(address, HTTPStatus.FOUND, headers={"Cache-Control": "no-store"})


async def _large(request: Request, link: PictureLink, clients: Services) -> Response:
    """A thumbnail that may have to be made first: a redirect to storage, unless pictures pass through the app."""
    size = await large_thumbnail(link.id)
    if clients.settings.pictures == "proxy":
        return await _stored(request, replace(link, size=size), clients)
    minutes = clients.settings.link_minutes
    address = await clients.storage.picture_link(link.id, size, minutes=minutes)
    headers = {"Cache-Control": f"private, max-age={minutes * 30}"}
    return RedirectResponse(address, HTTPStatus.FOUND, headers=headers)


async def _stored(request: Request, link: PictureLink, clients: Services) -> Response:
    if link.size == "original":
        with full_sight():  # whoever has the link was shown the photo
            photo = await query_context().library.photo(link.id)
        name = quote(download_name(photo.path, photo.format), safe="")
        headers = {
            "Content-Type": media_type(photo.format),
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Cache-Control": "private",
        }
        return respond(request, await clients.storage.find_original(photo.path), headers)
    stored = await clients.storage.find_derived(link.id, link.size)
    return respond(request, stored, {"Content-Type": stored.content_type, "Cache-Control": DERIVED_CACHE_CONTROL})


def _link(clients: Services, id_: str, size: PictureSize, expires: int) -> PictureLink:
    container = clients.settings.container if size == "original" else DERIVED
    return PictureLink(container, size, id_, expires)


async def _signed_link(request: Request, clients: Services) -> PictureLink:
    """What the address stands for; BadLink unless we have signed it and it is still valid."""
    size, id_ = request.path_params["size"], request.path_params["id"]
    if size not in get_args(PictureSize) or not is_photo_id(id_):
        raise NotFound("there is no such picture", param="id")
    return await check_signature(request, lambda expires: _link(clients, id_, cast(PictureSize, size), expires))


async def check_signature(
    request: Request, link_until: Callable[[int], PictureLink], *, source: str = "POST /api/links"
) -> PictureLink:
    """The link of a request; BadLink, which names where others come from, unless it is ours and valid."""
    clients = services()
    expires, signature = (request.query_params.getlist(name) for name in ("expires", "signature"))
    if len(expires) != 1 or len(signature) != 1 or not EXPIRES.fullmatch(expires[0]):
        raise BadLink(f"this link is not complete: {source} gives whole ones")
    link = link_until(int(expires[0]))
    if link.expires <= time.time():
        raise BadLink(f"this link has expired: {source} gives new ones")
    for anew in (False, True):
        accepted = await clients.link_secrets.accepted(anew=anew)
        if any(link.is_signed_by(signature[0], secret) for secret in accepted):
            return link
    raise BadLink("this link is not valid: it was changed, or is from another time or app")


def respond(request: Request, stored: StoredPicture, headers: Mapping[str, str]) -> Response:
    """The bytes that the request asks for, or that it has them already, or that there are none of that kind."""
    headers = {
        **headers,
        "ETag": stored.etag,
        "Last-Modified": format_datetime(stored.last_modified, usegmt=True),
        "Accept-Ranges": "bytes",
        "Cross-Origin-Resource-Policy": "cross-origin",  # whoever has the address may show it, as with storage
    }
    if _has_it(request.headers.get("if-none-match", ""), stored.etag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    try:
        part = parse_range(_range(request.headers, stored.etag), stored.size)
    except UnsatisfiableError:
        return _unsatisfiable(stored)
    first, last = part or (0, stored.size - 1)
    headers["Content-Length"] = str(last - first + 1)
    if part:
        headers["Content-Range"] = f"bytes {first}-{last}/{stored.size}"
    status = HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(stored.read(first, last), status, headers)


def _has_it(if_none_match: str, etag: str) -> bool:
    tags = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return bool({"*", etag} & tags)


def _range(headers: Mapping[str, str], etag: str) -> str | None:
    """The range, unless it continues another version."""
    return headers.get("range") if headers.get("if-range", etag) == etag else None


def _unsatisfiable(stored: StoredPicture) -> Response:
    error = BadRequest(f"the picture has {stored.size} bytes", param="Range", code="range_not_satisfiable")
    status, size = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"Content-Range": f"bytes */{stored.size}"}
    return JSONResponse(error_body(error), status, headers=size)
