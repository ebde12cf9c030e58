"""
Fields of time for photos that were indexed without them, from what the index holds of them.

Reading the files again takes hours for a large library. Meanwhile photos of the last release have a day, a month
and a place in the order by what it knew, after a second or two for every thousand of them.
"""

import logging
from typing import Any

from ingest.checkpoint import IN_ONE_GO, Checkpoint
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.search.query import IndexQuery

log = logging.getLogger(__name__)

BATCH = 500
LACKING = "(sorted_at eq null and taken_at ne null or taken_local ne null and taken_until eq null)"
TIMES = (
    *("taken_local", "taken_zone", "taken_until", "taken_month"),
    *("taken_at", "taken_at_source", "taken_at_zone", "arrived_at", "sorted_at"),
)
VERSION = ("etag", "digest")


async def fill_times(index: PhotoIndex, checkpoint: Checkpoint = IN_ONE_GO) -> int:
    """Fill in the times of all photos that lack them; return how many. Nothing left to do takes one request."""
    count, last = 0, checkpoint.cursor
    while True:
        clause = f" and id gt '{last}'" if last else ""
        query = IndexQuery(
            filter=LACKING + clause,
            order_by=["id"],
            top=BATCH,
            fields=("id", "path", "taken_precision", *TIMES, *VERSION),
        )
        photos = [hit.photo for hit in (await index.search(query)).hits]
        if photos:
            count += await index.merge([_changes(photo) for photo in photos])
            last = photos[-1].id
        if len(photos) < BATCH:
            if count:
                log.info("filled in the times of %d photos that were indexed without them", count)
            return count
        await checkpoint.reached(last)


def _changes(photo: Photo) -> dict[str, Any]:
    """
    Its times, and its version as it was read.

    A photo whose new file has been indexed in between gets its old version back, so that it is read once more.
    """
    document = photo.to_document()
    return {name: document[name] for name in ("id", *TIMES, *VERSION)}
