"""Files made of boxes: JPEG 2000, and Canon's CR3. HEIF and AVIF keep theirs in items, which the decoder hands over."""

import struct
from collections.abc import Iterator

from ingest.facts.formats.part import MOST_STEPS, Kind, Part
from ingest.facts.guard import Malformed

XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
BY_UUID: dict[bytes, Kind] = {
    XMP: "xmp",
    b"JpgTiffExif->JP2": "exif",
    bytes.fromhex("0537cdab9d0c4431a72afa561f2a113e"): "exif",
    bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"): "iptc",
    bytes.fromhex("09a14e97c0b442e0bebf36df6f0ce36f"): "iptc",
    bytes.fromhex("2c4c0100850440b9a03e562148d6dfeb"): "photoshop",
}
BY_TYPE: dict[bytes, Kind] = {b"CMT1": "exif", b"CMT2": "exif_ifd", b"CMT4": "gps_ifd"}
DEEPEST = 3  # boxes within boxes that hold what we look for
JPEG_2000 = b"\0\0\0\x0cjP  "


def parts(data: bytes) -> Iterator[Part]:
    """The blocks in boxes with a known identity, at the top and in the movie box."""
    yield from _parts(data, 0, len(data), DEEPEST)


def _parts(data: bytes, start: int, end: int, depth: int) -> Iterator[Part]:
    if not depth:
        return
    for kind, body, stop in _boxes(data, start, end):
        if kind == b"moov":
            yield from _parts(data, body, stop, depth - 1)
        elif kind == b"uuid" and data[body : body + 16] == CANON:
            yield from _parts(data, body + 16, stop, depth - 1)
        elif kind == b"uuid" and (block := BY_UUID.get(data[body : body + 16])):
            yield Part(block, data[body + 16 : stop])
        elif kind == b"xml " and b"adobe:ns:meta" in data[body : min(stop, body + 1000)]:
            yield Part("xmp", data[body:stop])
        elif kind in BY_TYPE:
            yield Part(BY_TYPE[kind], data[body:stop])


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, start of the content and end of each box: length 1 is followed by eight bytes of it, 0 is the rest."""
    for _ in range(MOST_STEPS):
        if start + 8 > end:
            return
        length, kind = struct.unpack_from(">I4s", data, start)
        body = start + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, body)
            body += 8
        stop = end if length == 0 else start + length
        if stop < body:
            raise Malformed(f"a box of {length} bytes")
        yield kind, body, min(stop, end)
        start = stop
