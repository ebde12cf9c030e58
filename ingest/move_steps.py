"""
The steps of a move, each of which may be done twice.

So one that was interrupted is finished by reconcile or by the same request. At every moment the file is there, under
one of its names or for a moment under both.
"""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.companions import with_companions
from ingest.context import IngestContext
from ingest.document import renamed
from ingest.facts.file_name import moment_of
from ingest.forgetting import look_again
from ingest.moved_edits import carry_edits
from ingest.moved_files import is_needed
from ingest.withdrawal import withdraw
from shared.access.in_force import grants, rules_in_force
from shared.access.sight import in_full_sight
from shared.edits import is_sound
from shared.errors import NotFound, PhotoError, PreconditionFailed, SameBytes
from shared.granted_documents import check_grants
from shared.log_text import error_label, photo_label
from shared.photo import utc
from shared.storage import BlobInfo
from shared.stores.moves import LEADS_ON, Move, MovedFile
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

INTERRUPTED = timedelta(minutes=5)  # after which a move that is not done has lost its process
OUTDATED = 0  # a version of facts that is read again


@in_full_sight
async def finish(begun: Move, context: IngestContext) -> Move:
    """Do what is still to be done of a move, and return it."""
    await _copy_files(begun, context)
    await context.collections.rename_photo(begun.id, begun.new_id)
    await context.shares.rename_photo(begun.id, begun.new_id)
    await carry_edits(begun, context)
    await _copy_document(begun, context)
    await _remove_what_was_made(begun, context)
    await _delete_old_files(begun, context)
    done = replace(begun, at=utc(datetime.now(UTC)), done=True)
    await context.moves.write(done)
    context.original_count.invalidate()
    log.info("moved %s", photo_label(begun.new_path))
    return done


async def _copy_files(begun: Move, context: IngestContext) -> None:
    """Copy the files: sidecars first, so that whoever reads the photo has them, and movies when it is there."""
    original = await _original(begun, context)
    if original is None and await context.storage.stat(begun.new_path):
        return  # it was copied: only its old file is gone, or replaced
    if original is None:
        await _give_up(begun, context)
        raise NotFound("the file of this photo was deleted or replaced while it was being moved", param="id")
    try:
        for each in begun.sidecars:
            await _copy(each, context)
        await _copy_if_missing(original, begun.new_path, context)
        for each in begun.movies:
            await _copy(each, context)
    except (PreconditionFailed, NotFound):
        if await context.storage.stat(begun.new_path) and await _original(begun, context) is None:
            return  # the same request came twice, and the other one was faster
        await _give_up(begun, context)
        raise


async def _original(begun: Move, context: IngestContext) -> BlobInfo | None:
    """The file that is to be moved, while it is where it was."""
    original = await context.storage.stat(begun.path)
    return original if original and original.etag == begun.etag else None


async def _copy(file: MovedFile, context: IngestContext) -> None:
    if info := await context.storage.stat(file.path):
        await _copy_if_missing(info, file.new_path, context)


async def _copy_if_missing(original: BlobInfo, new_path: str, context: IngestContext) -> None:
    """Copy a file; PreconditionFailed if there is another of the new name, or if it changes meanwhile."""
    there = await context.storage.stat(new_path)
    if there and original.md5 and (there.size, there.md5) == (original.size, original.md5):
        return
    try:
        await context.storage.copy(original, new_path)
    except SameBytes:
        log.info("was copied already %s", photo_label(new_path))


async def _give_up(begun: Move, context: IngestContext) -> None:
    """Forget a move that cannot be made: the photo stays what it is. Copies of its sidecars do no harm, and go."""
    for each in begun.sidecars:
        old, new = await context.storage.stat(each.path), await context.storage.stat(each.new_path)
        if old and new and old.md5 and (old.size, old.md5) == (new.size, new.md5):
            await context.storage.delete(new.name, if_match=new.etag)
    await context.moves.delete(begun.id)


async def _copy_document(begun: Move, context: IngestContext) -> None:
    """Give the photo its document and pictures under the new id; without a sound document its file is read again."""
    target = await context.storage.stat(begun.new_path)
    photo = await context.index.get(begun.id, with_vector=True)
    if target is None or photo is None or photo.etag != begun.etag or not is_sound(photo):
        if target and await context.index.get(begun.new_id) is None:
            await context.tickets.send(Ticket(begun.new_path))
        return
    await context.storage.copy_pictures(begun.id, begun.new_id)
    moved = renamed(photo, await with_companions(target, context))
    await context.know_rules()
    if rules_in_force().hide:
        collections = await context.collections.of_photo(begun.new_id)
        moved = replace(moved, collections=collections, **grants(moved.path, collections))
    has_other_facts = _tells_other_facts(begun)
    await context.index.put(replace(moved, facts_version=OUTDATED) if has_other_facts else moved)
    await check_grants(moved.id, moved.collections, context.collections, context.index)
    await context.edited_documents.follow(begun.new_id)
    if has_other_facts:
        await context.refresh_tickets.send(Ticket(begun.new_path))


def _tells_other_facts(begun: Move) -> bool:
    """Whether the new name tells another time than the old one."""
    return moment_of(begun.path) != moment_of(begun.new_path)


async def _remove_what_was_made(begun: Move, context: IngestContext) -> None:
    """Remove document, pictures and edits of the old id; what was written there to the last moment is carried over."""
    await withdraw(begun.id, context)
    if await carry_edits(begun, context):
        await context.edited_documents.follow(begun.new_id)
    await context.edits.delete(begun.id)


async def _delete_old_files(begun: Move, context: IngestContext) -> None:
    """Delete the files under their old names, unless the photo was replaced: what is there now is another photo."""
    try:
        await context.storage.delete(begun.path, if_match=begun.etag)
    except PreconditionFailed:
        if await context.storage.stat(begun.path):
            await context.tickets.send(Ticket(begun.path))
            return
    for each in (*begun.movies, *begun.sidecars):
        if await context.storage.stat(each.new_path) and not await is_needed(each.path, context):
            await context.storage.delete(each.path)
    await context.failures.clear(begun.id)
    await withdraw(begun.id, context)  # which somebody may have written who was reading the file meanwhile
    await look_again(begun.path, context)  # another file may have taken the name


async def finish_moves(context: IngestContext, *, until: float = float("inf")) -> int:
    """
    Finish the moves that were interrupted, forget those that are long done, and return how many were finished.

    What is not done `until` then, by the monotonic clock, is left to the next time.
    """
    now, count = datetime.now(UTC), 0
    for entry in [each async for each in context.moves.entries()]:
        if time.monotonic() >= until:
            break
        age = now - entry.since
        if entry.done and age >= LEADS_ON:
            await context.moves.delete(entry.id)
        elif not entry.done and age >= INTERRUPTED:
            count += await _finish_interrupted(entry.id, context)
    return count


async def finish_move_to(path: str, context: IngestContext) -> None:
    """Finish a move that was interrupted with its photo at this path already."""
    if not await context.moves.are_kept():
        return
    for entry in [each async for each in context.moves.entries() if not each.done]:
        begun = await context.moves.find(entry.id)
        if begun and begun.new_path == path and await context.storage.stat(path):
            await finish(begun, context)


async def _finish_interrupted(id_: str, context: IngestContext) -> bool:
    begun = await context.moves.find(id_)
    if begun is None:
        return False
    try:
        await finish(begun, context)
    except PhotoError as error:
        log.warning("could not finish a move: %s", error_label(error))
        return False
    return True
