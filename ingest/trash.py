"""
Deleted photos, until they are gone for good.

A photo that the app deletes is copied into the trash first, then recorded there, and only then deleted, so that a kill
leaves it either here or there. Its description and what people wrote about it stay where they are; so they do, for as
long, where others deleted the file. Afterwards nothing is left of it.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from ingest.checkpoint import IN_ONE_GO, Checkpoint
from ingest.context import IngestContext
from ingest.forgetting import forget, forget_descriptions, forget_gone, look_again
from ingest.to_trash import find, keep_words
from ingest.uploads import announce
from ingest.visibility import is_visible, prepare
from shared.access.sight import current_sight, in_full_sight
from shared.errors import Conflict, NotFound, PhotoError, PreconditionFailed, SameBytes
from shared.log_text import photo_label
from shared.stores.trash import TrashedPhoto, TrashEntry

log = logging.getLogger(__name__)

SWEPT = 50  # photos in the trash that are looked at between two notes of how far it is
UNFINISHED = timedelta(minutes=15)  # after which a deletion that has not reached the file was interrupted


async def find_visible(id_: str, context: IngestContext) -> TrashedPhoto:
    """What is in the trash of a photo; NotFound if nothing is, or if it is hidden."""
    await prepare(id_, context)
    trashed = await context.trash.read(id_)
    if not await is_visible(trashed.path, context):
        raise NotFound(f"the photo {id_} is not in the trash", param="id")
    return trashed


async def visible_entries(context: IngestContext) -> list[TrashEntry]:
    """What is in the trash, as far as the caller of now sees it."""
    entries = [each async for each in context.trash.entries()]
    if current_sight().is_full:
        return entries
    return [
        each for each in entries if (photo := await find(each.id, context)) and await is_visible(photo.path, context)
    ]


async def restore(id_: str, context: IngestContext) -> TrashedPhoto:
    """
    Put a file back under its name, where it is like any other upload, but for a description that it has already.

    PreconditionFailed if there is another file of this name, or if its own is gone; Conflict while it is being deleted
    for good.
    """
    await find_visible(id_, context)
    trashed = await context.trash.claim(id_, "restore")
    try:
        await _put_back(trashed, context)
    except PhotoError:
        with suppress(NotFound):
            await context.trash.claim(id_, "")
        raise
    context.original_count.invalidate()
    await announce(trashed.path, context)
    await context.trash.delete(trashed)  # not what somebody has deleted again meanwhile
    return trashed


async def _put_back(trashed: TrashedPhoto, context: IngestContext) -> None:
    if not trashed.restorable:
        raise PreconditionFailed(
            "its file was not deleted through the app, and is gone: upload it again under its name, and what people "
            "wrote about it is back",
            param="id",
        )
    try:
        await context.storage.upload(
            trashed.path,
            context.trash.file(trashed.id),
            limit=max(1, trashed.size_bytes),
            content_type=trashed.content_type,
            if_none_match=True,
            from_app=True,
            uploader=trashed.uploader,
        )
    except SameBytes:
        log.info("was restored already %s", photo_label(trashed.path))


async def empty(context: IngestContext, *, before: Callable[[Sequence[str]], Awaitable[None]] | None = None) -> int:
    """
    Delete for good all that is in the trash, as far as the caller sees it, and return how much that was.

    `before` is told first what that will be.
    """
    ids = [entry.id for entry in await visible_entries(context)]
    if before:
        await before(ids)
    return len(await _delete_all(ids, context))


async def _delete_all(ids: Sequence[str], context: IngestContext) -> list[str]:
    """Delete for good what nobody is restoring just now, and return what that was."""
    deleted = await _delete_each(ids, context)
    await forget_gone(context)
    return deleted


async def _delete_each(ids: Sequence[str], context: IngestContext) -> list[str]:
    deleted = []
    for id_ in ids:
        with suppress(Conflict, NotFound):
            await _delete_one(id_, context)
            deleted.append(id_)
    return deleted


async def delete_for_good(id_: str, context: IngestContext) -> TrashedPhoto:
    """
    Delete what is left of a photo: its file, what people wrote, its pictures, and its description if no other has it.

    Where a photo of this name is there again, all but the file that was deleted is that photo's, and stays. Conflict
    while somebody restores it.
    """
    await find_visible(id_, context)
    trashed = await _delete_one(id_, context)
    await forget_gone(context)
    return trashed


async def _delete_one(id_: str, context: IngestContext) -> TrashedPhoto:
    trashed = await context.trash.claim(id_, "delete")
    is_gone = await context.storage.stat(trashed.path) is None
    if is_gone:
        await forget(trashed.path, {trashed.digest, *trashed.other_digests} - {""}, context)
        await look_again(trashed.path, context)
    deleted = await context.trash.delete(trashed)
    if is_gone and deleted:  # an attempt at another version may have said meanwhile that it is over
        await forget_descriptions(id_, {*deleted.other_digests} - {*trashed.other_digests}, context)
    log.info("deleted for good %s", photo_label(trashed.path))
    return trashed


@in_full_sight
async def sweep_trash(context: IngestContext, checkpoint: Checkpoint = IN_ONE_GO) -> int:
    """Delete for good what has been in the trash for long enough, and return how much that was."""
    count = 0
    entries = [each async for each in context.trash.entries() if each.id > checkpoint.cursor]
    for start in range(0, len(entries), SWEPT):
        some = entries[start : start + SWEPT]
        if deleted := await _sweep(some, context):
            log.info("deleted %s photos for good", len(deleted))
            await context.write_down("emptied", deleted)
            count += len(deleted)
        await checkpoint.reached(some[-1].id)
    if count:
        await forget_gone(context)
    return count


async def _sweep(entries: Sequence[TrashEntry], context: IngestContext) -> list[str]:
    """The ids of those that were deleted for good. Records of other things may still name them."""
    now, over = datetime.now(UTC), []
    for entry in entries:
        age = now - entry.deleted_at
        if age >= timedelta(days=context.settings.trash_days):
            over.append(entry.id)
        elif age >= UNFINISHED:
            await _take_back_unfinished(entry.id, context)
    return await _delete_each(over, context)


async def sweep_edits(context: IngestContext, checkpoint: Checkpoint = IN_ONE_GO) -> None:
    """Let edits wait in the trash of which nothing else is left, as where somebody edited a photo while it went."""
    async for page, end in context.edits.pages(checkpoint.cursor):
        entries = await context.index.entries([id_ for id_, _ in page]) if page else {}
        for id_ in [id_ for id_, _ in page if id_ not in entries]:
            path = (await context.edits.read(id_)).path
            if path and await context.storage.stat(path) is None and not await keep_words(path, None, context):
                await forget(path, set(), context)
                await look_again(path, context)
        if end:
            await checkpoint.reached(end)


async def _take_back_unfinished(id_: str, context: IngestContext) -> None:
    """Forget a deletion that was interrupted before it reached the file, which is still there."""
    trashed = await find(id_, context)
    original = await context.storage.stat(trashed.path) if trashed else None
    if trashed and original and original.etag == trashed.etag:
        await context.trash.delete(trashed)
