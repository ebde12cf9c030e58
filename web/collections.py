"""`/api/collections`: lists of photos in an order that people choose, and saved searches that fill themselves."""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from catalogue.collecting import MAX_MEMBERS, change_photos, check_photos, create_collection, delete_collection
from query.context import query_context
from shared.access.audit import record
from shared.access.sight import current_sight
from shared.errors import BadRequest, Conflict, NotFound
from shared.photo import is_photo_id
from shared.search.search import Search
from shared.services import services
from shared.stores.collections import Collection
from shared.validation import parse_json, validate
from shared.visible_collections import etag_of, read_collection, stored_etags, visible_collections
from web.caller import caller_of
from web.job_photos import search_of
from web.parameters import parse_if_match, parse_whole_number

MAX_COLLECTION_PAGE = 100
NO_STORE = {"Cache-Control": "no-store"}
CollectionName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Cover = Annotated[str, StringConstraints(pattern="^([0-9a-f]{32})?$")]
PhotoId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
SearchParameters = dict[str, str | int | float | bool | list[str]]


class NewCollection(BaseModel):
    """
    A collection to be made: a list of photos by their `ids`, or a `search` that fills it.

    `search` has the parameters of `GET /api/search` as JSON. A photo is in it if it passes the filters and has all of
    the words. `cover` is the id of a photo.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: CollectionName
    description: str = Field("", max_length=4000)
    cover: Cover = ""
    ids: list[str] | None = Field(None, max_length=MAX_MEMBERS)
    search: SearchParameters | None = None


class CollectionPatch(BaseModel):
    """What to change about a collection; what is left out stays. A list does not become a search, nor the reverse."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: CollectionName | None = None
    description: str | None = Field(None, max_length=4000)
    cover: Cover | None = None
    search: SearchParameters | None = None


class CollectionPhotos(BaseModel):
    """All photos of a collection by their ids, in their order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ids: list[str] = Field(max_length=MAX_MEMBERS)


class CollectionChange(BaseModel):
    """Photos to `add` to a collection, at its end or `before` one of its photos, and others to `remove`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    add: list[str] = Field([], max_length=MAX_MEMBERS)
    remove: list[PhotoId] = Field([], max_length=MAX_MEMBERS)
    before: str | None = None


class CollectionRecord(TypedDict):
    """
    A collection; `photos` is how many are on its list, null where a search fills it.

    `updated_at` is empty for callers who do not see every photo: one that is hidden may have come or gone.
    """

    id: str
    name: str
    description: str
    cover: str
    photos: int | None
    search: dict[str, Any] | None
    created_by: str
    created_at: str
    updated_at: str


class CollectionList(TypedDict):
    """Every collection, by name."""

    total: int
    collections: list[CollectionRecord]


async def collections(request: Request) -> Response:
    """Every collection, by name."""
    clients = services()
    visible = await visible_collections(clients.collections, clients.index)
    every = sorted(visible, key=lambda each: (each.name.casefold(), each.id))
    content: CollectionList = {"total": len(every), "collections": [record_of(each) for each in every]}
    return JSONResponse(content, headers=NO_STORE)


async def create(request: Request) -> Response:
    """Make a collection: 201 with its record."""
    new, clients = validate(NewCollection, parse_json(await request.body())), services()
    if new.ids is not None and new.search is not None:
        raise BadRequest("give ids, or a search that fills the collection, and not both", param="search")
    await _check_name(new.name)
    values = new.model_dump(include={"name", "description", "cover"}) | _saved(new.search)
    await check_photos([new.cover] if new.cover else [], clients.index)
    collection = await create_collection(
        values, new.ids or (), by=caller_of(request).name, collections=clients.collections, index=clients.index
    )
    return await _written_down(collection, collection.photos, 201)


async def collection(request: Request) -> Response:
    """One collection, with its etag."""
    return _response(await _read(parse_collection_id(request)))


async def patch(request: Request) -> Response:
    """Change what a collection is called, says, shows or, where a search fills it, looks for; `If-Match` as usual."""
    id_, if_match, clients = parse_collection_id(request), parse_if_match(request.headers), services()
    wanted = validate(CollectionPatch, parse_json(await request.body()))
    if_match = stored_etags(await _read(id_), if_match)
    if wanted.name is not None:
        await _check_name(wanted.name, besides=id_)
    await check_photos([wanted.cover] if wanted.cover else [], clients.index)
    values: dict[str, Any] = wanted.model_dump(include={"name", "description", "cover"}, exclude_none=True)
    values |= _saved(wanted.search)

    def changed(before: Collection) -> Collection:
        if wanted.search is not None and before.search is None:
            raise BadRequest("this collection is a list, and no search fills it: make another one", param="search")
        return replace(before, **values)

    return await _written_down(await clients.collections.update(id_, changed, if_match=if_match))


async def delete(request: Request) -> Response:
    """Delete a collection; its photos stay."""
    id_, clients = parse_collection_id(request), services()
    id_ = (await _read(id_)).id
    await delete_collection(id_, collections=clients.collections, index=clients.index)
    await record("collected", about=f"collection:{id_}")
    return Response(status_code=204)


async def photos(request: Request) -> Response:
    """
    The photos of a collection in its order, a page at a time by `top` and `skip`; those of a saved search by date.

    Photos in the trash keep their places and are left out, so that a page may have fewer than `top`.
    """
    library = query_context().library
    top = parse_whole_number(request.query_params, "top", 60, maximum=MAX_COLLECTION_PAGE)
    skip = parse_whole_number(request.query_params, "skip", 0, maximum=MAX_MEMBERS)
    collection = await _read(parse_collection_id(request))
    if collection.search is None:
        page, total = await library.get_many(collection.photos[skip : skip + top]), len(collection.photos)
    else:
        filters = Search().filters.model_copy(update={"collection": collection.id})
        results = await library.find(Search(filters=filters, top=top, skip=skip, sort="newest"))
        page, total = [hit.photo for hit in results.hits], results.total
    return JSONResponse({"total": total, "photos": [each.record() for each in page]}, headers=NO_STORE)


async def put(request: Request) -> Response:
    """Replace the photos of a collection, or put them in another order; `If-Match` keeps others' changes."""
    if_match, clients = parse_if_match(request.headers), services()
    ids = validate(CollectionPhotos, parse_json(await request.body())).ids
    view = await _read(parse_collection_id(request))
    await check_photos([each for each in ids if each not in view.photos], clients.index)
    return await _change(view, lambda before: with_hidden(before, ids, _hidden(before, view)), if_match)


async def add(request: Request) -> Response:
    """Add photos to a collection and remove others; those that are on its list already are moved to their new place."""
    if_match, clients = parse_if_match(request.headers), services()
    wanted = validate(CollectionChange, parse_json(await request.body()))
    view = await _read(parse_collection_id(request))
    await check_photos(wanted.add, clients.index)

    def changed(before: tuple[str, ...]) -> list[str]:
        hidden = _hidden(before, view)
        moving = {*wanted.add, *wanted.remove} - hidden
        rest = [each for each in before if each not in moving]
        if wanted.before is not None and (wanted.before not in rest or wanted.before in hidden):
            raise BadRequest(f"there is no photo {wanted.before[:60]} in this collection", param="before")
        place = rest.index(wanted.before) if wanted.before else len(rest)
        return [*rest[:place], *(each for each in wanted.add if each not in wanted.remove), *rest[place:]]

    return await _change(view, changed, if_match)


async def _change(
    view: Collection, change: Callable[[tuple[str, ...]], list[str]], if_match: frozenset[str]
) -> Response:
    """Change the photos of a collection; the response, where the audit log knows which came and went."""
    before, clients = list[str](), services()

    def noted(photos: tuple[str, ...]) -> list[str]:
        before[:] = photos  # of the last attempt, if somebody else changes it meanwhile
        return change(photos)

    after = await change_photos(
        view.id,
        noted,
        collections=clients.collections,
        index=clients.index,
        if_match=stored_etags(view, if_match),
        view=view,
    )
    return await _photos_written_down(before, after)


async def _written_down(collection: Collection, photos: Iterable[str] = (), status: int = 200) -> Response:
    """The response to a change, which the audit log knows of."""
    await record("collected", photos, about=f"collection:{collection.id}")
    return await _respond_with(collection, status)


async def _photos_written_down(before: Sequence[str], after: Collection) -> Response:
    """The same, where the log is told of photos that came or went, or of nothing if all is as it was."""
    if tuple(before) == after.photos:
        return await _respond_with(after, 200)
    return await _written_down(after, sorted(set(before) ^ set(after.photos)))


async def _read(id_: str) -> Collection:
    """A collection as the caller sees it."""
    clients = services()
    return await read_collection(id_, clients.collections, clients.index)


def _hidden(photos: Sequence[str], view: Collection) -> frozenset[str]:
    """Those of a collection's photos that the caller does not see, and so neither moves nor removes."""
    return frozenset() if current_sight().is_full else frozenset(photos) - frozenset(view.photos)


def with_hidden(before: Sequence[str], wanted: Sequence[str], hidden: Set[str]) -> list[str]:
    """The photos that are wanted, in their order, with the hidden ones where they were."""
    photos = [each for each in dict.fromkeys(wanted) if each not in hidden]
    for place, each in enumerate(before):
        if each in hidden:
            photos.insert(place, each)
    return photos


async def _respond_with(collection: Collection, status: int) -> Response:
    """A collection that was just written, as the caller sees it; empty where nothing in it is seen any more."""
    if current_sight().is_full:
        return _response(collection, status)
    try:
        return _response(await _read(collection.id), status)
    except NotFound:
        return _response(replace(collection, photos=(), cover="", updated_at=""), status)


def record_of(collection: Collection) -> CollectionRecord:
    """A collection as HTTP callers see it."""
    return {
        "id": collection.id,
        "name": collection.name,
        "description": collection.description,
        "cover": collection.cover or next(iter(collection.photos), ""),
        "photos": len(collection.photos) if collection.search is None else None,
        "search": collection.search,
        "created_by": collection.created_by,
        "created_at": collection.created_at,
        "updated_at": collection.updated_at,
    }


def _response(collection: Collection, status: int = 200) -> Response:
    return JSONResponse(record_of(collection), status, headers=NO_STORE | {"ETag": etag_of(collection)})


def _saved(parameters: SearchParameters | None) -> dict[str, Any]:
    """A search as it is kept: as it was given, and what it means. BadRequest names the parameter at fault."""
    if parameters is None:
        return {}
    search = search_of(parameters)
    if search.filters.collection:
        raise BadRequest("a saved search cannot look into another collection", param="collection")
    filters = search.filters.model_dump(exclude_defaults=True, mode="json")
    if not (filters or search.q.strip()):
        raise BadRequest("the search would find every photo: give it words or filters", param="search")
    search.filters.odata()
    return {"search": dict(parameters), "query": {"q": search.q, "filters": filters}}


async def _check_name(name: str, *, besides: str = "") -> None:
    clients = services()
    for each in await visible_collections(clients.collections, clients.index):
        if each.name.casefold() == name.casefold() and each.id != besides:
            raise Conflict(f"there is a collection named {each.name!r}: choose another name", param="name")


def parse_collection_id(request: Request) -> str:
    """The id in the path of a request; NotFound where no collection can have it."""
    id_: str = request.path_params["id"]
    if not is_photo_id(id_):
        raise NotFound(f"there is no collection {id_!r}: an id has 32 hexadecimal digits", param="id")
    return id_
