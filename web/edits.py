"""`/api/photos/{id}`: what people write about a photo, its history, and undoing."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from catalogue.context import catalogue_context
from catalogue.editing import edit, record_etag, undo
from catalogue.patch import parse_patch
from shared.photo import Photo
from shared.validation import parse_json, validate
from web.parameters import parse_if_match, parse_photo_id


class UndoRequest(BaseModel):
    """Which change to undo, by its number in the history; the last one without."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    change: int | None = Field(None, ge=1)


def photo_response(photo: Photo) -> Response:
    """The record of a photo, with its etag."""
    return JSONResponse(photo.record(), headers={"ETag": record_etag(photo)})


async def patch(request: Request) -> Response:
    """Write fields of a photo, or take edits back; with `If-Match` only if its record still has that etag."""
    id_, if_match = parse_photo_id(request.path_params), parse_if_match(request.headers)
    values = parse_patch(parse_json(await request.body()))
    photo = await edit(
        id_,
        values,
        by=request.state.caller.name,
        context=catalogue_context(),
        if_match=if_match,
    )
    return photo_response(photo)


async def undo_change(request: Request) -> Response:
    """Undo the last change of a photo, or the one that is named."""
    id_, if_match = parse_photo_id(request.path_params), parse_if_match(request.headers)
    body = await request.body()
    change = validate(UndoRequest, parse_json(body) if body.strip() else {}).change
    photo = await undo(id_, change, by=request.state.caller.name, context=catalogue_context(), if_match=if_match)
    return photo_response(photo)


async def history(request: Request) -> Response:
    """The changes of a photo, the last one first."""
    edits = await catalogue_context().edits.read(parse_photo_id(request.path_params))
    changes = [
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
    return JSONResponse({"changes": changes})


def _values(edits: Mapping[str, Any]) -> dict[str, Any]:
    return {name: edit and edit.value for name, edit in edits.items()}
