"""
Brings the index in line with collections, which are the truth: members are found by their collection, and no others.

Documents follow a change of a collection at once, but a service may be down just then, and a photo that is read at that
moment may be written with the collections of a moment before.
"""

import logging
from collections.abc import AsyncIterator, Sequence

from ingest.context import IngestContext
from shared.access.in_force import has_current_grants, rules_in_force
from shared.granted_documents import follow_collections
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.search.query import IndexQuery

log = logging.getLogger(__name__)

PAGE = 1000  # photos in one request
FIELDS = ("id", "path", "collections", "visible_to", "access_version")


async def heal_collections(context: IngestContext) -> int:
    """Correct the documents whose collections are not those that they should be, and return how many."""
    members = dict(await context.collections.of_photos())
    wrong: list[str] = []
    async for photo in _collected(context.index):
        wanted = members.pop(photo.id, ())
        if set(wanted) != set(photo.collections) or _grants_wrongly(photo, wanted):
            wrong.append(photo.id)
    # Those that are left are in the trash, or not searchable yet, if they are not wrong.
    count = await follow_collections([*wrong, *members], context.collections, context.index) if wrong or members else 0
    if count:
        log.info("corrected the collections of %s photos", count)
    return count


def _grants_wrongly(photo: Photo, collections: Sequence[str]) -> bool:
    """Whether a document that follows the rules of now does so with other collections than these."""
    return photo.access_version == rules_in_force().rules.version and not has_current_grants(photo, collections)


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
