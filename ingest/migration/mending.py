"""
Mends the index that has just become the live one, where only the index before has what was written around the switch.

An instance that died between its two writes, or whose second one failed, leaves a document that differs or is missing.
Before the switch that is copied; after it neither index is right as such, so the file and what people wrote decide.
"""

import logging
from dataclasses import replace
from functools import partial

from ingest.context import IngestContext
from ingest.migration.alignment import content, side_by_side
from ingest.migration.patience import patiently
from ingest.pipeline import ingest
from ingest.removal import remove
from shared.embedded_text import text_digest, text_to_embed
from shared.errors import PhotoError
from shared.granted_documents import check_grants
from shared.log_text import error_label
from shared.photo import Photo
from shared.search.index import PhotoIndex

log = logging.getLogger(__name__)


async def mend(live: PhotoIndex, before: PhotoIndex, context: IngestContext) -> int:
    """Mend what differs between both; return how many photos that were. No photo is described."""
    ids: list[str] = []
    async for page, there in side_by_side(live, before):
        ids += [each.id for each in page if each.id not in there or content(each) != content(there[each.id])]
        ids += there.keys() - {each.id for each in page}
    for id_ in ids:
        try:
            await patiently(partial(_mend, id_, live, before, context))
        except PhotoError as error:  # all others are mended all the same
            log.warning("left %s to reconcile: %s", id_, error_label(error))
    if count := len(ids):
        log.info("looked again at %s photos that were written around the switch", count)
    return count


async def _mend(id_: str, live: PhotoIndex, before: PhotoIndex, context: IngestContext) -> None:
    photo, earlier = await live.get(id_), await before.get(id_, with_vector=True)
    known = photo or earlier
    if known is None:
        return
    blob = await context.storage.stat(known.path)
    if blob is None:
        await remove(known.path, context)
        return
    if earlier and earlier.etag == blob.etag and (photo is None or photo.etag != blob.etag):
        await context.index.put(await _embedded(earlier, context))
    await ingest(known.path, context, refresh=True)  # with what people wrote; it looks whether the file is still there
    if written := await live.get(id_):
        await check_grants(id_, written.collections, context.collections, context.index)


async def _embedded(photo: Photo, context: IngestContext) -> Photo:
    """The photo with a vector by the model of now."""
    [vector] = await context.embed([text_to_embed(photo)])
    return replace(photo, vector=vector.values, embedding_recipe=vector.recipe, embedded_text=text_digest(photo))
