"""`/api/trash`: what was deleted, until it is gone for good."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from ingest import trash
from ingest.context import ingest_context
from ingest.to_trash import find
from shared.access.audit import record, record_first
from shared.photo import utc
from shared.stores.trash import TrashedPhoto
from web.parameters import parse_photo_id, parse_whole_number

MAX_TRASH = 1000  # photos in one response
MAX_SKIP = 1_000_000


class DeletedPhoto(TypedDict):
    """
    A photo in the trash, who deleted it and when, and when it will be gone.

    One that is not `restorable` was not deleted through the app: its file is gone, but what people wrote about it
    comes back with a file of its name.
    """

    id: str
    path: str
    title: str
    size_bytes: int
    deleted_at: str
    expires_at: str
    by: str
    restorable: bool


class TrashPage(TypedDict):
    total: int
    photos: list[DeletedPhoto]


class RestoreResult(TypedDict):
    """A photo whose file is back under its name, and will be searchable again."""

    id: str
    path: str


class EmptyResult(TypedDict):
    """How many photos are gone for good."""

    deleted: int


async def listing(request: Request) -> Response:
    """What is in the trash, the last deleted first."""
    context, parameters = ingest_context(), request.query_params
    top = parse_whole_number(parameters, "top", 100, maximum=MAX_TRASH)
    skip = parse_whole_number(parameters, "skip", 0, maximum=MAX_SKIP)
    entries = sorted(await trash.visible_entries(context), key=lambda each: each.deleted_at, reverse=True)
    keep = timedelta(days=context.settings.trash_days)
    photos = [each for entry in entries[skip : skip + top] if (each := await find(entry.id, context))]
    result: TrashPage = {"total": len(entries), "photos": [_record(each, keep) for each in photos]}
    return JSONResponse(result)


def _record(photo: TrashedPhoto, keep: timedelta) -> DeletedPhoto:
    return {
        "id": photo.id,
        "path": photo.path,
        "title": photo.title,
        "size_bytes": photo.size_bytes,
        "deleted_at": photo.deleted_at,
        "expires_at": utc(datetime.fromisoformat(photo.deleted_at) + keep),
        "by": photo.by,
        "restorable": photo.restorable,
    }


async def restore(request: Request) -> Response:
    """Put a deleted photo back under its name."""
    photo = await trash.restore(parse_photo_id(request.path_params), ingest_context())
    await record("restored", [photo.id])
    result: RestoreResult = {"id": photo.id, "path": photo.path}
    return JSONResponse(result, 202)


async def delete(request: Request) -> Response:
    """Delete one photo for good."""
    id_, context = parse_photo_id(request.path_params), ingest_context()
    await trash.find_visible(id_, context)  # what is not there is not recorded
    await record_first("emptied", [id_])
    await trash.delete_for_good(id_, context)
    result: EmptyResult = {"deleted": 1}
    return JSONResponse(result)


async def empty(request: Request) -> Response:
    """Delete everything in the trash for good."""
    result: EmptyResult = {"deleted": await trash.empty(ingest_context(), before=_record_first)}
    return JSONResponse(result)


async def _record_first(ids: Sequence[str]) -> None:
    if ids:
        await record_first("emptied", ids)
