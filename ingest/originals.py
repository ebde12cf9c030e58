"""Originals as they are in the container, whether or not they are indexed yet."""

import logging

from ingest.context import IngestContext
from ingest.move_steps import finish_move_to
from ingest.removal import remove
from ingest.to_trash import keep_file
from ingest.visibility import is_visible
from shared.errors import NotFound, PreconditionFailed, Transient
from shared.log_text import error_label
from shared.photo import photo_id
from shared.storage import BlobInfo

ANY_VERSION = "*"
log = logging.getLogger(__name__)


async def find_original(path: str, context: IngestContext) -> BlobInfo:
    """What storage says of an original; NotFound if there is none, or if it is hidden."""
    await context.storage.ready()
    original, visible = await context.storage.stat(path), await is_visible(path, context)
    if original is None or not visible:
        raise NotFound("there is no original of this name", param="path")
    return original


async def digest_of(original: BlobInfo, context: IngestContext) -> str | None:
    """
    Its SHA-256 in hexadecimal digits; None if it has changed or gone meanwhile.

    The index knows it of the version that it has indexed; otherwise, and if the index is down, the bytes are read.
    """
    try:
        indexed = await context.index.get(photo_id(original.name))
    except Transient as error:
        log.warning("reading an original for its digest: %s", error_label(error))
        indexed = None
    if indexed and indexed.digest and indexed.etag == original.etag:
        return indexed.digest
    return await context.storage.digest(original)


async def delete_original(path: str, context: IngestContext, *, by: str = "", if_match: str | None = None) -> None:
    """
    Move an original into the trash, and remove everything made from it; NotFound if there is none.

    PreconditionFailed, and it stays, if it no longer has the etag `if_match`, or is replaced meanwhile.
    """
    await finish_move_to(path, context)  # else its old file would bring it back
    original = await find_original(path, context)
    if if_match not in {None, ANY_VERSION, original.etag}:
        raise PreconditionFailed("the photo has changed or is gone", param="If-Match")
    await keep_file(original, by, context)
    await context.storage.delete(path, if_match=original.etag)
    context.original_count.invalidate()
    await remove(path, context)
