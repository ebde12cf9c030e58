"""
How a photo becomes searchable:

    read -> prepare -> describe -> embed -> index

Each step takes plain values and returns plain values. The document's id comes
from the blob's name, so ingesting a photo twice leaves one document behind and
a retry is always safe. What was paid for is stored before the next step can fail.
"""

import asyncio
import logging
import time
from operator import attrgetter

from ingest.batch_hold import is_held
from ingest.companions import PhotoFiles, check_companions, find_files, sidecar_changed
from ingest.context import IngestContext
from ingest.early_pictures import EarlyPictures, early_pictures
from ingest.facts.sidecar_names import is_sidecar
from ingest.ignored_files import is_ignored
from ingest.image import Image
from ingest.live_photo import check_video
from ingest.new_document import make_document, naming_bytes
from ingest.reading import check_size, is_current, read_photo, with_edits, with_same_bytes
from ingest.removal import remove
from ingest.withdrawal import is_withdrawn
from ingest.writing import Written, write_photo
from shared import telemetry
from shared.edits import is_sound
from shared.granted_documents import check_grants
from shared.log_text import photo_label
from shared.photo import Photo, photo_id
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)


async def ingest(name: str, context: IngestContext, *, refresh: bool = False, arrives: bool = False) -> Photo | None:
    """
    Make one photo searchable and return its document.

    None when there is nothing to do: the blob is gone, or has changed, in which case another event is on its way;
    or it is no photo, but a file that belongs to one, or that is ignored. With `refresh` it is only read again if it
    is indexed as it is: the description stays, whatever its recipe. So it does where a photo `arrives` that was only
    moved; and one that arrives to be described in a batch is left to that.
    """
    began = time.monotonic()
    if is_ignored(name):
        return None
    if is_sidecar(name):
        await sidecar_changed(name, context)
        await context.failures.clear(photo_id(name))  # an earlier attempt may have failed
        return None
    await context.know_fields()
    is_likely_new = not refresh and context.novelty.is_likely(photo_id(name))
    original, indexed, _ = await asyncio.gather(
        find_files(name, context),
        _no_document() if is_likely_new else _find(name, context),
        context.know_rules(since=began),
    )
    if original is None:
        await remove(name, context)
        return None
    if await check_video(original, context):
        log.info("attached %s", photo_label(name))
        await context.failures.clear(photo_id(name))  # it was an ordinary video before its picture came
        return None
    await check_size(original, context)
    if is_likely_new and original.arrived is None and not original.for_batch:
        return await _ingest_new(original, context)
    indexed = await _find(name, context) if is_likely_new else indexed
    is_moved = arrives and original.arrived is not None and indexed is not None and indexed.etag == original.etag
    return await _ingest_photo(original, indexed, context, refresh=refresh or is_moved)


async def _ingest_photo(
    original: PhotoFiles,
    indexed: Photo | None,
    context: IngestContext,
    *,
    refresh: bool,
    read: tuple[str, Image] | None = None,
) -> Photo | None:
    """The same of a photo whose document was looked for, and whose file may be `read`."""
    has_changed = indexed is None or indexed.etag != original.etag
    if indexed and not has_changed and is_current(indexed, indexed.digest, original, context, refresh=refresh):
        log.info("unchanged %s", photo_label(original.name))
        return await with_edits(indexed, context)
    if (refresh and has_changed) or await is_held(original, context):
        return None

    if read and indexed and (moved := await with_same_bytes(indexed, read[0], original, context)):
        return moved
    result = read or await read_photo(original, context, indexed)
    if result is None or isinstance(result, Photo):
        return result
    digest, image = result

    # Captions are the slow, paid step: the same bytes never need a second one.
    described = indexed and indexed.digest == digest and (refresh or context.is_current(indexed.recipe))
    kept = indexed if described and indexed and is_sound(indexed) else None
    if refresh and kept is None and not (described and indexed and context.is_current(indexed.recipe)):
        return None
    async with early_pictures(photo_id(original.name), image, context) as pictures:
        if indexed is None:
            await pictures.create()
        written = await _describe_and_index(original, digest, image, kept, context, pictures)
    return await _settle(written, context) if written else None


async def _ingest_new(original: PhotoFiles, context: IngestContext) -> Photo | None:
    """The same of a photo that is likely new: it is if its preview can be created. Else its document is looked for."""
    result = await read_photo(original, context, None)
    if result is None or isinstance(result, Photo):
        return result
    digest, image = result
    async with early_pictures(photo_id(original.name), image, context) as pictures:
        if await pictures.create():
            indexed = None
            context.novelty.note(photo_id(original.name), is_new=True)
        else:
            indexed = await _find(original.name, context)
        if indexed is None:
            written = await _describe_and_index(original, digest, image, None, context, pictures)
            return await _settle(written, context) if written else None
    return await _ingest_photo(original, indexed, context, refresh=False, read=result)


async def _find(name: str, context: IngestContext) -> Photo | None:
    """The document of a photo."""
    indexed = await context.index.get(photo_id(name))
    context.novelty.note(photo_id(name), is_new=indexed is None)
    return indexed


async def _no_document() -> None:
    pass


async def _describe_and_index(
    original: PhotoFiles,
    digest: str,
    image: Image,
    kept: Photo | None,
    context: IngestContext,
    pictures: EarlyPictures,
) -> Written | None:
    """Make the document and write it; None if the blob has changed or gone meanwhile."""
    with naming_bytes(digest), telemetry.spending_of(original.uploader.owner):
        photo = await make_document(original, digest, image, kept, context)
        written = await write_photo(photo, image, context, pictures, has_pictures=_has_pictures(kept, photo))
        return await _still_there(written, context) if written else None


async def _still_there(written: Written, context: IngestContext) -> Written | None:
    """The same, unless the blob has gone, or has changed since the document was written: that is queued."""
    photo = written.photo
    if written.files is None:
        await remove(photo.path, context, digest=photo.digest)
        return None
    if written.files.etag != photo.etag:
        log.info("changed while being indexed %s", photo_label(photo.path))
        await context.tickets.send(Ticket(photo.path, traceparent=telemetry.current_traceparent()))
        return None
    log.info("indexed %s", photo_label(photo.path))
    return written


async def _settle(written: Written, context: IngestContext) -> Photo:
    """
    Look at what may have changed since it was read for the document.

    Nobody edits a photo that is not searchable, or puts it into a collection; one that it is in already, it may have
    left.
    """
    photo = written.photo
    if written.was_there or photo.collections:
        await check_grants(photo.id, photo.collections, context.collections, context.index)
    if written.was_there:
        await with_edits(photo, context)
    if written.files:
        await check_companions(photo, written.files, context)
    return photo


def _has_pictures(kept: Photo | None, photo: Photo) -> bool:
    """
    Whether the pictures of the document before are those of this photo, of the same bytes.

    The first release, whose documents have no versions, made other thumbnails.
    """
    if kept is None or kept.fields_version == 0 or is_withdrawn(kept):
        return False
    looks = attrgetter("width", "height", "perceptual_hash")
    return bool(looks(kept) == looks(photo))
