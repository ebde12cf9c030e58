"""`/api/originals`: an original by its path, as storage has it, whether or not it is indexed yet."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from ingest.context import ingest_context
from ingest.originals import digest_of, find_original
from shared.access.audit import record
from shared.errors import NotFound
from shared.photo import photo_id
from web.caller import caller_of
from web.own_uploads import delete_if_own
from web.parameters import parse_conditions, parse_flag, parse_upload_path
from web.photos import DeleteResult


class Original(TypedDict):
    """An original; `digest` is the SHA-256 of its bytes, null unless asked for."""

    id: str
    path: str
    size_bytes: int
    etag: str
    digest: str | None


async def original(request: Request) -> Response:
    """
    What is at a path. With `digest=true` its digest, too, for which an original that isn't indexed yet is read.

    Where there is nothing, the answer is 404 or, with `optional=true`, 204, which no browser reports as an error.
    """
    path, context = parse_upload_path(request.path_params["path"]), ingest_context()
    with_digest = parse_flag(request.query_params, "digest")
    is_optional = parse_flag(request.query_params, "optional")
    try:
        blob = await find_original(path, context)
    except NotFound:
        if is_optional:
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        raise
    result: Original = {
        "id": photo_id(path),
        "path": path,
        "size_bytes": blob.size,
        "etag": blob.etag,
        "digest": await digest_of(blob, context) if with_digest else None,
    }
    return JSONResponse(result, headers={"Cache-Control": "no-store"})


async def delete(request: Request) -> Response:
    """Delete an original by its path, indexed or not, as a photo is deleted; `If-Match` as in an upload."""
    path = parse_upload_path(request.path_params["path"])
    if_match, _ = parse_conditions(request.headers)
    context, caller = ingest_context(), caller_of(request)
    await find_original(path, context)
    await delete_if_own(path, caller, context, if_match=if_match)
    await record("deleted", [photo_id(path)])
    result: DeleteResult = {"id": photo_id(path), "path": path, "state": "deleted"}
    return JSONResponse(result)
