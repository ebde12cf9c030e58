"""`/api/shares`: photos for people without an account, for a while; who has made a share sees and revokes it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from catalogue.collecting import check_photos
from query.search.shared_photos import maker_of
from shared.access.audit import record
from shared.access.caller import Caller
from shared.access.passwords import hash_password
from shared.access.roles import Role
from shared.errors import BadRequest, NotFound
from shared.photo import is_photo_id, utc
from shared.public_address import public_address
from shared.services import services
from shared.stores.collections import Collection
from shared.stores.shares import Share, digest_of_token, id_of_token, new_token
from shared.validation import parse_json, validate
from shared.visible_collections import read_collection
from web.caller import caller_of
from web.job_photos import is_everything, matching_ids, search_of
from web.share_records import NewShareRecord, ShareList, record_of_share

NO_STORE = {"Cache-Control": "no-store"}
MAX_SHARED = 10_000  # photos of a selection
MAX_DAYS = 365
PhotoId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class NewShare(BaseModel):
    """
    What to share: a `collection` as it is at any time, or the photos of `ids` or of a `search` as they are now.

    It ends after `days`. With a `password`, visitors have to know it. `originals` may be downloaded, which hold all
    that their files say, so without `metadata` there can be none, nor texts that a model wrote, which was told of it.
    `persons` says whether visitors see who is shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    collection: PhotoId | None = None
    ids: list[PhotoId] | None = Field(None, min_length=1, max_length=MAX_SHARED)
    search: dict[str, Any] | None = None
    name: Name | None = None
    description: str = Field("", max_length=2000)
    days: int = Field(30, ge=1, le=MAX_DAYS)
    password: str | None = Field(None, min_length=8, max_length=200)
    originals: bool = True
    metadata: bool = True
    persons: bool = False

    @field_validator("name")
    @classmethod
    def _in_one_line(cls, name: str | None) -> str | None:
        if name is not None and not (name := " ".join(name.split())):
            raise ValueError("give it a name")
        return name


async def create(request: Request) -> Response:
    """Make a share: 201 with its record and, this once, its address."""
    wanted, clients, caller = validate(NewShare, parse_json(await request.body())), services(), caller_of(request)
    if sum(each is not None for each in (wanted.collection, wanted.ids, wanted.search)) != 1:
        raise BadRequest("give a collection, ids or a search, and one of them only", param="collection")
    if wanted.originals and not wanted.metadata:
        raise BadRequest(
            "originals hold the metadata of their files: share without originals, or with metadata", param="originals"
        )
    collection = await _collection(wanted.collection) if wanted.collection else None
    now, token = datetime.now(UTC), new_token()
    share = Share(
        id=id_of_token(token),
        token_digest=digest_of_token(token),
        name=wanted.name or (collection.name if collection else "Photos"),
        description=wanted.description,
        collection=wanted.collection or "",
        photos=() if collection else tuple(await _selection(wanted)),
        created_at=utc(now),
        expires_at=utc(now + timedelta(days=wanted.days)),
        maker=caller.name,
        maker_id=caller.id,
        maker_groups=tuple(sorted(caller.groups)),
        maker_role=caller.role,
        password=await hash_password(wanted.password) if wanted.password else "",
        originals=wanted.originals,
        metadata=wanted.metadata,
        persons=wanted.persons,
    )
    await clients.shares.create(share)
    await record("shared", share.photos, about=f"share:{share.id}")
    content: NewShareRecord = {**record_of_share(share), "url": f"{public_address().url}/s/#{token}"}
    return JSONResponse(content, 201, headers=NO_STORE)


async def _collection(id_: str) -> Collection:
    return await read_collection(id_, services().collections, services().index)


async def _selection(wanted: NewShare) -> list[str]:
    """The ids of photos that are selected; BadRequest names one that is none, or says that there are too many."""
    if wanted.ids:
        ids = list(dict.fromkeys(wanted.ids))
        await check_photos(ids, services().index)
        return ids
    search = search_of(wanted.search or {})
    if is_everything(search):
        raise BadRequest("this search means the whole library: give it words or filters", param="search")
    ids = []
    async for each in matching_ids(search):
        ids.append(each)
        if len(ids) > MAX_SHARED:
            message = f"the search finds more than {MAX_SHARED:,} photos, which is the most that can be shared"
            raise BadRequest(message, param="search")
    if not ids:
        raise BadRequest("the search finds no photo", param="search")
    return ids


async def listing(request: Request) -> Response:
    """The caller's shares that are not over, the latest first; everybody's for an admin."""
    caller = caller_of(request)
    shares = [record_of_share(each) for each in await services().shares.all() if is_theirs(each, caller)]
    content: ShareList = {"total": len(shares), "shares": shares}
    return JSONResponse(content, headers=NO_STORE)


async def revoke(request: Request) -> Response:
    """End a share at once; links to pictures that were given out end with `LINK_MINUTES`, or at once if proxied."""
    id_: str = request.path_params["id"]
    if not is_photo_id(id_):
        raise NotFound(f"there is no share {id_!r}: an id has 32 hexadecimal digits", param="id")
    share = await services().shares.read(id_)
    if not is_theirs(share, caller_of(request)):
        raise NotFound("there is no such share, or it is over", param="id")
    await services().shares.revoke(id_)
    await record("unshared", about=f"share:{id_}")
    return Response(status_code=204)


def is_theirs(share: Share, caller: Caller) -> bool:
    """Whether somebody may see and revoke a share: who has made it, or an admin."""
    return caller.role >= Role.ADMIN or maker_of(share).identity == caller.identity
