"""Photos on their way out, and the audit log's word of them."""

from contextlib import aclosing

from catalogue.export.formats import Stream
from shared.access.audit import record
from shared.photo import Photo

AT_ONCE = 1000  # photos of one record


async def written_down(photos: Stream[Photo]) -> Stream[Photo]:
    """The photos; the audit log is told of each thousand, and of the last ones when the reader leaves."""
    ids: list[str] = []
    try:
        async with aclosing(photos):
            async for photo in photos:
                ids.append(photo.id)
                yield photo
                if len(ids) == AT_ONCE:
                    await record("exported", ids)
                    ids = []
    finally:
        if ids:
            await record("exported", ids)
