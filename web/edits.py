"""`/api/photos/{id}`: what people write about a photo, its history, and undoing."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from catalogue.context import catalogue_context
from catalogue.editing import edit, record_etag, undo
from catalogue.patch import parse_patch
from catalogue.position import place_of
from ingest.context import ingest_context
from ingest.visibility import is_visible, prepare
from shared.access.audit import record
from shared.errors import NotFound
from shared.photo import Photo
from shared.validation import parse_json, validate
from web.parameters import parse_if_match, parse_photo_id


class UndoRequest(BaseModel):
    """Which change to undo, by its number in the history; the last one without."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    change: int | None = Field(None, ge=1)


class PhotoChange(TypedDict):
    """What one request changed: the values of each field that people had written before and after, null for none."""

    number: int
    by: str
    at: str
    undone_by: str
    undone_at: str
    before: dict[str, Any]
    after: dict[str, Any]


class History(TypedDict):
    """The last changes of a photo, the newest first."""

    changes: list[PhotoChange]


def photo_response(photo: Photo) -> Response:
    """The record of a photo, with its etag."""
    return JSONResponse(photo.record(), headers={"ETag": record_etag(photo)})


async def patch(request: Request) -> Response:
    """Write fields of a photo, or take edits back; with `If-Match` only if its record still has that etag."""
    id_, if_match = parse_photo_id(request.path_params), parse_if_match(request.headers)
    values = parse_patch(parse_json(await request.body()))
    location = values.get("location")
    place = await place_of(location) if location else None
    by = request.state.caller.name
    photo = await edit(id_, values, by=by, context=catalogue_context(), if_match=if_match, place=place)
    await record("edited", [id_])
    return photo_response(photo)


async def undo_change(request: Request) -> Response:
    """Undo the last change of a photo, or the one that is named."""
    id_, if_match = parse_photo_id(request.path_params), parse_if_match(request.headers)
    body = await request.body()
    change = validate(UndoRequest, parse_json(body) if body.strip() else {}).change
    photo = await undo(id_, change, by=request.state.caller.name, context=catalogue_context(), if_match=if_match)
    await record("edited", [id_])
    return photo_response(photo)


async def history(request: Request) -> Response:
    """The changes of a photo, the last one first."""
    id_, context = parse_photo_id(request.path_params), catalogue_context()
    await prepare(id_, ingest_context())
    edits, photo = await context.edits.read(id_), await context.index.get(id_)
    if photo is None and not (edits.etag and await is_visible(edits.path, ingest_context())):
        raise NotFound(f"there is no photo {id_}", param="id")
    changes: list[PhotoChange] = [
        {
            "number": each.number,
            "by": each.by,
            "at": each.at,
            "undone_by": each.undone_by,
            "undone_at": each.undone_at,
            "before": _values(each.before),
            "after": _values(each.after),
        }
        for each in reversed(edits.history)
    ]
    result: History = {"changes": changes}
    return JSONResponse(result)


def _values(edits: Mapping[str, Any]) -> dict[str, Any]:
    return {name: edit and edit.value for name, edit in edits.items()}
