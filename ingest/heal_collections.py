"""
Brings the index in line with collections, which are the truth: members are found by their collection, and no others.

Documents follow a change of a collection at once, but a service may be down just then, and a photo that is read at that
moment may be written with the collections of a moment before.
"""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence

from ingest.context import IngestContext
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.search.query import IndexQuery

log = logging.getLogger(__name__)

PAGE = 1000  # photos in one request
FIELDS = ("id", "path", "collections")


async def heal_collections(context: IngestContext) -> int:
    """Correct the documents whose collections are not those that they should be, and return how many."""
    members = dict(await context.collections.of_photos())
    wrong: dict[str, list[str]] = {}
    async for photo in _collected(context.index):
        wanted = members.pop(photo.id, ())
        if set(wanted) != set(photo.collections):
            wrong[photo.id] = list(wanted)
    wrong |= {id_: list(ids) for id_, ids in members.items()}
    count = await _correct(wrong, context.index)
    if count:
        log.info("corrected the collections of %s photos", count)
    return count


async def _collected(index: PhotoIndex) -> AsyncIterator[Photo]:
    """Every photo that the index says is in a collection."""
    last = ""
    while True:
        after = f" and id gt '{last}'" if last else ""
        query = IndexQuery(filter=f"collections/any(){after}", order_by=["id"], top=PAGE, fields=FIELDS)
        hits = (await index.search(query)).hits
        for hit in hits:
            yield hit.photo
        if len(hits) < PAGE:
            return
        last = hits[-1].photo.id


async def _correct(wrong: Mapping[str, Sequence[str]], index: PhotoIndex) -> int:
    """Write the collections of those photos that are there; the others are in the trash, or not searchable yet."""
    ids, count = list(wrong), 0
    for start in range(0, len(ids), PAGE):
        there = await index.entries(ids[start : start + PAGE])
        if documents := [{"id": each, "collections": list(wrong[each])} for each in there]:
            count += await index.merge(documents)
    return count
