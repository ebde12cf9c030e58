"""
Brings the index in line with collections, which are the truth: members are found by their collection, and no others.

Documents follow a change of a collection at once, but a service may be down just then, and a photo that is read at that
moment may be written with the collections of a moment before.
"""

import logging
from bisect import bisect_right
from collections.abc import Sequence

from ingest.checkpoint import IN_ONE_GO, Checkpoint
from ingest.context import IngestContext
from shared.access.in_force import has_current_grants, rules_in_force
from shared.granted_documents import follow_collections
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.search.query import IndexQuery

log = logging.getLogger(__name__)

PAGE = 1000  # photos in one request
FIELDS = ("id", "path", "collections", "visible_to", "access_version")


async def heal_collections(context: IngestContext, checkpoint: Checkpoint = IN_ONE_GO) -> int:
    """Correct the documents whose collections are not those that they should be, and return how many."""
    members = await context.collections.of_photos()
    ids, count, last = sorted(members), 0, checkpoint.cursor
    while True:
        page = await _collected(context.index, last)
        end = page[-1].id if len(page) == PAGE else ""
        wrong = [each.id for each in page if _is_wrong(each, members.get(each.id, ()))]
        # Members that the index does not name are in the trash, or not searchable yet, if they are not wrong.
        wrong += sorted({*_between(last, end, ids)} - {each.id for each in page})
        if wrong:
            count += await follow_collections(wrong, context.collections, context.index)
        if not end:
            break
        last = end
        await checkpoint.reached(last)
    if count:
        log.info("corrected the collections of %s photos", count)
    return count


def _between(after: str, end: str, ids: Sequence[str]) -> Sequence[str]:
    """The ids after one up to another; without an end, all that are left."""
    return ids[bisect_right(ids, after) : bisect_right(ids, end) if end else len(ids)]


def _is_wrong(photo: Photo, wanted: Sequence[str]) -> bool:
    return set(wanted) != set(photo.collections) or _grants_wrongly(photo, wanted)


def _grants_wrongly(photo: Photo, collections: Sequence[str]) -> bool:
    """Whether a document that follows the rules of now does so with other collections than these."""
    return photo.access_version == rules_in_force().rules.version and not has_current_grants(photo, collections)


async def _collected(index: PhotoIndex, after: str) -> list[Photo]:
    """The next photos of which the index says that they are in a collection, in the order of ids."""
    clause = f" and id gt '{after}'" if after else ""
    query = IndexQuery(filter=f"collections/any(){clause}", order_by=["id"], top=PAGE, fields=FIELDS)
    return [hit.photo for hit in (await index.search(query)).hits]
