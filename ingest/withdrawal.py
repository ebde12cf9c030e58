"""Takes a photo out of the index, with its pictures."""

from ingest.context import IngestContext

# Makes a document one that fits no file, and whose pictures nobody trusts.
WITHDRAWN = {"etag": "", "fields_version": 0}


async def withdraw(id_: str, context: IngestContext) -> None:
    """
    Delete a photo's pictures and document; what is gone already is fine.

    The document goes last: should this be interrupted, it tells reconcile, or whoever deletes the photo again, that
    pictures may be left. It is marked first, so that a file of this name is read again meanwhile, whatever its bytes.
    An attempt that has just written it looks then whether its preview is still there: where it is, the document was
    there before this ends.
    """
    await context.index.merge([{"id": id_, **WITHDRAWN}], logs_missing=False)
    await context.storage.delete_pictures(id_)
    await context.index.delete(id_)
