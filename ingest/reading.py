"""Reads a photo and its sidecars, within the memory budget, or tells that its document is of these bytes already."""

import asyncio
import logging

from ingest.companions import PhotoFiles, find_files, read_sidecars
from ingest.context import IngestContext
from ingest.decoding.byte_source import Data
from ingest.decoding.size_limits import size_limit
from ingest.decoding.sniff import HEAD, VIDEO, is_large_kind, is_video
from ingest.image import Image, sha256_hex
from ingest.live_photo import check_video
from ingest.original_bytes import read_bytes
from ingest.preparation import prepare_within_budget
from ingest.versions import is_outdated
from ingest.withdrawal import is_withdrawn
from shared import telemetry
from shared.edits import edits_state, is_sound, rebound
from shared.errors import BadPhoto, BadRequest, OutOfMemory, Transient
from shared.log_text import photo_label
from shared.photo import Photo
from shared.storage import BlobInfo
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)


async def read_photo(
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


async def read_for_caption(name: str, context: IngestContext) -> tuple[PhotoFiles, str, Image] | None:
    """A photo's files, digest and Image, of which a caption is made; None if it is gone, changing or no photo."""
    original = await find_files(name, context)
    if original is None or await check_video(original, context):
        return None
    await check_size(original, context)
    result = await read_photo(original, context, None)
    return None if result is None or isinstance(result, Photo) else (original, *result)


async def check_size(original: BlobInfo, context: IngestContext) -> None:
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
        if indexed and (moved := await with_same_bytes(indexed, digest, original, context)):
            return moved
        return digest, await _prepare(data, original, context, alone=alone)


async def with_same_bytes(indexed: Photo, digest: str, original: PhotoFiles, context: IngestContext) -> Photo | None:
    """The photo under its new etag, if its document is of these bytes as they would be described now; else None."""
    if not is_current(indexed, digest, original, context):
        return None
    log.info("same bytes %s", photo_label(original.name))
    moved = rebound(indexed, etag=original.etag)
    try:
        await context.index.touch(indexed.id, etag=moved.etag, unedited=moved.unedited, edits_state="")
    except BadRequest as error:
        raise Transient("its document was removed just now, as the photo was gone for a moment") from error
    current = await context.storage.stat(original.name)
    if current and current.etag != moved.etag:  # whoever has read that may have written its etag before this one's
        await context.tickets.send(Ticket(original.name))
    return await with_edits(moved, context)


async def with_edits(indexed: Photo, context: IngestContext) -> Photo | None:
    """A photo whose document is up to date but for the edits that people have made since."""
    state = edits_state(await context.edits.etag(indexed.id), indexed.etag, indexed.sidecar_digest, indexed.recipe)
    is_current = state == indexed.edits_state and (indexed.embedded_text or not state)
    return indexed if is_current else await context.edited_documents.follow(indexed.id)


def is_current(
    indexed: Photo, digest: str, original: PhotoFiles, context: IngestContext, *, refresh: bool = False
) -> bool:
    """Whether a document describes these bytes and sidecars as it would be made now; with `refresh`, by any recipe."""
    return (
        not is_withdrawn(indexed)
        and (indexed.digest, indexed.sidecar_digest) == (digest, original.sidecar_digest)
        and (refresh or context.is_current(indexed.recipe))
        and not is_outdated(indexed, context.vector_recipes)
        and is_sound(indexed)
    )


async def _prepare(data: Data, original: PhotoFiles, context: IngestContext, *, alone: bool) -> Image:
    with telemetry.span("prepare photo"):
        sidecars = await read_sidecars(original, context)
        return await prepare_within_budget(data, original.name, context, sidecars=sidecars, alone=alone)
