"""
The media type of an original, and the name it is saved under: from what the file is, never from what it is called.

A stranger's `x.html` may be a JPEG that is a web page as well. It is served as the JPEG it was recognised as, and saved
as `x.html.jpg`.
"""

import re
from collections.abc import AsyncIterable, AsyncIterator

from ingest.decoding.sniff import EXTENSIONS, HEAD, PHOTO_EXTENSIONS, RAW_KINDS, recognize

UNKNOWN_TYPE = "application/octet-stream"
# SVG and camera files are missing on purpose: the first can hold scripts, and no browser shows the second.
MEDIA_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
    "heif": "image/heif",
    "avif": "image/avif",
    "jpeg2000": "image/jp2",
    "ico": "image/x-icon",
}
# What Windows, macOS or a shell take for something else, and marks that show a name in another order than it has.
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')


def media_type(format_: str) -> str:
    """The type of a format as the index and `recognize` name it."""
    return MEDIA_TYPES.get(format_, UNKNOWN_TYPE)


def download_name(path: str, format_: str) -> str:
    """The name to save an original under: with an extension that its format has."""
    name = UNSAFE.sub("_", path.rpartition("/")[2]) or "photo"
    extensions = EXTENSIONS.get(format_) or (tuple(RAW_KINDS) if format_ in RAW_KINDS.values() else PHOTO_EXTENSIONS)
    if name.lower().endswith(extensions):
        return name
    return name + (extensions[0] if format_ in EXTENSIONS else ".bin")


async def sniff_media_type(data: AsyncIterable[bytes], name: str) -> tuple[str, AsyncIterator[bytes]]:
    """The type of a file by its first bytes, and all its bytes from the start."""
    chunks = aiter(data)
    head = bytearray()
    while len(head) < HEAD and (chunk := await anext(chunks, None)) is not None:
        head += chunk
    return media_type(recognize(bytes(head), name).name), _rejoined(bytes(head), chunks)


async def _rejoined(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if head:
        yield head
    async for chunk in rest:
        yield chunk
