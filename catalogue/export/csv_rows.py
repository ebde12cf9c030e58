"""
Photos as CSV (RFC 4180): a header, commas, CRLF, quotes where needed, UTF-8.

It begins with a byte order mark: without one Excel reads UTF-8 as if it were Windows-1252.
"""

import csv
import io
from collections.abc import AsyncIterator

from catalogue.export.columns import columns
from shared.photo import Photo

MARK = "\ufeff"


async def csv_rows(photos: AsyncIterator[Photo]) -> AsyncIterator[bytes]:
    """The header, and a row for each photo."""
    table = list(columns().values())
    yield (MARK + _row([column.name for column in table])).encode()
    async for photo in photos:
        yield _row([column.write(photo) for column in table]).encode(errors="replace")


def _row(cells: list[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)
    return line.getvalue()
