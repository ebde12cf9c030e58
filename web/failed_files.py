"""`/api/failures`, deleting: what failed leaves the status with its file, which waits in the trash like any other."""

import logging
import random

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from ingest import status as progress
from ingest.context import IngestContext, ingest_context
from ingest.removal import remove
from ingest.visibility import is_visible_failure, visible_failure
from shared.access.audit import record
from shared.access.caller import Caller
from shared.errors import NotFound, PhotoError
from shared.log_text import error_label
from shared.stores.failures import Failure
from web.caller import caller_of
from web.own_uploads import delete_if_own
from web.parameters import parse_photo_id

MAX_DELETED = 100  # in one request; the caller asks again for the rest
log = logging.getLogger(__name__)


class DeletedFailures(TypedDict):
    """How many failed files were deleted, and how many are left: ask again while some are."""

    deleted: int
    left: int


async def delete(request: Request) -> Response:
    """Delete one file that failed, or is retried; a contributor only their own."""
    id_, context, caller = parse_photo_id(request.path_params), ingest_context(), caller_of(request)
    failure = await visible_failure(id_, context)
    if not progress.is_shown(failure, caller):
        raise NotFound(f"no failure is recorded for {id_}", param="id")
    await _delete(failure, caller, context)
    result: DeletedFailures = {"deleted": 1, "left": 0}
    return JSONResponse(result)


async def delete_all(request: Request) -> Response:
    """Delete the files that were given up, of one's own uploads; an admin's are all. 100 in one request."""
    context, caller = ingest_context(), caller_of(request)
    failed = await progress.list_failures(context.failures, "failed", caller)
    meant = [each for each in failed if await is_visible_failure(each, context)]
    # Any of them: those that cannot be deleted must not stand before the others every time.
    chosen = random.sample(meant, min(len(meant), MAX_DELETED))
    deleted = [each for each in chosen if await _could_delete(each, caller, context)]
    result: DeletedFailures = {"deleted": len(deleted), "left": len(meant) - len(deleted)}
    return JSONResponse(result)


async def _could_delete(failure: Failure, caller: Caller, context: IngestContext) -> bool:
    """Whether it is deleted now: one that is not keeps none of the others."""
    try:
        await _delete(failure, caller, context)
    except PhotoError as error:
        log.warning("could not delete a file that failed: %s", error_label(error))
        return False
    return True


async def _delete(failure: Failure, caller: Caller, context: IngestContext) -> None:
    if failure.unreadable:  # it names no file, so the record is all there is
        await context.failures.dismiss(failure)
        return
    try:
        await delete_if_own(failure.path, caller, context)
    except NotFound:  # somebody else has deleted it, and nobody has noticed yet
        await remove(failure.path, context)
    await record("deleted", [failure.id])
