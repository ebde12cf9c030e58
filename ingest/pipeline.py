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

from ingest.compose import compose, hints, to_embed
from ingest.image import Image, decoded_bytes, digest, prepare
from ingest.paid import described
from ingest.studio import Studio
from shared.errors import BadPhoto
from shared.photo import Photo, photo_id
from shared.storage import Listed
from shared.ticket import Ticket

log = logging.getLogger(__name__)


async def ingest(name: str, studio: Studio) -> Photo | None:
    """
    Make one photo searchable and return its document.

    None when there is nothing to do: the blob is gone, or has changed so that another event is on its way.
    """
    seen = await studio.storage.look(name)
    if seen is None:
        await remove(name, studio)
        return None
    _check_size(seen, studio.settings.max_photo_bytes)

    # Captions are the slow, paid step: the same bytes never need a second one.
    known = await studio.index.get(photo_id(name))
    if known and known.etag == seen.etag and known.recipe == studio.recipe:
        log.info("unchanged %s", name)
        return known

    read = await _read(seen, studio, known)
    if read is None or isinstance(read, Photo):
        return read
    mark, image = read

    description, earlier = await described(mark, image.preview, hints(name, image), studio)
    text = to_embed(name, image, description)
    vector = (await _copied(text, mark, studio) if earlier else None) or await _embedded(text, studio)
    photo = compose(seen, mark, image, description, vector, recipe=studio.recipe)
    return await _index(photo, image, studio)


def _check_size(seen: Listed, limit: int) -> None:
    if seen.size > limit:
        raise BadPhoto(f"the file has {seen.size:,} bytes, more than the limit of {limit:,} (MAX_PHOTO_BYTES)")
    if seen.size == 0:
        raise BadPhoto("the file is empty")


async def _read(seen: Listed, studio: Studio, known: Photo | None) -> tuple[str, Image] | Photo | None:
    """The digest and the Image of a file; the Photo if these bytes are indexed already, None if they changed."""
    async with studio.reading.take(seen.size):
        blob = await studio.storage.read(seen)
        if blob is None:
            log.info("changed while being read %s", seen.name)
            return None
        mark = await asyncio.to_thread(digest, blob.data)
        if known and known.is_current(mark, studio.recipe):
            log.info("same bytes %s", seen.name)
            await studio.index.touch(known.id, etag=seen.etag)
            return known
        return mark, await _prepare(blob.data, seen, studio)


async def _prepare(data: bytes, seen: Listed, studio: Studio) -> Image:
    limits = studio.limits
    weight = await asyncio.to_thread(decoded_bytes, data, limits)
    # More decoders than twice the cores only take memory.
    share = studio.settings.memory_budget // (4 * (os.cpu_count() or 1))
    async with studio.decoding.take(max(weight, share)):
        return await asyncio.to_thread(prepare, data, name=seen.name, modified=seen.last_modified, limits=limits)


async def _copied(text: str, mark: str, studio: Studio) -> list[float] | None:
    """The vector that a copy of these bytes has of this very text, as one in the same folder does."""
    twin = await studio.index.twin(mark, studio.recipe)
    return twin.vector if twin and twin.embedded_text == digest(text.encode()) else None


async def _embedded(text: str, studio: Studio) -> list[float]:
    [vector] = await studio.embeddings.through(lambda: studio.models.embed([text]))
    return vector


async def _index(photo: Photo, image: Image, studio: Studio) -> Photo | None:
    """
    Write pictures and document if the blob is still the one that was read, and look again after.

    It may change or go in between: what a newer photo has must not be left to the older one.
    """
    now = await studio.storage.look(photo.path)
    if now and now.etag != photo.etag:
        log.info("changed while being described %s", photo.path)
        return None
    if now:
        await studio.storage.write_pictures(photo.id, preview=image.preview, thumbnail=image.thumbnail)
        await studio.index.put(photo)
        now = await studio.storage.look(photo.path)
    if not now:
        await remove(photo.path, studio, mark=photo.digest)
        return None
    if now.etag != photo.etag:
        log.info("changed while being indexed %s", photo.path)
        await studio.ledger.send(Ticket(photo.path))
        return None
    log.info("indexed %s", photo.path)
    return photo


async def remove(name: str, studio: Studio, *, mark: str = "") -> None:
    """
    Take away everything made of a blob that is gone; one that is there (again) is left alone.

    `mark` is the digest of its bytes where it may not have come as far as the index.
    """
    if await studio.storage.look(name) is not None:
        log.info("there again %s", name)
        return
    id_ = photo_id(name)
    known = await studio.index.get(id_)
    await studio.index.delete(id_)
    await studio.storage.delete_pictures(id_)
    await studio.ledger.clear(id_)
    for each in {mark, known.digest if known else ""} - {""}:
        if not await studio.index.holds(each, besides=id_):
            await studio.descriptions.forget(each)
    log.info("removed %s", name)
    if await studio.storage.look(name) is not None:  # it came back meanwhile, and we may have removed what it has
        await studio.index.delete(id_)
        await studio.ledger.send(Ticket(name))
