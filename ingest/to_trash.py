"""How what is deleted comes into the trash: its file, before it is deleted, or at least the words about it."""

from datetime import UTC, datetime

from ingest.context import IngestContext
from ingest.withdrawal import is_withdrawn
from shared.access.audit import OUTSIDE
from shared.access.caller import current_caller
from shared.access.roles import Role
from shared.access.sight import in_full_sight
from shared.errors import NotFound, PreconditionFailed
from shared.photo import Photo, photo_id, utc
from shared.storage import BlobInfo
from shared.stores.trash import TrashedPhoto


@in_full_sight
async def keep_file(original: BlobInfo, by: str, context: IngestContext) -> None:
    """
    Copy a file that is about to be deleted into the trash, and record it there; nothing without TRASH_DAYS.

    PreconditionFailed where another file of this name waits there, which only admins delete for good.
    """
    if not context.settings.trash_days:
        return
    id_ = photo_id(original.name)
    indexed = await context.index.get(id_)
    await _check_place(original, indexed, context)
    content_type = await context.storage.content_type(original.name)
    file_etag = await context.trash.keep_file(id_, context.storage.chunks(original), content_type=content_type)
    trashed = TrashedPhoto(
        id=id_,
        path=original.name,
        deleted_at=utc(datetime.now(UTC)),
        by=by,
        title=indexed.title if indexed else "",
        etag=original.etag,
        digest=indexed.digest if indexed else await digest_of_failure(id_, context),
        size_bytes=original.size,
        content_type=content_type,
        restorable=True,
        owner=original.uploader.owner,
        uploaded_by=original.uploader.name,
        file_etag=file_etag,
    )
    await context.trash.write(trashed)


async def _check_place(original: BlobInfo, indexed: Photo | None, context: IngestContext) -> None:
    """That this file may take its place in the trash: where another one waits there, that would be gone for good."""
    caller, waiting = current_caller(), await find(photo_id(original.name), context)
    if waiting is None or not waiting.restorable or caller.role >= Role.ADMIN:
        return
    is_own = bool(waiting.owner) and waiting.owner == caller.owner
    has_same_bytes = indexed and (indexed.etag, indexed.digest) == (original.etag, waiting.digest)
    if waiting.etag != original.etag and not is_own and not has_same_bytes:
        raise PreconditionFailed(
            "an earlier file of this name waits in the trash, and would be gone for good: move this photo to another "
            "name, restore that one, and delete the two, or ask an admin to delete that one for good",
            param="path",
        )


async def keep_words(name: str, indexed: Photo | None, context: IngestContext) -> bool:
    """
    Let the words about a photo whose file is gone wait in the trash; False if there are none, or nothing is to wait.

    Where the app has deleted it, its record is there already, and stays, with its file: also that of an earlier file of
    this name, and that of a later one than the index knows.
    """
    id_ = photo_id(name)
    if not context.settings.trash_days:
        return False
    trashed = await find(id_, context)
    if trashed and (trashed.restorable or indexed is None or is_withdrawn(indexed) or indexed.etag == trashed.etag):
        if indexed and not is_withdrawn(indexed) and _came_after(indexed, trashed):
            await context.write_down("deleted", [id_], caller=OUTSIDE)
        return True
    if indexed is None and not await context.edits.etag(id_):
        return False
    title, digest, etag = (indexed.title, indexed.digest, indexed.etag) if indexed else ("", "", "")
    now = utc(datetime.now(UTC))
    trashed = TrashedPhoto(id=id_, path=name, deleted_at=now, title=title, digest=digest, etag=etag)
    await context.trash.write_words(trashed)
    await context.write_down("deleted", [id_], caller=OUTSIDE)
    return True


def _came_after(indexed: Photo, trashed: TrashedPhoto) -> bool:
    """Whether a photo is not what was deleted, nor an earlier version of it, but came when that was gone."""
    if indexed.etag == trashed.etag or not indexed.arrived_at:
        return False
    return datetime.fromisoformat(indexed.arrived_at) > datetime.fromisoformat(trashed.deleted_at)


async def digest_of_failure(id_: str, context: IngestContext) -> str:
    """The digest of a photo that failed after its description was kept; empty if it did not."""
    try:
        return (await context.failures.read(id_)).digest
    except NotFound:
        return ""


async def find(id_: str, context: IngestContext) -> TrashedPhoto | None:
    """What is in the trash of a photo, if anything is."""
    try:
        return await context.trash.read(id_)
    except NotFound:
        return None
