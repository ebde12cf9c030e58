"""
A zip that is sent while it is made: of its files no more than one part is in memory.

Python's own ZipFile keeps a kilobyte of each file until the end, which for 100,000 are 115 MB. So the directory that a
zip ends with is collected in a temporary file.
"""

import tempfile
import zlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO

from catalogue.export.zip_records import DEFLATED, EARLIEST, STORED, FileRecord, end_record

LARGE = 2**31  # bytes from which on a file gets the wider fields
IN_MEMORY = 1_000_000  # bytes of the directory
SENT = 65_536  # bytes that are worth sending


@dataclass(frozen=True)
class ZipEntry:
    """A file in a zip: its name with folders, its bytes, and how many these are at most."""

    name: str
    data: AsyncIterable[bytes]
    size: int = 0
    modified: datetime = EARLIEST
    compressed: bool = True


async def zip_stream(entries: AsyncIterable[ZipEntry]) -> AsyncGenerator[bytes, None]:
    """The zip, part by part. An error breaks it off, and a zip without its end is refused by whoever opens it."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as directory:
        parts, size = list[bytes](), 0
        async with aclosing(_written(entries, directory)) as pieces:
            async for piece in pieces:
                parts.append(piece)
                size += len(piece)
                if size >= SENT:
                    yield b"".join(parts)
                    parts, size = [], 0
        yield b"".join(parts)


async def _written(entries: AsyncIterable[ZipEntry], directory: IO[bytes]) -> AsyncGenerator[bytes, None]:
    count = position = 0

    def keep(record: FileRecord) -> None:
        nonlocal count
        count += 1
        directory.write(record.entry())

    async for piece in zip_files(entries, keep):
        position += len(piece)
        yield piece
    for part in _directory(directory):
        yield part
    yield end_record(count, directory.tell(), position)


async def zip_files(
    entries: AsyncIterable[ZipEntry], keep: Callable[[FileRecord], None]
) -> AsyncGenerator[bytes, None]:
    """The files alone, without the directory that a zip ends with; `keep` gets what it says of each."""
    position = 0
    async for entry in entries:
        method = DEFLATED if entry.compressed else STORED
        record = FileRecord(entry.name.encode(), method, entry.modified, position, entry.size >= LARGE)
        yield (header := record.header())
        checksum = packed = size = 0
        async for raw, data in _packed(entry):
            checksum, size, packed = zlib.crc32(raw, checksum), size + len(raw), packed + len(data)
            yield data
        record = replace(record, checksum=checksum, packed=packed, size=size)
        yield (descriptor := record.descriptor())
        keep(record)
        position += len(header) + packed + len(descriptor)


async def _packed(entry: ZipEntry) -> AsyncIterator[tuple[bytes, bytes]]:
    """The parts of a file as they are, and as they stand in the zip."""
    if not entry.compressed:
        async for part in entry.data:
            yield part, part
        return
    deflate = zlib.compressobj(zlib.Z_BEST_SPEED, zlib.DEFLATED, -zlib.MAX_WBITS)
    async for part in entry.data:
        yield part, deflate.compress(part)
    yield b"", deflate.flush()


def _directory(directory: IO[bytes]) -> Iterator[bytes]:
    directory.seek(0)
    while part := directory.read(SENT):
        yield part
