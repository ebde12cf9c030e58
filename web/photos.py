"""`/api/photos`: upload, read and delete a photo, and find similar ones."""

from contextlib import suppress
from typing import Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from ingest import uploads
from ingest.context import IngestContext, ingest_context
from ingest.decoding.media_types import sniff_media_type
from ingest.decoding.size_limits import check_http_upload, upload_limit
from ingest.file_roles import role_of
from ingest.removal import remove
from ingest.status import is_shown
from ingest.visibility import check_folder, visible_failure
from query.context import query_context
from shared.access.audit import record as record_audit
from shared.access.caller import Caller
from shared.access.roles import Role
from shared.errors import NotFound, PreconditionFailed
from shared.photo import photo_id
from web.caller import caller_of
from web.edits import photo_response
from web.hits import hit_records
from web.own_uploads import UploadCondition, check_upload, delete_if_own, uploader_of
from web.parameters import ANY_ETAG, parse_conditions, parse_photo_id, parse_upload_path, parse_whole_number

MAX_SIMILAR = 100


class UploadResult(TypedDict):
    """
    A file that is now in the container.

    A photo is `waiting` to be made searchable. A sidecar is `attached` to the photo of its name, whichever of the
    two comes first; so is the movie of a Live Photo, if its picture is there. What programs leave in folders, such
    as `Thumbs.db`, is `ignored`.
    """

    id: str
    path: str
    size_bytes: int
    etag: str
    state: Literal["waiting", "attached", "ignored"]
    replaced: bool


class DeleteResult(TypedDict):
    """An original that is in the trash, or gone; what was made from it is gone."""

    id: str
    path: str
    state: Literal["deleted"]


async def upload(request: Request) -> Response:
    """
    Stream an original into the container, where it is like any other upload: 201, or 200 if it replaced one.

    `If-None-Match: *` replaces nothing, `If-Match: *` something in any case, and `If-Match` with an etag only that
    version; 412 otherwise. Into a folder that rules hide from the caller nobody can upload: 403.
    """
    path = parse_upload_path(request.path_params["path"], request.scope.get("raw_path") or b"")
    check_folder(path)
    context = ingest_context()
    if_match, if_none_match = parse_conditions(request.headers)
    length = request.headers.get("content-length", "")
    check_http_upload(int(length) if length.isdecimal() else None)
    limit = upload_limit(path, context.settings)
    existing = None if if_none_match else await context.storage.stat(path)
    if if_match == ANY_ETAG:  # storage takes an upload that has only begun for a blob that is there
        if existing is None:
            raise PreconditionFailed("there is no photo of this name to replace", param="If-Match")
        if_match = existing.etag
    caller = caller_of(request)
    condition = await check_upload(path, existing, UploadCondition(if_match, if_none_match), caller, context)
    content_type, data = await sniff_media_type(request.stream(), path)
    blob = await context.storage.upload(
        path,
        data,
        content_type=content_type,
        limit=limit.bytes,
        setting=limit.setting,
        if_match=condition.if_match,
        if_none_match=condition.if_none_match,
        from_app=True,
        uploader=uploader_of(path, caller),
    )
    await record_audit("uploaded", [photo_id(path)])
    context.original_count.invalidate()
    role = await role_of(blob, context)
    if role != "ignored":
        await uploads.announce(path, context)
    result: UploadResult = {
        "id": photo_id(path),
        "path": path,
        "size_bytes": blob.size,
        "etag": blob.etag,
        "state": "waiting" if role == "photo" else role,
        "replaced": existing is not None,
    }
    return JSONResponse(result, 200 if existing else 201)


async def delete(request: Request) -> Response:
    """Move an original into the trash, and remove everything made from it; a contributor only their own."""
    id_, context, caller = parse_photo_id(request.path_params), ingest_context(), caller_of(request)
    path = await _path_of(id_, context, caller)
    try:
        await delete_if_own(path, caller, context)
    except NotFound:  # somebody else has deleted it, and nobody has noticed yet
        await remove(path, context)
    await record_audit("deleted", [id_])
    result: DeleteResult = {"id": id_, "path": path, "state": "deleted"}
    return JSONResponse(result)


async def _path_of(id_: str, context: IngestContext, caller: Caller) -> str:
    """The path of a photo that is searchable, or fails and may be known to; NotFound if it is neither."""
    photo = await context.index.get(id_)
    if photo:
        return photo.path
    with suppress(NotFound):
        failure = await visible_failure(id_, context)
        if caller.role >= Role.EDITOR or is_shown(failure, caller):
            return failure.path
    raise NotFound(f"there is no photo {id_}", param="id")


async def record(request: Request) -> Response:
    """The record of one photo; its etag is for a PATCH, not for an upload."""
    return photo_response(await query_context().library.photo(request.path_params["id"]))


async def similar(request: Request) -> Response:
    """The `top` most similar photos, 12 by default, the most similar first."""
    top = parse_whole_number(request.query_params, "top", 12, maximum=MAX_SIMILAR)
    hits = await query_context().library.similar(request.path_params["id"], top=top)
    return JSONResponse({"total": len(hits), "photos": hit_records(hits)})
