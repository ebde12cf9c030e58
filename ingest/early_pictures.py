"""
Pictures of a new photo are written while the model looks at it.

Nobody sees them before there is a document. They are only created, never written over others: where a photo is indexed,
or another attempt is at work, they wait until its document is written, in the order that etags ensure. Those of an
attempt that comes to nothing are taken back, unless another one has replaced them meanwhile.

A preview that could be created also says that the photo is not indexed, but for a document that is being removed, which
the write replaces and tells of. While the preview has the etag that it was created with, nobody has done anything to
the photo that its attempt would have to know of:

* whoever removes a photo deletes its pictures before its document (`withdrawal.py`);
* whoever indexes another version of it has written the preview before the document;
* whoever finds no document that a sidecar, which has come or gone, has to be read into changes the etag, and has the
  photo read again soon, as the document may be there and not to be seen yet (`companions.py`).

The attempt writes the document first and looks at its preview then. So one of the two always sees the other. Failures
leave the preview alone: their records are looked for when all is done (`one_state.py`).
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ingest.context import IngestContext
from ingest.image import Image
from shared.errors import PhotoError
from shared.log_text import error_label
from shared.storage import CreatedPictures

log = logging.getLogger(__name__)


class EarlyPictures:
    """The pictures of one attempt at a photo, if it has created them."""

    def __init__(self, id_: str, image: Image, context: IngestContext) -> None:
        self._id = id_
        self._pictures = image.pictures
        self._context = context
        self._writing: dict[str, asyncio.Task[str | None]] = {}  # their etags by size, None where there was one
        self._are_kept = False

    async def create(self) -> bool:
        """
        Create the preview, and go on with the thumbnail.

        False if there is a preview, or if it could not be created: writing it in its turn says what is wrong.
        """
        self._begin("preview")
        if not await self._etag("preview"):
            return False
        self._begin("thumbnail")
        return True

    async def created(self) -> CreatedPictures | None:
        """Both, once they are written; None where this attempt has not created both of them."""
        created = await self._so_far()
        return created if created.are_complete else None

    def keep(self) -> None:
        """Let them stay: a document is about to be written."""
        self._are_kept = True

    async def take_back(self) -> None:
        """Delete them unless they are kept; if that fails, a later attempt or the end of the photo sees to them."""
        if self._are_kept:
            return
        try:
            await self._context.storage.take_back(await self._so_far())
        except PhotoError as error:
            log.warning("could not take pictures back: %s", error_label(error))

    def _begin(self, size: str) -> None:
        creation = self._context.storage.create_picture(self._id, size, self._pictures[size])
        self._writing[size] = asyncio.create_task(creation)

    async def _etag(self, size: str) -> str | None:
        try:
            return await asyncio.shield(self._writing[size])  # if this is cancelled, it is taken back once it is there
        except PhotoError:
            return None

    async def _so_far(self) -> CreatedPictures:
        etags = {size: await self._etag(size) for size in self._writing}
        return CreatedPictures(self._id, {size: etag for size, etag in etags.items() if etag})


@asynccontextmanager
async def early_pictures(id_: str, image: Image, context: IngestContext) -> AsyncIterator[EarlyPictures]:
    """Pictures that may be created during the block, after which those not kept are gone."""
    early = EarlyPictures(id_, image, context)
    try:
        yield early
    finally:
        await early.take_back()
