"""XMP sidecars in a zip, each named as its photo and `.xmp`, which programs that read sidecars look for."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from catalogue.export.xmp.packet import new_packet
from catalogue.export.xmp.properties import Property
from catalogue.export.zip_names import zip_name
from catalogue.export.zip_stream import ZipEntry
from shared.photo import Photo

Describe = Callable[[Photo], Sequence[Property]]


async def sidecars(photos: AsyncIterator[Photo], describe: Describe) -> AsyncIterator[ZipEntry]:
    """The sidecar of every photo."""
    now = datetime.now()
    async for photo in photos:
        yield ZipEntry(f"{zip_name(photo)}.xmp", once(new_packet(describe(photo))), modified=now)


async def once(data: bytes) -> AsyncIterator[bytes]:
    """The bytes as a stream of one part."""
    yield data
