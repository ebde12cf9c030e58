"""The directories of a TIFF, as far as telling kinds apart and finding pixels needs them. Broken ones end the walk."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ingest.decoding.byte_source import Data

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q", 7: "B"}
MOST_DIRECTORIES = 64
MOST_ENTRIES = 2000

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_BYTES, PLANAR = 273, 274, 277, 278, 279, 284
SUB_DIRECTORIES, DNG_VERSION = 330, 50706
COLOR_FILTER_ARRAY, LINEAR_RAW = 32803, 34892
RAW_COMPRESSIONS = {34713, 32767, 32769, 32770, 34892, 65535, 65000}  # Nikon, Sony, packed, Samsung, lossy DNG, Pentax


@dataclass(frozen=True)
class TiffEntry:
    """One tag: its type, how many values, and where they are in the file."""

    tag: int
    kind: int
    count: int
    position: int
    size: int


@dataclass(frozen=True)
class TiffDirectory:
    """One IFD. Values are read from the file when asked for."""

    data: Data
    order: str  # "<" or ">"
    big: bool
    entries: Mapping[int, TiffEntry] = field(default_factory=dict)
    next: int = 0

    def numbers(self, tag: int, most: int = 1_000_000) -> tuple[int, ...]:
        """The whole numbers of a tag; empty where it is missing, broken or no number."""
        entry = self.entries.get(tag)
        if entry is None or entry.kind not in NUMBERS or entry.count > most:
            return ()
        raw = bytes(self.data[entry.position : entry.position + entry.size])
        if len(raw) < entry.size:
            return ()
        return struct.unpack(f"{self.order}{entry.count}{NUMBERS[entry.kind]}", raw)

    def number(self, tag: int, default: int = 0) -> int:
        return next(iter(self.numbers(tag)), default)


def directories(data: Data) -> Iterator[TiffDirectory]:
    """Every directory of a TIFF and their subdirectories, each once."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in {b"+\0", b"\0+"}
    try:
        first = struct.unpack(f"{order}Q", data[8:16])[0] if big else struct.unpack(f"{order}I", data[4:8])[0]
    except struct.error:
        return
    todo, done = [first], set[int]()
    while todo and len(done) < MOST_DIRECTORIES:
        position = todo.pop(0)
        if position in done or not 0 < position < len(data):
            continue
        done.add(position)
        directory = _directory(data, position, order, big=big)
        yield directory
        todo += [directory.next, *directory.numbers(SUB_DIRECTORIES, MOST_DIRECTORIES)]


def _directory(data: Data, position: int, order: str, *, big: bool) -> TiffDirectory:
    head, width, inline = ("Q", 20, 8) if big else ("H", 12, 4)
    offset = "Q" if big else "I"
    start = position + struct.calcsize(f"={head}")
    try:
        (count,) = struct.unpack(f"{order}{head}", data[position:start])
    except struct.error:
        return TiffDirectory(data, order, big)
    entries: dict[int, TiffEntry] = {}
    for at in range(start, start + min(count, MOST_ENTRIES) * width, width):
        raw = bytes(data[at : at + width])
        if len(raw) < width:
            break
        tag, kind, values = struct.unpack(f"{order}HH{offset}", raw[: width - inline])
        size = SIZES.get(kind, 0) * values
        where = at + width - inline if size <= inline else struct.unpack(f"{order}{offset}", raw[width - inline :])[0]
        entries.setdefault(tag, TiffEntry(tag, kind, values, where, size))
    tail = bytes(data[start + count * width : start + count * width + inline])
    following = struct.unpack(f"{order}{offset}", tail)[0] if len(tail) == inline else 0
    return TiffDirectory(data, order, big, entries, following)


def is_raw_tiff(data: Data) -> bool:
    """Whether a TIFF holds a sensor's own values: a DNG, or colour filters in any of its directories."""
    return any(
        DNG_VERSION in each.entries
        or each.number(PHOTOMETRIC) in {COLOR_FILTER_ARRAY, LINEAR_RAW}
        or each.number(COMPRESSION) in RAW_COMPRESSIONS
        for each in directories(data)
    )
