"""
Repairs to the boxes of an AVIF file that libavif refuses and browsers show, which move no byte of its pictures.

Early encoders (cavif of 2020, for one) wrote a box of property associations for each item, where
ISO/IEC 23008-12 wants one for all: "at most one ItemPropertyAssociationBox with a given pair of
values of version and flags".
"""

from collections.abc import Iterator
from dataclasses import dataclass

HEADER = 8  # bytes of length and type
FULL_HEADER = 12  # and of version and flags
COUNT = 4  # bytes that tell the number of entries


@dataclass(frozen=True)
class _Box:
    kind: bytes
    start: int
    stop: int


def with_one_association_box(data: bytes) -> bytes:
    """The same file with its property associations in one box; as it is if they are, or if it makes no sense."""
    meta = _child(data, b"meta", 0, len(data))
    iprp = meta and _child(data, b"iprp", meta.start + FULL_HEADER, meta.stop)
    if not iprp:
        return data
    boxes = list(_boxes(data, iprp.start + HEADER, iprp.stop))
    kinds = [box.kind for box in boxes]
    if kinds[:1] != [b"ipco"] or kinds[1:] != [b"ipma"] * (len(boxes) - 1) or len(boxes) < 3:
        return data
    properties, *associations = boxes
    if len({data[box.start + HEADER : box.start + FULL_HEADER] for box in associations}) > 1:
        return data
    # What that saves becomes a property that no item has, as nothing else may stand here.
    unused = (FULL_HEADER + COUNT) * (len(associations) - 1)
    merged = _box(b"ipco", data[properties.start + HEADER : properties.stop] + _box(b"free", bytes(unused - HEADER)))
    merged += _merged(data, associations)
    return data[: iprp.start + HEADER] + merged + data[iprp.stop :]


def _merged(data: bytes, boxes: list[_Box]) -> bytes:
    counts = [_number(data, box.start + FULL_HEADER) for box in boxes]
    entries = b"".join(data[box.start + FULL_HEADER + COUNT : box.stop] for box in boxes)
    version_and_flags = data[boxes[0].start + HEADER : boxes[0].start + FULL_HEADER]
    return _box(b"ipma", version_and_flags + (sum(counts) & 0xFFFFFFFF).to_bytes(COUNT, "big") + entries)


def _box(kind: bytes, content: bytes) -> bytes:
    return (HEADER + len(content)).to_bytes(4, "big") + kind + content


def _child(data: bytes, kind: bytes, start: int, stop: int) -> _Box | None:
    return next((box for box in _boxes(data, start, stop) if box.kind == kind), None)


def _boxes(data: bytes, start: int, stop: int) -> Iterator[_Box]:
    """The boxes between two positions, as far as they make sense."""
    while start + HEADER <= stop:
        size = _number(data, start)
        if not HEADER <= size <= stop - start:
            return
        yield _Box(data[start + 4 : start + HEADER], start, start + size)
        start += size


def _number(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + 4], "big")
