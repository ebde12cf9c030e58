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
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ingest.describe import Description, describe, recipe
from ingest.gate import Gate
from ingest.image import Image, decoded_bytes, digest, prepare
from ingest.room import Room
from ingest.words import hints, to_embed
from shared.errors import BadPhoto
from shared.models import Models
from shared.photo import Photo, folder_of, photo_id, utc
from shared.search import PhotoIndex
from shared.settings import Settings
from shared.storage import Listed, Storage

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Studio:
    """All that ingestion works with: the services, the limits, and what one process shares."""

    storage: Storage
    models: Models
    index: PhotoIndex
    settings: Settings
    captions: Gate = field(default_factory=Gate)
    embeddings: Gate = field(default_factory=Gate)
    reading: Room = field(init=False)
    decoding: Room = field(init=False)

    def __post_init__(self) -> None:
        # A third of the memory for files as they are, the rest for pixels.
        budget = self.settings.memory_budget
        object.__setattr__(self, "reading", Room(budget // 3))
        object.__setattr__(self, "decoding", Room(budget - budget // 3))

    @property
    def recipe(self) -> str:
        return recipe(self.models.caption_model, self.models.embedding_model, str(self.models.dimensions))


async def ingest(name: str, studio: Studio) -> Photo | None:
    """
    Make one photo searchable and return its document.

    None when there is nothing to do: the blob is gone, or has changed so that another event is on its way.
    """
    seen = await studio.storage.look(name)
    if seen is None:
        log.info("gone %s", name)
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

    description = await _describe(mark, image, name, studio)
    text = to_embed(description, image.facts, name)
    [vector] = await studio.embeddings.through(lambda: studio.models.embed([text]))
    await studio.storage.write_pictures(photo_id(name), preview=image.preview, thumbnail=image.thumbnail)
    return await _index(_compose(seen, mark, image, description, vector, studio.recipe), studio)


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
    limits = studio.settings
    weight = await asyncio.to_thread(decoded_bytes, data, max_pixels=limits.max_photo_pixels)
    async with studio.decoding.take(max(weight, limits.memory_budget // (4 * (os.cpu_count() or 1)))):
        return await asyncio.to_thread(
            prepare,
            data,
            name=seen.name,
            modified=seen.last_modified,
            max_pixels=limits.max_photo_pixels,
            preview_side=limits.preview_side,
            thumbnail_side=limits.thumbnail_side,
        )


async def _describe(mark: str, image: Image, name: str, studio: Studio) -> Description:
    """The description of these bytes: the one paid for earlier, or a new one that is kept at once."""
    if kept := await studio.storage.recall(mark, studio.recipe):
        log.info("described earlier %s", name)
        return Description.model_validate_json(kept)
    described = await studio.captions.through(
        lambda: describe(
            image.preview,
            hints(name, image.facts),
            models=studio.models,
            detail=studio.settings.image_detail,
            temperature=studio.settings.temperature,
        )
    )
    await studio.storage.remember(mark, studio.recipe, described.model_dump_json())
    return described


def _compose(
    seen: Listed, mark: str, image: Image, description: Description, vector: list[float], recipe_: str
) -> Photo:
    facts = image.facts
    return Photo(
        id=photo_id(seen.name),
        path=seen.name,
        folder=folder_of(seen.name),
        file_name=seen.name.rpartition("/")[2],
        **description.model_dump(),
        has_text=bool(description.text_in_photo),
        taken_at=utc(facts.taken_at) if facts.taken_at else None,
        taken_at_source=facts.source,
        taken_at_zone=facts.zone,
        location=facts.location,
        camera=facts.camera,
        lens=facts.lens,
        width=image.width,
        height=image.height,
        orientation=_orientation(image.width, image.height),
        format=image.format,
        size_bytes=seen.size,
        digest=mark,
        perceptual_hash=image.perceptual_hash,
        etag=seen.etag,
        recipe=recipe_,
        indexed_at=utc(datetime.now(UTC)),
        vector=vector,
    )


def _orientation(width: int, height: int) -> str:
    return "square" if width == height else "landscape" if width > height else "portrait"


async def _index(photo: Photo, studio: Studio) -> Photo | None:
    """Write the document if the blob is still the one that was read; and look again after, for a delete in between."""
    if not await _is_still(photo, studio.storage):
        log.info("changed while being described %s", photo.path)
        return None
    await studio.index.put(photo)
    if await studio.storage.look(photo.path) is None:
        await remove(photo.path, studio)
        return None
    log.info("indexed %s", photo.path)
    return photo


async def _is_still(photo: Photo, storage: Storage) -> bool:
    now = await storage.look(photo.path)
    return now is not None and now.etag == photo.etag


async def remove(name: str, studio: Studio) -> None:
    """Take away everything made of a blob that is gone; one that is there (again) is left alone."""
    if await studio.storage.look(name) is not None:
        log.info("there again %s", name)
        return
    id_ = photo_id(name)
    known = await studio.index.get(id_)
    await studio.index.delete(id_)
    await studio.storage.delete_pictures(id_)
    await studio.storage.clear(id_)
    if known and not await studio.index.holds(known.digest):
        await studio.storage.forget(known.digest)
    log.info("removed %s", name)
