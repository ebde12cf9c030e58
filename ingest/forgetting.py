"""
What is left of a photo that is gone for good: nothing.

What belongs to it alone goes at once. Records of other things that name it, such as jobs, verdicts, proposals, shares
and moves, are gone through together, for all photos that have gone since, at the end of a request or by the timer:
which these are is noted in the trash, by their ids alone.
"""

import logging
from collections.abc import Set

from ingest.context import IngestContext
from shared.access.sight import in_full_sight
from shared.errors import NotFound
from shared.log_text import photo_label
from shared.photo import photo_id
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

BATCH = 500  # photos looked for in one request


async def note_gone(path: str, context: IngestContext) -> None:
    """Note that a photo is gone, unless it has only another name now."""
    id_ = photo_id(path)
    if not await context.moves.find(id_):
        await context.trash.note_gone(id_)


@in_full_sight
async def forget(path: str, digests: set[str], context: IngestContext, *, was_there: bool = True) -> None:
    """
    Delete what people wrote about a photo, its pictures and places in collections, and descriptions no other has.

    What was not there any more, as where word of its end comes late, is named by no records of other things.
    """
    id_ = photo_id(path)
    if was_there:
        await note_gone(path, context)
    await context.edits.delete(id_)
    await context.collections.rename_photo(id_, None)
    await context.storage.delete_pictures(id_)
    await forget_descriptions(id_, digests, context)


async def look_again(path: str, context: IngestContext) -> None:
    """Read a photo again that came back while it was removed, as what was removed last may have been its own."""
    if await context.storage.stat(path):
        log.info("is read again, as it came back %s", photo_label(path))
        await context.index.delete(photo_id(path))
        await context.tickets.send(Ticket(path))


async def forget_descriptions(id_: str, digests: Set[str], context: IngestContext) -> None:
    """Delete the descriptions of these bytes that no other photo has."""
    if not digests:
        return
    others = {entry.digest async for entry in context.trash.entries() if entry.id != id_}
    others |= {failure.digest async for failure in context.failures.all() if failure.id != id_}
    for digest in digests - others:
        if not await context.index.holds(digest, besides=id_):
            await context.descriptions.forget(digest)


@in_full_sight
async def forget_gone(context: IngestContext) -> None:
    """Take the photos that have gone for good out of all records of other things, unless they are there again."""
    ids = await context.trash.gone()
    if not ids:
        return
    there: set[str] = set()
    for start in range(0, len(ids), BATCH):
        there |= (await context.index.entries(ids[start : start + BATCH])).keys()
    if gone := set(ids) - there:
        former = await context.moves.former_ids(gone)
        await _forget_exports(await context.jobs.forget_photos(gone | former), context)
        for store in (context.proposals, context.feedback, context.shares):
            await store.forget_photos(gone | former)
        for id_ in former:
            await context.moves.delete(id_)
    await context.trash.forget_gone(ids)


async def _forget_exports(jobs: set[str], context: IngestContext) -> None:
    """Delete what jobs have exported that had one of these photos; one that runs is gone a day after its end."""
    for id_ in [each async for each in context.exports.all() if each in jobs]:
        try:
            has_ended = (await context.jobs.read(id_)).has_ended
        except NotFound:
            has_ended = True
        if has_ended:
            await context.exports.delete(id_)
