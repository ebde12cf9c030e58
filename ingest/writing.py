"""
Writes the pictures and the document of a photo, if its blob is still the one that was read.

It may change or go meanwhile, and an older photo must not replace a newer one. So its files are looked at before and,
unless its preview tells that nobody can have changed anything (`early_pictures.py` says why), once more afterwards.
"""

import logging
from dataclasses import dataclass

from ingest.companions import PhotoFiles, find_files
from ingest.context import IngestContext
from ingest.early_pictures import EarlyPictures
from ingest.image import Image
from shared import telemetry
from shared.log_text import photo_label
from shared.photo import Photo

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Written:
    """
    A photo, its files after its document was written, None if it is gone, and whether there was a document before.

    There may be one although there was none when this attempt looked, by another worker. Of a photo that was gone
    before, nothing is written.
    """

    photo: Photo
    files: PhotoFiles | None
    was_there: bool = False


async def write_photo(
    photo: Photo, image: Image, context: IngestContext, pictures: EarlyPictures, *, has_pictures: bool
) -> Written | None:
    """Write the document, and the pictures unless there are; None if the blob has changed since it was read."""
    files = await find_files(photo.path, context)
    if files is None:
        return Written(photo, None)
    if files.etag != photo.etag:
        log.info("changed while being described %s", photo_label(photo.path))
        return None
    created = await pictures.created()
    with telemetry.span("write photo", client=True):
        written = created
        if not (has_pictures or created):
            written = await context.storage.write_pictures(photo.id, **image.pictures)
        pictures.keep()  # whatever becomes of the next line: an answer may be lost of what was written
        is_new = await context.index.put(photo)
    if written:
        is_there = await context.storage.has_created(written)
    else:
        is_there = not is_new and await context.storage.has_preview(photo.id)
    if is_new and is_there and created:
        return Written(photo, files)
    current = await find_files(photo.path, context)
    if not is_there and current and current.etag == photo.etag:
        await _create_pictures(photo.id, image, context)
    return Written(photo, current, was_there=not is_new)


async def _create_pictures(id_: str, image: Image, context: IngestContext) -> None:
    """
    Create pictures that a removal may have deleted, which began when the photo was gone.

    Those that are there may be of a newer version, and stay. Where the removal is still to delete the document, it
    looks then whether the photo came back.
    """
    for size, data in image.pictures.items():
        await context.storage.create_picture(id_, size, data)
