"""Photoshop's image resources, in PSD files and in JPEG's APP13; IPTC is one of them."""

import struct
from collections.abc import Iterator

from ingest.facts.formats.part import LARGEST, Kind, Part
from ingest.facts.guard import Malformed

SIGNATURE = b"8BPS"
SIGNATURES = {b"8BIM", b"PHUT", b"AgHg", b"DCSR", b"MeSa"}
MOST_RESOURCES = 10_000
IPTC, IPTC_DIGEST = 0x0404, 0x0425
KINDS: dict[int, Kind] = {IPTC: "iptc", 0x0422: "exif", 0x0424: "xmp"}


def parts(data: bytes) -> Iterator[Part]:
    """The resources of a PSD or PSB, which come after its header and its palette."""
    palette = 26
    (length,) = struct.unpack_from(">I", data, palette)
    (size,) = struct.unpack_from(">I", data, palette + 4 + length)
    start = palette + 4 + length + 4
    yield Part("photoshop", data[start : start + min(size, 4 * LARGEST)])


def resources(block: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of each resource; names and contents are padded to even lengths."""
    # Some files have the IPTC data alone where the resources should be.
    if block[:1] == b"\x1c":
        yield IPTC, block
        return
    position = 0
    for _ in range(MOST_RESOURCES):
        if position + 12 > len(block):
            return
        signature, number, name_length = struct.unpack_from(">4sHB", block, position)
        if signature not in SIGNATURES:
            raise Malformed(f"no resource at {position}")
        position += 6 + name_length + 1 + (name_length + 1) % 2
        (size,) = struct.unpack_from(">I", block, position)
        yield number, block[position + 4 : position + 4 + size]
        position += 4 + size + size % 2
