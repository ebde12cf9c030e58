"""
Large pictures: what people zoom into where a browser cannot show the original, or should not.

One is made when somebody first looks closer, from the original as it is, and kept beside the preview until the photo
is replaced, moved or deleted. It is decoded within the same memory as photos that arrive, two at once.
"""

import asyncio
import logging
from dataclasses import replace

from ingest.context import IngestContext
from ingest.decoding.byte_source import Data
from ingest.image import Limits, decoded_bytes, draw
from ingest.original_bytes import read_bytes
from shared.errors import BadPhoto, NotFound, OutOfMemory, Throttled
from shared.log_text import photo_label
from shared.photo import Photo
from shared.picture_links import PictureSize
from shared.storage import BlobInfo

LARGE_SIDE = 4096  # pixels of the longer side
SIDES = (LARGE_SIDE, LARGE_SIDE // 2)  # where the memory does not allow the first, the next
MAX_WAITING = 16  # requests that wait for their turn; more are told to come back
BYTES_PER_PIXEL = 9  # of what is drawn: as it is decoded, shrunk and turned

log = logging.getLogger(__name__)
_waiting = 0


async def largest_picture(photo: Photo, context: IngestContext) -> PictureSize:
    """
    Which of its pictures shows a photo best, once that is there: `large`, or `preview` where no more is to be seen.

    NotFound if the original is gone, BadPhoto if it cannot be decoded within the memory, Throttled while many wait.
    """
    if max(photo.width, photo.height) <= context.limits.preview_side:
        return "preview"
    if not await context.storage.has_large(photo.id, etag=photo.etag):
        await _make_in_turn(photo, context)
    return "large"


async def _make_in_turn(photo: Photo, context: IngestContext) -> None:
    global _waiting  # noqa: PLW0603 - one for each process, like its memory
    if _waiting >= MAX_WAITING:
        raise Throttled("many large pictures are being made: try again in a moment", wait=5)
    _waiting += 1
    try:
        async with context.large_pictures:
            if not await context.storage.has_large(photo.id, etag=photo.etag):  # who was before us may have made it
                await _make(photo, context)
    finally:
        _waiting -= 1


async def _make(photo: Photo, context: IngestContext) -> None:
    original = await context.storage.stat(photo.path)
    picture = await _draw(original, context) if original and original.etag == photo.etag else None
    if picture is None:
        raise NotFound("the original has changed or is gone", param="id")
    await context.storage.write_large(photo.id, picture, etag=photo.etag)
    current = await context.storage.stat(photo.path)
    if current is None or current.etag != photo.etag:  # whoever deletes it may have looked before this was there
        await context.storage.delete_large(photo.id)
        raise NotFound("the original has changed or is gone", param="id")
    log.info("made a large picture of %s", photo_label(photo.path))


async def _draw(original: BlobInfo, context: IngestContext) -> bytes | None:
    """The picture of an original, None if it changes meanwhile."""
    async with context.read_memory.acquire(original.size):
        data = await read_bytes(original, context)
        if data is None:
            return None
        limits, weight = await asyncio.to_thread(_fitting, data, original.name, context.limits)
        async with context.decode_memory.acquire(weight):
            try:
                return await asyncio.to_thread(draw, data, name=original.name, limits=limits)
            except MemoryError as error:
                raise OutOfMemory("there is not enough memory for this picture now") from error


def _fitting(data: Data, name: str, limits: Limits) -> tuple[Limits, int]:
    """The limits with the largest side that the memory allows, and the bytes that it takes; else BadPhoto."""
    for side in SIDES:
        larger = replace(limits, preview_side=max(side, limits.preview_side))
        try:
            return larger, decoded_bytes(data, larger, name) + BYTES_PER_PIXEL * larger.preview_side**2
        except BadPhoto:
            if side == SIDES[-1]:
                raise
    raise AssertionError("there is always a last side")
