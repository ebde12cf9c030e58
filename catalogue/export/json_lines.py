"""Photos as JSON Lines: the record of each, and whose words it has."""

from collections.abc import AsyncIterator

from pydantic_core import to_json

from catalogue.export.authorship import unreviewed
from shared.photo import Photo


async def json_lines(photos: AsyncIterator[Photo]) -> AsyncIterator[bytes]:
    """One object a line, in UTF-8."""
    async for photo in photos:
        yield to_json(photo.record() | {"unreviewed": unreviewed(photo)}, inf_nan_mode="null") + b"\n"
