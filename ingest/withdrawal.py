"""Takes a photo out of the index, with its pictures."""

from ingest.context import IngestContext


async def withdraw(id_: str, context: IngestContext) -> None:
    """
    Delete a photo's document and pictures; what is gone already is fine.

    The document goes last: should this be interrupted, it tells reconcile, or whoever deletes the photo again, that
    something is left. An attempt that has just written it looks then whether its preview is still there: where it is,
    the document was there before this ends.
    """
    await context.storage.delete_pictures(id_)
    await context.index.delete(id_)
