"""GIF: comments, and XMP as an application extension."""

from collections.abc import Iterator

from ingest.facts.formats.part import Part
from ingest.facts.guard import Malformed

SIGNATURE = b"GIF8"
IMAGE, EXTENSION, TRAILER = 0x2C, 0x21, 0x3B
COMMENT, APPLICATION = 0xFE, 0xFF
XMP = b"XMP DataXMP"
MAGIC = 258  # bytes after the packet, which lead readers of sub-blocks to its end
MOST_STEPS = 1_000_000  # sub-blocks, of 255 bytes at most, that are passed over on the way


def parts(data: bytes) -> Iterator[Part]:
    """The comments and the packet of a GIF, wherever they lie between its frames."""
    position = 13 + _palette(data, 10)
    steps = 0
    while steps < MOST_STEPS:
        kind = _byte(data, position)
        if kind == TRAILER:
            return
        if kind == IMAGE:
            position, count = _end(data, position + 10 + _palette(data, position + 9) + 1)
        elif kind == EXTENSION:
            end, count = _end(data, position + 2)
            if part := _extension(data, position, end):
                yield part
            position = end
        else:
            raise Malformed(f"no block at {position}")
        steps += count + 10  # a block costs more than a piece of one


def _extension(data: bytes, start: int, end: int) -> Part | None:
    label = _byte(data, start + 1)
    if label == COMMENT:
        return Part("comment", b"".join(_sub_blocks(data, start + 2)))
    if label == APPLICATION and data[start + 3 : start + 14] == XMP:
        return Part("xmp", data[start + 14 : max(start + 14, end - MAGIC)])
    return None


def _palette(data: bytes, position: int) -> int:
    flags = _byte(data, position)
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _end(data: bytes, position: int) -> tuple[int, int]:
    """Where a list of sub-blocks ends, and how many they are."""
    for count in range(MOST_STEPS):
        size = _byte(data, position)
        position += size + 1
        if not size:
            return position, count
    raise Malformed("too many sub-blocks")


def _sub_blocks(data: bytes, position: int) -> Iterator[bytes]:
    while size := _byte(data, position):
        yield data[position + 1 : position + 1 + size]
        position += size + 1


def _byte(data: bytes, position: int) -> int:
    if position >= len(data):
        raise Malformed("cut short")
    return data[position]
