"""Originals in a zip, as they are or with the metadata written in."""

import asyncio
import mmap
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import IO

from catalogue.export.embed.formats import embed_packet
from catalogue.export.embed.pieces import CannotEmbed, Data, Pieces, Stretch, write_pieces
from catalogue.export.sidecars import Describe, once
from catalogue.export.xmp.packet import merged_packet, new_packet
from catalogue.export.zip_names import zip_name
from catalogue.export.zip_stream import ZipEntry
from shared.disk import room_for
from shared.errors import NotFound
from shared.photo import Photo
from shared.storage import BlobInfo, Storage

LEFT_OUT = "left out.txt"


Leave = Callable[[Photo], None]


async def originals(
    photos: AsyncIterator[Photo], storage: Storage, describe: Describe | None
) -> AsyncIterator[ZipEntry]:
    """Every original, described if `describe` says how; a text tells those that are gone meanwhile."""
    gone = list[str]()
    async for entry in zipped_originals(photos, storage, describe, lambda photo: gone.append(photo.path)):
        yield entry
    if gone:
        yield left_out(gone)


def zipped_originals(
    photos: AsyncIterator[Photo], storage: Storage, describe: Describe | None, leave: Leave
) -> AsyncIterator[ZipEntry]:
    """Every original, as it is or described; `leave` gets those that are gone meanwhile."""
    if describe:
        return described_originals(photos, storage, describe, leave)
    return plain_originals(photos, storage, leave)


async def plain_originals(photos: AsyncIterator[Photo], storage: Storage, leave: Leave) -> AsyncIterator[ZipEntry]:
    """Every original as it is."""
    async for photo in photos:
        try:
            stored = await storage.find_original(photo.path)
        except NotFound:
            leave(photo)
            continue
        data = stored.read(0, stored.size - 1)
        yield ZipEntry(zip_name(photo), data, stored.size, stored.last_modified, compressed=False)


async def described_originals(
    photos: AsyncIterator[Photo], storage: Storage, describe: Describe, leave: Leave
) -> AsyncIterator[ZipEntry]:
    """Every original with its metadata in it, or where its format cannot take it, in an `.xmp` beside it."""
    async for photo in photos:
        original = await storage.stat(photo.path)
        if original is None:
            leave(photo)
            continue
        with room_for(original.size), tempfile.TemporaryFile() as file:
            if not await storage.read_into(original, file):
                leave(photo)
                continue
            async with aclosing(_described(photo, original, file, describe)) as entries:
                async for entry in entries:
                    yield entry


async def _described(
    photo: Photo, original: BlobInfo, file: IO[bytes], describe: Describe
) -> AsyncGenerator[ZipEntry, None]:
    properties, name = describe(photo), zip_name(photo)

    def make(packet: bytes | None) -> bytes:
        return new_packet(properties) if packet is None else merged_packet(packet, properties)

    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            pieces = await asyncio.to_thread(embed_packet, data, photo.format, make)
        except CannotEmbed:
            pieces = [Stretch(0, len(data))]
            yield ZipEntry(f"{name}.xmp", once(new_packet(properties)), modified=original.last_modified)
        yield ZipEntry(name, _parts(pieces, data), original.size, original.last_modified, compressed=False)


async def _parts(pieces: Pieces, data: Data) -> AsyncIterator[bytes]:
    parts = write_pieces(pieces, data)
    while (part := await asyncio.to_thread(next, parts, None)) is not None:
        yield part


def left_out(paths: Sequence[str]) -> ZipEntry:
    """The text that names them."""
    text = "These photos are no longer there, or were replaced while they were read:\n" + "\n".join(paths) + "\n"
    return ZipEntry(LEFT_OUT, once(text.encode()), modified=datetime.now())
