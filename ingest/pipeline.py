"""
How a photo becomes searchable:

    read -> prepare -> describe -> embed -> index

Each step takes plain values and returns plain values. The document's id comes
from the blob's name, so ingesting a photo twice leaves one document behind and
a retry is always safe. What was paid for is kept before the next step can fail.
"""

import asyncio
import logging
import os

from ingest.caption_once import caption_once
from ingest.context import IngestContext
from ingest.document import build_document, hints, text_to_embed
from ingest.image import Image, decoded_bytes, prepare, sha256_hex
from shared.errors import BadPhoto, OutOfMemory
from shared.photo import Photo, photo_id
from shared.storage import BlobInfo
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)


async def ingest(name: str, context: IngestContext) -> Photo | None:
    """
    Make one photo searchable and return its document.

    None when there is nothing to do: the blob is gone, or has changed so that another event is on its way.
    """
    seen = await context.storage.stat(name)
    if seen is None:
        await remove(name, context)
        return None
    _check_size(seen, context.settings.max_photo_bytes)

    # Captions are the slow, paid step: the same bytes never need a second one.
    known = await context.index.get(photo_id(name))
    if known and known.etag == seen.etag and known.recipe == context.recipe:
        log.info("unchanged %s", name)
        return known

    read = await _read(seen, context, known)
    if read is None or isinstance(read, Photo):
        return read
    digest, image = read

    description, earlier = await caption_once(digest, image.preview, hints(name, image), context)
    text = text_to_embed(name, image, description)
    vector = (await _copied(text, digest, context) if earlier else None) or await _embedded(text, context)
    photo = build_document(seen, digest, image, description, vector, recipe=context.recipe)
    return await _index(photo, image, context)


def _check_size(seen: BlobInfo, limit: int) -> None:
    if seen.size > limit:
        raise BadPhoto(f"the file has {seen.size:,} bytes, more than the limit of {limit:,} (MAX_PHOTO_BYTES)")
    if seen.size == 0:
        raise BadPhoto("the file is empty")


async def _read(seen: BlobInfo, context: IngestContext, indexed: Photo | None) -> tuple[str, Image] | Photo | None:
    """The digest and the Image of a file; the Photo if these bytes are indexed already, None if they changed."""
    try:
        return await _read_once(seen, context, indexed)
    except MemoryError:
        log.warning("ran out of memory on %s, trying once more with the whole budget", photo_id(seen.name))
    try:
        return await _read_once(seen, context, indexed, alone=True)
    except MemoryError as error:
        raise OutOfMemory("there is not enough memory for this photo, even with nothing else in progress") from error


async def _read_once(
    seen: BlobInfo, context: IngestContext, indexed: Photo | None, *, alone: bool = False
) -> tuple[str, Image] | Photo | None:
    """Read and prepare a file within the memory budget, or with the whole of it."""
    async with context.read_memory.acquire(context.settings.memory_budget if alone else seen.size):
        blob = await context.storage.read(seen)
        if blob is None:
            log.info("changed while being read %s", seen.name)
            return None
        digest = await asyncio.to_thread(sha256_hex, blob.data)
        if indexed and indexed.is_current(digest, context.recipe):
            log.info("same bytes %s", seen.name)
            await context.index.touch(indexed.id, etag=seen.etag)
            return indexed
        return digest, await _prepare(blob.data, seen, context, alone=alone)


async def _prepare(data: bytes, seen: BlobInfo, context: IngestContext, *, alone: bool) -> Image:
    limits, budget = context.limits, context.settings.memory_budget
    # More decoders than twice the cores only take memory.
    share = budget // (4 * (os.cpu_count() or 1))
    weight = max(share, await asyncio.to_thread(decoded_bytes, data, limits))
    async with context.decode_memory.acquire(budget if alone else weight):
        return await asyncio.to_thread(prepare, data, name=seen.name, modified=seen.last_modified, limits=limits)


async def _copied(text: str, digest: str, context: IngestContext) -> list[float] | None:
    """The vector that a copy of these bytes has of this very text, as one in the same folder does."""
    copy = await context.index.find_copy(digest, context.recipe)
    return copy.vector if copy and copy.embedded_text == sha256_hex(text.encode()) else None


async def _embedded(text: str, context: IngestContext) -> list[float]:
    [vector] = await context.embedding_throttle.call(lambda: context.models.embed([text]))
    return vector


async def _index(photo: Photo, image: Image, context: IngestContext) -> Photo | None:
    """
    Write pictures and document if the blob is still the one that was read, and look again after.

    It may change or go in between: what a newer photo has must not be left to the older one.
    """
    now = await context.storage.stat(photo.path)
    if now and now.etag != photo.etag:
        log.info("changed while being described %s", photo.path)
        return None
    if now:
        await context.storage.write_pictures(photo.id, preview=image.preview, thumbnail=image.thumbnail)
        await context.index.put(photo)
        now = await context.storage.stat(photo.path)
    if not now:
        await remove(photo.path, context, digest=photo.digest)
        return None
    if now.etag != photo.etag:
        log.info("changed while being indexed %s", photo.path)
        await context.tickets.send(Ticket(photo.path))
        return None
    log.info("indexed %s", photo.path)
    return photo


async def remove(name: str, context: IngestContext, *, digest: str = "") -> None:
    """
    Take away everything made of a blob that is gone; one that is there (again) is left alone.

    `digest` is the digest of its bytes where it may not have come as far as the index.
    """
    if await context.storage.stat(name) is not None:
        log.info("there again %s", name)
        return
    id_ = photo_id(name)
    known = await context.index.get(id_)
    await context.index.delete(id_)
    await context.storage.delete_pictures(id_)
    await context.failures.clear(id_)
    for each in {digest, known.digest if known else ""} - {""}:
        if not await context.index.holds(each, besides=id_):
            await context.descriptions.forget(each)
    log.info("removed %s", name)
    if await context.storage.stat(name) is not None:  # it came back meanwhile, and we may have removed what it has
        await context.index.delete(id_)
        await context.tickets.send(Ticket(name))
