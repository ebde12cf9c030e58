"""WebP: EXIF and XMP are chunks of the RIFF file."""

import struct
from collections.abc import Iterator

from ingest.facts.formats.part import MOST_STEPS, Part

SIGNATURE = b"RIFF"


def parts(data: bytes) -> Iterator[Part]:
    """The two blocks; chunks are padded to even lengths."""
    position = 12
    for _ in range(MOST_STEPS):
        if position + 8 > len(data):
            return
        kind, length = struct.unpack_from("<4sI", data, position)
        if kind == b"EXIF":
            yield Part("exif", data[position + 8 : position + 8 + length])
        elif kind[:3] == b"XMP":
            yield Part("xmp", data[position + 8 : position + 8 + length])
        position += 8 + length + length % 2
