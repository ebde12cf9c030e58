"""Takes a photo out of the index, with its pictures."""

from contextlib import suppress

from ingest.context import IngestContext
from shared.errors import BadRequest
from shared.photo import Photo

WITHDRAWN = ""  # the etag of a document whose photo is being removed: no file has it


def is_withdrawn(document: Photo) -> bool:
    """Whether a removal of this photo began, and may have ended on its way: its pictures may be gone."""
    return document.etag == WITHDRAWN


async def withdraw(id_: str, context: IngestContext) -> None:
    """
    Delete a photo's pictures and document; what is gone already is fine.

    The document goes last: should this be interrupted, it tells reconcile, or whoever deletes the photo again, that
    pictures may be left. It is marked first, so that a file of this name is read again meanwhile, whatever its bytes.
    An attempt that has just written it looks then whether its preview is still there: where it is, the document was
    there before this ends.
    """
    with suppress(BadRequest):  # there is no document
        await context.index.touch(id_, etag=WITHDRAWN)
    await context.storage.delete_pictures(id_)
    await context.index.delete(id_)
