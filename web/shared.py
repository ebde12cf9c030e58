"""
`/api/shared`: what visitors of a share may do, who have its token and no account: look, and download.

The token comes in a header, and in the address of the page it is after the `#`, so that no log of any server has it. A
token that is unknown, over or revoked has one and the same answer.
"""

import hmac
import re
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import cast
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from ingest.decoding.media_types import download_name, media_type
from query.search.shared_photos import SharedPhotos, visitor_of
from shared.access.audit import record
from shared.access.passwords import is_password
from shared.errors import BadLink, InsufficientRights, NotFound
from shared.photo import Photo, is_photo_id
from shared.picture_links import PictureLink, PictureSize
from shared.public_address import public_address
from shared.services import services
from shared.stores.shares import Share
from shared.validation import parse_json, validate
from web.client_address import client_address
from web.parameters import parse_photo_id, parse_whole_number
from web.pictures import respond
from web.share_records import PhotoLinks, SharedLink, SharedPage, SharedPass, shared_photo, view_of

TOKEN_HEADER, PASS_HEADER = "x-share-token", "x-share-pass"
PASS_SECONDS = 12 * 3600  # less than a secret lives that signs it
MAX_PAGE = 200
MAX_POSITION = 100_000
NO_STORE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
REVALIDATED = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex, nofollow"}
EXPIRES = re.compile(r"[0-9]{1,12}")
OVER = "there is no such share, or it is over"
SHARED_SIZES: tuple[PictureSize, ...] = (
    "thumbnail",
    "preview",
    "original",
)  # a large picture shows as much as an original


class Password(BaseModel):
    """The password of a share."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    password: str = Field(max_length=200)


class PasswordNeeded(InsufficientRights):
    """A share with a password, which the visitor has not told."""

    code = "password_needed"


class WrongPassword(InsufficientRights):
    code = "wrong_password"


async def view(request: Request) -> Response:
    """What the share is called, and until when it can be seen."""
    share = await _admitted(request)
    shown = await _photos_of(share)
    description = share.description or (shown.collection.description if shown.collection else "")
    return JSONResponse(view_of(share, share.name, description), headers=NO_STORE)


async def unlock(request: Request) -> Response:
    """A pass for a password that is right; 403 if it is wrong, 429 after too many."""
    share, given = await _of_token(request), validate(Password, parse_json(await request.body()))
    if share.password:
        client = client_address(request.headers)
        await services().shares.count_attempt(share.id, client)
        if not await is_password(given.password, share.password):
            raise WrongPassword("this is not the password of the share", param="password")
        await services().shares.count_attempt(share.id, client, -1)
    expires = int(time.time()) + PASS_SECONDS
    signature = _sign(share, expires, await services().link_secrets.current())
    content: SharedPass = {"password_pass": f"{expires}.{signature}", "seconds": PASS_SECONDS}
    return JSONResponse(content, headers=NO_STORE)


async def photos(request: Request) -> Response:
    """The photos of the share, a page at a time by `top` and `skip`, with links to their pictures."""
    share = await _admitted(request)
    top = parse_whole_number(request.query_params, "top", 60, maximum=MAX_PAGE)
    skip = parse_whole_number(request.query_params, "skip", 0, maximum=MAX_POSITION)
    total, page = await (await _photos_of(share)).page(top=top, skip=skip)
    content: SharedPage = {
        "total": total,
        "seconds": services().settings.link_minutes * 30,
        "photos": [shared_photo(each, share, await _links(share, each)) for each in page],
    }
    return JSONResponse(content, headers=NO_STORE)


async def original(request: Request) -> Response:
    """Where an original can be downloaded for a while; 429 after too many on one day."""
    share, id_ = await _admitted(request), parse_photo_id(request.path_params)
    if not share.originals or await (await _photos_of(share)).photo(id_) is None:
        raise NotFound("this share has no such original", param="id")
    await services().shares.count_original(share.id)
    await record("exported", [id_], about=f"share:{share.id}", caller=visitor_of(share))
    content: SharedLink = {"url": await _own_link(share, id_, "original")}
    return JSONResponse(content, headers=NO_STORE)


async def picture(request: Request) -> Response:
    """
    A picture by a link that was given out: every original, and the others where pictures pass through the app.

    It ends with the share, and when the photo leaves it. A link may be followed again, so originals are counted here as
    well; in parts a file counts once for each.
    """
    share, link = await _signed(request)
    photo = await (await _photos_of(share)).photo(link.id)
    if photo is None or (link.size == "original" and not share.originals):
        raise NotFound(OVER, param="id")
    storage = services().storage
    if link.size == "original":
        response = respond(request, await storage.find_original(photo.path), REVALIDATED | _as_file(photo))
        if isinstance(response, StreamingResponse):  # not what says that there is nothing new
            await services().shares.count_download(share.id)
        return response
    stored = await storage.find_derived(photo.id, link.size)
    return respond(request, stored, REVALIDATED | {"Content-Type": stored.content_type})


def _as_file(photo: Photo) -> dict[str, str]:
    """What makes browsers save an original: under its title, as names of files tell more than is shared."""
    ending = download_name(photo.path, photo.format).rpartition(".")[2]
    name = quote(f"{photo.title or 'photo'}.{ending}".replace("/", "-"), safe="")
    return {
        "Content-Type": media_type(photo.format),
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
    }


# -- who is let in --------------------------------------------------------------------------------


async def _of_token(request: Request) -> Share:
    return await services().shares.of_token(request.headers.get(TOKEN_HEADER, ""))


async def _admitted(request: Request) -> Share:
    """The share of the token; PasswordNeeded without a pass where it has a password."""
    share = await _of_token(request)
    if share.password and not await _has_pass(request, share):
        raise PasswordNeeded(
            f"this share has a password: POST it to /api/shared/pass, and send its pass as {PASS_HEADER}"
        )
    return share


async def _has_pass(request: Request, share: Share) -> bool:
    text, _, signature = request.headers.get(PASS_HEADER, "").partition(".")
    if not EXPIRES.fullmatch(text) or not time.time() < int(text) <= time.time() + PASS_SECONDS:
        return False
    given = signature.encode("utf-8", "surrogatepass")
    accepted = await services().link_secrets.accepted()
    return any(hmac.compare_digest(_sign(share, int(text), secret).encode(), given) for secret in accepted)


def _sign(share: Share, expires: int, secret: bytes) -> str:
    """The signature of a pass, which another password makes worthless."""
    message = "\n".join(("a pass of a share, version 1", share.id, share.password, str(expires)))
    return urlsafe_b64encode(hmac.digest(secret, message.encode(), sha256)).decode().rstrip("=")


# -- photos and their pictures --------------------------------------------------------------------


async def _photos_of(share: Share) -> SharedPhotos:
    try:
        return await SharedPhotos.of(share, services().collections, services().index)
    except NotFound as error:  # its collection was deleted
        raise NotFound(OVER, param="id") from error


async def _links(share: Share, photo: Photo) -> PhotoLinks:
    return PhotoLinks(
        await _picture_link(share, photo.id, "thumbnail"), await _picture_link(share, photo.id, "preview")
    )


async def _picture_link(share: Share, id_: str, size: PictureSize) -> str:
    clients = services()
    if clients.settings.pictures == "proxy":
        return await _own_link(share, id_, size)
    return await clients.storage.picture_link(id_, size, minutes=clients.settings.link_minutes)


async def _own_link(share: Share, id_: str, size: PictureSize) -> str:
    """An address of the app that shows a picture for `LINK_MINUTES`, as long as the share does."""
    clients = services()
    link = _link(share.id, size, id_, int(time.time()) + clients.settings.link_minutes * 60)
    signature = link.sign(await clients.link_secrets.current())
    query = urlencode({"share": share.id, "expires": link.expires, "signature": signature})
    return f"{public_address().url}/api/shared/pictures/{size}/{id_}?{query}"


def _link(share_id: str, size: PictureSize, id_: str, expires: int) -> PictureLink:
    return PictureLink(f"share {share_id}", size, id_, expires)


async def _signed(request: Request) -> tuple[Share, PictureLink]:
    """The share and the picture of a link; BadLink unless we have signed it and it is still valid."""
    size, id_ = request.path_params["size"], request.path_params["id"]
    values = [request.query_params.getlist(name) for name in ("share", "expires", "signature")]
    if size not in SHARED_SIZES or not is_photo_id(id_):
        raise NotFound("there is no such picture", param="id")
    if any(len(each) != 1 for each in values) or not is_photo_id(values[0][0]) or not EXPIRES.fullmatch(values[1][0]):
        raise BadLink("this link is not complete")
    [[share_id], [expires], [signature]] = values
    link = _link(share_id, cast(PictureSize, size), id_, int(expires))
    if link.expires <= time.time():
        raise BadLink("this link has expired")
    for anew in (False, True):
        if any(link.is_signed_by(signature, each) for each in await services().link_secrets.accepted(anew=anew)):
            return await services().shares.read(share_id), link
    raise BadLink("this link is not valid: it was changed, or is from another time or app")
