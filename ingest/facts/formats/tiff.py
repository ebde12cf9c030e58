"""
TIFF: directories of tags, which are what EXIF is, and what most raw files are.

Read here and not by a library: what is wanted are some forty tags, and a broken one must cost only itself.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.facts.formats.part import LARGEST, Kind, Part
from ingest.facts.guard import Malformed

# Texts and bytes as they are, and numbers in a tuple however few.
Value = bytes | tuple[float, ...]
Directory = Mapping[int, Value]

# The magic numbers after the byte order: TIFF, BigTIFF, and the TIFF-like raw files of Olympus and Panasonic.
MAGIC = {42, 43, 0x4F52, 0x5352, 0x55}
BIG = 43
MOST_ENTRIES = 2000
ROOM = 4_000_000  # bytes of all other values of a directory
LONGEST = 100_000  # bytes of one value that isn't a block itself

EXIF_IFD, GPS_IFD, XMP, IPTC, PHOTOSHOP = 0x8769, 0x8825, 0x02BC, 0x83BB, 0x8649
BLOCKS = {XMP, IPTC, PHOTOSHOP}

# Types: letter for struct and size. ASCII is told apart, and so is what we keep as bytes.
ASCII, BYTE, UNDEFINED, RATIONAL, SIGNED_RATIONAL = 2, 1, 7, 5, 10
NUMBERS = {3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}
SIZES = {ASCII: 1, BYTE: 1, UNDEFINED: 1, RATIONAL: 8, SIGNED_RATIONAL: 8} | {
    kind: struct.calcsize(f"={letter}") for kind, letter in NUMBERS.items()
}


@dataclass(frozen=True)
class Tags:
    """The three directories that hold facts: the photo's, EXIF's and GPS's, by tag number."""

    photo: Directory = field(default_factory=dict)
    exif: Directory = field(default_factory=dict)
    gps: Directory = field(default_factory=dict)


@dataclass(frozen=True)
class _Source:
    data: bytes
    order: str
    big: bool

    def unpack(self, letters: str, position: int) -> tuple[Any, ...]:
        return struct.unpack_from(self.order + letters, self.data, position)


def is_tiff(data: bytes) -> bool:
    """Whether this begins as a TIFF structure does."""
    order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
    return order is not None and len(data) >= 8 and struct.unpack_from(f"{order}H", data, 2)[0] in MAGIC


def read(block: bytes, kind: Kind = "exif") -> Tags:
    """The tags of a block; Malformed if it isn't a TIFF structure. What is broken inside it is left out."""
    # Some formats keep the name of JPEG's segment before the structure.
    data = block[6:] if block[:4].lower() == b"exif" and is_tiff(block[6:]) else block
    if not is_tiff(data):
        raise Malformed("no TIFF header")
    order = "<" if data[:1] == b"I" else ">"
    big = struct.unpack_from(f"{order}H", data, 2)[0] == BIG
    source = _Source(data, order, big)
    (start,) = source.unpack("Q", 8) if big else source.unpack("I", 4)
    first = dict(_directory(source, start))
    if kind == "exif_ifd":
        return Tags(exif=first)
    if kind == "gps_ifd":
        return Tags(gps=first)
    return Tags(first, _pointed(source, first, EXIF_IFD), _pointed(source, first, GPS_IFD))


def inner_blocks(tags: Tags) -> Iterator[Part]:
    """XMP, IPTC and Photoshop's resources, which TIFF files keep as tags."""
    kinds: tuple[tuple[int, Kind], ...] = ((XMP, "xmp"), (PHOTOSHOP, "photoshop"), (IPTC, "iptc"))
    for tag, kind in kinds:
        if isinstance(value := tags.photo.get(tag), bytes) and value:
            yield Part(kind, value)


def _pointed(source: _Source, first: Directory, tag: int) -> Directory:
    pointer = first.get(tag)
    if isinstance(pointer, tuple) and pointer and pointer[0] == int(pointer[0]) and 0 < pointer[0] < len(source.data):
        return dict(_directory(source, int(pointer[0])))
    return {}


def _directory(source: _Source, start: int) -> Iterator[tuple[int, Value]]:
    """The entries that can be read; a count of more than there is room for is cut down to the room."""
    head, size = ("Q", 20) if source.big else ("H", 12)
    width = struct.calcsize(f"={head}")
    if start + width > len(source.data):
        return
    (count,) = source.unpack(head, start)
    room, tags = ROOM, set[int]()
    for index in range(min(count, MOST_ENTRIES)):
        position = start + width + size * index
        if position + size > len(source.data):
            return
        tag, kind = source.unpack("HH", position)
        if tag in tags or (value := _value(source, position, tag, kind)) is None:
            continue
        tags.add(tag)
        room -= 0 if tag in BLOCKS else 8 * len(value)
        if room > 0:
            yield tag, value


def _value(source: _Source, position: int, tag: int, kind: int) -> Value | None:
    """The value of an entry, which stands in it if it fits; None if it points out of the file."""
    letters, room = ("Q", 8) if source.big else ("I", 4)
    (count,) = source.unpack(letters, position + 4)
    start = position + 4 + room
    size = SIZES.get(kind, 0) * count
    if not size or size > (LARGEST if tag in BLOCKS else LONGEST):
        return None
    if size > room:
        (start,) = source.unpack(letters, start)
    if start + size > len(source.data):
        return None
    raw = source.data[start : start + size]
    if tag in BLOCKS or kind in {ASCII, BYTE, UNDEFINED}:
        return _reordered(raw) if tag == IPTC else raw
    return _numbers(raw, kind, count, source.order)


def _numbers(raw: bytes, kind: int, count: int, order: str) -> tuple[float, ...]:
    if kind in {RATIONAL, SIGNED_RATIONAL}:
        parts = struct.unpack(f"{order}{2 * count}{'I' if kind == RATIONAL else 'i'}", raw)
        # A nothing divided by nothing is how cameras say that they do not know.
        return tuple(
            above / below if below else float("nan") for above, below in zip(parts[::2], parts[1::2], strict=True)
        )
    return struct.unpack(f"{order}{count}{NUMBERS[kind]}", raw)


def _reordered(raw: bytes) -> bytes:
    """IPTC, which some programs declare as numbers of four bytes and others swap for that."""
    if raw[:1] != b"\x1c" and raw[3:4] == b"\x1c":
        return b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    return raw
