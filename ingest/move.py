"""
Moves a photo to another path, with all that belongs to it, and pays for nothing.

The move is written down first, and then done step by step (`move_steps.py`), so that whatever interrupts it, it can be
finished.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from ingest.companions import with_companions
from ingest.context import IngestContext
from ingest.facts.sidecar_names import split_extension, split_folder
from ingest.file_roles import role_by_name
from ingest.move_steps import finish
from ingest.moved_files import moved_movies, moved_sidecars
from ingest.to_trash import find as find_in_trash
from ingest.visibility import check_folder, is_visible, prepare
from shared.blob_name import fault_in_name
from shared.edits import is_sound
from shared.errors import BadRequest, Conflict, NotFound, PreconditionFailed, Transient
from shared.photo import Photo, photo_id, utc
from shared.storage import BlobInfo
from shared.stores.moves import Move


async def move(id_: str, new_path: str, context: IngestContext, *, by: str = "") -> Move:
    """
    Move a photo; NotFound if it is not indexed, InsufficientRights for a folder that the caller does not see.

    PreconditionFailed, and nothing is done, if the name belongs to another file, also to one in the trash. Conflict
    while the photo is being moved elsewhere, Transient while its file is being read.
    """
    check_folder(new_path)
    photo = await context.index.get(id_)
    if begun := await _visible_move(id_, context):
        if not begun.done and begun.new_path == new_path:
            return await finish(begun, context)
        if not begun.done:
            raise Conflict("the photo is being moved already: try again in some minutes", param="id")
    if photo is None:
        raise NotFound(f"there is no photo {id_}", param="id")
    if new_path == photo.path:
        return Move(path=photo.path, new_path=new_path, etag=photo.etag, at="", done=True)
    _check_name(photo.path, new_path)
    planned = await _plan(photo, new_path, context, by)
    if begun:  # it was here before, was moved away, and is here again
        await context.moves.delete(id_)
    if not await context.moves.begin(planned):
        raise Conflict("the photo is being moved already: try again in some minutes", param="id")
    return await finish(planned, context)


async def _visible_move(id_: str, context: IngestContext) -> Move | None:
    """The last move of a photo, unless it is hidden where it went."""
    await prepare(id_, context)
    begun = await context.moves.find(id_)
    return begun if begun and await is_visible(begun.new_path, context) else None


def _check_name(path: str, new_path: str) -> None:
    if fault := fault_in_name(new_path):
        raise BadRequest(fault, param="path")
    if role_by_name(new_path) != "photo":
        raise BadRequest("files of this name are not photos to the app: choose another", param="path")
    (_, old), (_, new) = (split_extension(split_folder(each)[1]) for each in (path, new_path))
    if old != new:
        raise BadRequest(f"the name must end as before, in {f'.{old}' if old else 'no extension'}", param="path")


async def _plan(photo: Photo, new_path: str, context: IngestContext, by: str) -> Move:
    """All that is to be moved, once it is clear that it can be."""
    original = await context.storage.stat(photo.path)
    if original is None:
        raise NotFound("the file of this photo is gone", param="id")
    if original.etag != photo.etag or not is_sound(photo):
        raise Transient("the file of this photo has just changed: try again when it has been read")
    files = await with_companions(original, context)
    planned = Move(
        path=photo.path,
        new_path=new_path,
        etag=original.etag,
        at=utc(datetime.now(UTC)),
        by=by,
        sidecars=moved_sidecars(files, new_path),
        movies=await moved_movies(files, new_path, context),
    )
    await _check_free(planned, context)
    return planned


async def _check_free(planned: Move, context: IngestContext) -> None:
    if await context.storage.stat(planned.new_path):
        raise PreconditionFailed("there is already a file of this name", param="path")
    for each in (*planned.sidecars, *planned.movies):
        ours, theirs = await context.storage.stat(each.path), await context.storage.stat(each.new_path)
        if ours and theirs and not _may_be_same(ours, theirs):
            raise PreconditionFailed(f"a file that goes along cannot: there is already a {each.new_path}", param="path")
    if await find_in_trash(planned.new_id, context) or await context.edits.etag(planned.new_id):
        raise PreconditionFailed(
            "a deleted photo of this name waits in the trash, with what people wrote about it: restore it, or delete "
            "it for good, before another photo takes its name",
            param="path",
        )
    earlier = await context.moves.find(planned.new_id)
    if earlier and not earlier.done:
        raise Conflict("the photo of this name is being moved: try again in some minutes", param="path")
    if earlier:  # its old id is that of a photo again
        await context.moves.delete(planned.new_id)


def _may_be_same(first: BlobInfo, second: BlobInfo) -> bool:
    """Whether two files may have the same bytes: a raw and a JPEG that are moved one by one share their sidecars."""
    return first.size == second.size and (first.md5 == second.md5 or None in {first.md5, second.md5})


def in_folder(folder: str, name: str) -> str:
    """The path of a file in a folder, ``""`` for the top."""
    return f"{folder}/{name}" if folder else name


async def move_to(id_: str, new_path_of: Callable[[str], str], context: IngestContext, *, by: str = "") -> bool:
    """
    Move a photo to what `new_path_of` makes of its path; False if it is there.

    One that was moved there already counts as moved.
    """
    photo = await context.index.get(id_)
    begun = await _visible_move(id_, context)
    path = photo.path if photo else begun.path if begun else ""
    if not path:
        raise NotFound(f"there is no photo {id_} any more", param="id")
    new_path = new_path_of(path)
    if photo is None and begun and begun.done and begun.new_path == new_path:
        return True
    if path == new_path:
        return False
    await move(photo_id(path), new_path, context, by=by)
    return True


async def move_back(id_: str, context: IngestContext, *, since: str, by: str = "") -> bool:
    """
    Move a photo to where it was, if it was moved `since` then; False if it was not, or is there again.

    It is known for a day, until which `NotFound` tells that the photo has been moved on, or deleted.
    """
    begun = await _visible_move(id_, context)
    if begun is None or begun.at < since or await context.index.get(id_):
        return False
    if not begun.done:
        begun = await finish(begun, context)
    await move(begun.new_id, begun.path, context, by=by)
    return True
