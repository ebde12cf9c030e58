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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from operator import attrgetter

from ingest.batch_hold import is_held
from ingest.caption_once import caption_once
from ingest.companions import (
    PhotoFiles,
    check_companions,
    find_files,
    is_failing,
    photo_removed,
    read_sidecars,
    sidecar_changed,
)
from ingest.context import IngestContext
from ingest.decoding.byte_source import Data
from ingest.decoding.size_limits import size_limit
from ingest.decoding.sniff import HEAD, VIDEO, is_large_kind, is_video
from ingest.document import build_document, description_of, hints, hints_for_all
from ingest.early_pictures import EarlyPictures, early_pictures
from ingest.facts.sidecar_names import is_sidecar
from ingest.forgetting import forget, look_again, note_gone
from ingest.ignored_files import is_ignored
from ingest.image import Image, sha256_hex
from ingest.image_vector import with_image_vector
from ingest.live_photo import check_video
from ingest.original_bytes import read_bytes
from ingest.preparation import prepare_within_budget
from ingest.to_trash import digest_of_failure, keep_words
from ingest.versions import is_outdated
from ingest.withdrawal import withdraw
from ingest.writing import Written, write_photo
from shared import telemetry
from shared.access.in_force import grants
from shared.access.sight import in_full_sight
from shared.edits import apply_edits, edits_state, is_sound, rebound
from shared.embedded_text import text_to_embed
from shared.embedding_model import TextVector
from shared.errors import BadPhoto, BadRequest, OutOfMemory, PhotoError, Transient
from shared.granted_documents import check_grants
from shared.log_text import photo_label
from shared.photo import Photo, photo_id
from shared.storage import BlobInfo
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
    await _check_size(original, context)
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
    if indexed and not has_changed and _is_current(indexed, indexed.digest, original, context, refresh=refresh):
        log.info("unchanged %s", photo_label(original.name))
        return await _with_edits(indexed, context)
    if (refresh and has_changed) or await is_held(original, context):
        return None

    if read and indexed and (moved := await _with_same_bytes(indexed, read[0], original, context)):
        return moved
    result = read or await _read(original, context, indexed)
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
    result = await _read(original, context, None)
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
    with _naming(digest), telemetry.spending_of(original.uploader.owner):
        photo = await _make_document(original, digest, image, kept, context)
        # The first release, whose documents have no versions, made other thumbnails.
        has_pictures = kept is not None and kept.fields_version > 0 and _look_alike(kept, photo)
        written = await write_photo(photo, image, context, pictures, has_pictures=has_pictures)
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
        await _with_edits(photo, context)
    if written.files:
        await check_companions(photo, written.files, context)
    return photo


async def read_for_caption(name: str, context: IngestContext) -> tuple[PhotoFiles, str, Image] | None:
    """A photo's files, digest and Image, of which a caption is made; None if it is gone, changing or no photo."""
    original = await find_files(name, context)
    if original is None or await check_video(original, context):
        return None
    await _check_size(original, context)
    result = await _read(original, context, None)
    return None if result is None or isinstance(result, Photo) else (original, *result)


@contextmanager
def _naming(digest: str) -> Iterator[None]:
    """Let an error name the bytes, so that their description can be deleted with a photo that never was indexed."""
    try:
        yield
    except PhotoError as error:
        error.digest = digest
        raise


async def _make_document(
    original: PhotoFiles, digest: str, image: Image, kept: Photo | None, context: IngestContext
) -> Photo:
    """Describe and embed; the description, with its recipe, stays that of the document that is `kept`, if any is."""
    recipe = kept.recipe if kept else context.recipe  # before the fields can change
    if kept:
        description, is_reused = description_of(kept), True
    else:
        description, is_reused = await caption_once(
            digest,
            image.preview,
            hints(original.name, image),
            context,
            path=original.name,
            hints_for_all=hints_for_all(image, has_sidecars=bool(original.sidecar_digest)),
        )
    document = build_document(
        original, digest, image, description, recipe=recipe, sidecar_digest=original.sidecar_digest
    )
    edits, collections = await asyncio.gather(
        context.edits.read(document.id), context.collections.of_photo(document.id)
    )
    photo = apply_edits(document, edits)
    photo = replace(photo, collections=collections, **grants(photo.path, collections))
    copied = await _vector_of_copy(photo, context) if is_reused else None
    vector = copied or await context.embed_one(text_to_embed(photo))
    embedded = replace(photo, vector=vector.values, embedding_recipe=vector.recipe)
    return await with_image_vector(embedded, image.preview, context)


async def _with_edits(indexed: Photo, context: IngestContext) -> Photo | None:
    """A photo whose document is up to date but for the edits that people have made since."""
    state = edits_state(await context.edits.etag(indexed.id), indexed.etag, indexed.sidecar_digest, indexed.recipe)
    is_current = state == indexed.edits_state and (indexed.embedded_text or not state)
    return indexed if is_current else await context.edited_documents.follow(indexed.id)


def _is_current(
    indexed: Photo, digest: str, original: PhotoFiles, context: IngestContext, *, refresh: bool = False
) -> bool:
    """Whether a document describes these bytes and sidecars as it would be made now; with `refresh`, by any recipe."""
    return (
        (indexed.digest, indexed.sidecar_digest) == (digest, original.sidecar_digest)
        and (refresh or context.is_current(indexed.recipe))
        and not is_outdated(indexed, context.vector_recipes)
        and is_sound(indexed)
    )


def _look_alike(first: Photo, second: Photo) -> bool:
    """Whether two documents of the same bytes have the same pictures."""
    looks = attrgetter("width", "height", "perceptual_hash")
    return bool(looks(first) == looks(second))


async def _check_size(original: BlobInfo, context: IngestContext) -> None:
    """Raw, Photoshop and TIFF files may be larger than others; which a file is, its first bytes tell."""
    if original.size == 0:
        raise BadPhoto("the file is empty")
    usual = size_limit(context.settings, large=False)
    if original.size <= usual.bytes:
        return
    head = await context.storage.read_head(original, HEAD)
    if head and is_video(head, original.name):
        raise BadPhoto(VIDEO)
    limit = size_limit(context.settings, large=is_large_kind(head, original.name)) if head else usual
    limit.check(original.size)


async def _read(
    original: PhotoFiles, context: IngestContext, indexed: Photo | None
) -> tuple[str, Image] | Photo | None:
    """The digest and the Image of a file, or the Photo if these bytes are indexed already, or None if they changed."""
    try:
        return await _read_within_budget(original, context, indexed)
    except MemoryError:
        log.warning("ran out of memory on %s, trying once more with the whole budget", photo_label(original.name))
    try:
        return await _read_within_budget(original, context, indexed, alone=True)
    except MemoryError as error:
        raise OutOfMemory("there is not enough memory for this photo, even with nothing else in progress") from error


async def _read_within_budget(
    original: PhotoFiles, context: IngestContext, indexed: Photo | None, *, alone: bool = False
) -> tuple[str, Image] | Photo | None:
    """Read and prepare a file within the memory budget; `alone` takes all of it."""
    async with context.read_memory.acquire(context.settings.memory_budget if alone else original.bytes_to_read):
        data = await read_bytes(original, context)
        if data is None:
            log.info("changed while being read %s", photo_label(original.name))
            return None
        digest = await asyncio.to_thread(sha256_hex, data)
        if indexed and (moved := await _with_same_bytes(indexed, digest, original, context)):
            return moved
        return digest, await _prepare(data, original, context, alone=alone)


async def _with_same_bytes(indexed: Photo, digest: str, original: PhotoFiles, context: IngestContext) -> Photo | None:
    """The photo under its new etag, if its document is of these bytes as they would be described now; else None."""
    if not _is_current(indexed, digest, original, context):
        return None
    log.info("same bytes %s", photo_label(original.name))
    moved = rebound(indexed, etag=original.etag)
    try:
        await context.index.touch(indexed.id, etag=moved.etag, unedited=moved.unedited, edits_state="")
    except BadRequest as error:
        raise Transient("its document was removed just now, as the photo was gone for a moment") from error
    return await _with_edits(moved, context)


async def _prepare(data: Data, original: PhotoFiles, context: IngestContext, *, alone: bool) -> Image:
    with telemetry.span("prepare photo"):
        sidecars = await read_sidecars(original, context)
        return await prepare_within_budget(data, original.name, context, sidecars=sidecars, alone=alone)


async def _vector_of_copy(photo: Photo, context: IngestContext) -> TextVector | None:
    """The vector of these bytes that is indexed, here or of a copy elsewhere, if it is of the same text and model."""
    recipe = context.embedding_recipe
    copy = await context.index.find_copy(photo.digest, photo.embedded_text, is_embedded=context.is_embedded)
    if copy is None or not copy.vector:
        return None
    # The library may have moved to another model meanwhile: the copy knows best which made its vector.
    return TextVector(copy.vector, copy.embedding_recipe or recipe)


@in_full_sight
async def remove(name: str, context: IngestContext, *, digest: str = "") -> None:
    """
    Remove everything made from a blob that is gone; if the blob is there (again), do nothing.

    Its description and what people wrote wait in the trash, if there is one.

    `digest` is the digest of its bytes, if they may not have reached the index.
    """
    if is_sidecar(name):
        await sidecar_changed(name, context)
    if await context.storage.stat(name) is not None:
        log.info("exists again %s", photo_label(name))
        return
    id_ = photo_id(name)
    indexed = await context.index.get(id_)
    waits = await keep_words(name, indexed, context)
    was_there = indexed is not None or bool(digest) or await is_failing(name, context)
    if was_there and not waits:  # also before nothing tells that it was there, should this be interrupted
        await note_gone(name, context)
    await withdraw(id_, context)
    digests = {digest, indexed.digest if indexed else "", await digest_of_failure(id_, context)}
    await context.failures.clear(id_)
    if not waits:
        await forget(name, digests - {""}, context, was_there=was_there)
    log.info("removed %s", photo_label(name))
    await photo_removed(name, context)
    await look_again(name, context)
