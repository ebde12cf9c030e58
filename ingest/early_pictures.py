"""
Pictures of a new photo are written while the model looks at it.

Nobody sees them before there is a document. They are only created, never written over others: where a photo is indexed,
or another attempt is at work, they wait until its document is written, in the order that etags ensure. Those of an
attempt that comes to nothing are taken back, unless another one has replaced them meanwhile.
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
    """The pictures of one attempt at a photo; `writing` creates them, if they may be written early."""

    def __init__(self, writing: "asyncio.Task[CreatedPictures] | None") -> None:
        self._writing = writing
        self._are_kept = False

    async def are_there(self, context: IngestContext) -> bool:
        """
        Whether they are written; where that failed, they are still to be.

        A removal that began when the photo was gone may have deleted them since.
        """
        created = await self._created()
        return created is not None and created.are_complete and await context.storage.has_created(created)

    def keep(self) -> None:
        """Let them stay: a document is about to be written."""
        self._are_kept = True

    async def take_back(self, context: IngestContext) -> None:
        """Delete them unless they are kept; if that fails, a later attempt or the end of the photo sees to them."""
        created = None if self._are_kept else await self._created()
        if created:
            try:
                await context.storage.take_back(created)
            except PhotoError as error:
                log.warning("could not take pictures back: %s", error_label(error))

    async def _created(self) -> CreatedPictures | None:
        try:
            return await self._writing if self._writing else None
        except PhotoError:  # writing them in their turn says what is wrong
            return None


@asynccontextmanager
async def early_pictures(
    id_: str, image: Image, context: IngestContext, *, is_new: bool
) -> AsyncIterator[EarlyPictures]:
    """Write the pictures of a photo that is not indexed during the block, after which those not kept are gone."""
    writing = None
    if is_new:
        creation = context.storage.create_pictures(id_, preview=image.preview, thumbnail=image.thumbnail)
        writing = asyncio.create_task(creation)
    early = EarlyPictures(writing)
    try:
        yield early
    finally:
        await early.take_back(context)
