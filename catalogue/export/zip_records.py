"""The records of a zip (PKWARE's APPNOTE 6.3): sizes follow each file, as they are not known before it."""

import struct
from dataclasses import dataclass
from datetime import datetime

EARLIEST, LATEST = datetime(1980, 1, 1), datetime(2107, 12, 31)  # what a zip can tell
STORED, DEFLATED = 0, 8
FLAGS = 0x0808  # sizes follow, and names are in UTF-8
PLAIN, WIDE = 20, 45  # the versions that can read it: the second knows sizes of eight bytes
UNIX = 3 << 8
ORDINARY_FILE = 0o100644 << 16
MOST_BYTES, MOST_FILES = 0xFFFFFFFF, 0xFFFF


@dataclass(frozen=True)
class FileRecord:
    """A file in a zip; `wide` if it may be too large for fields of four bytes."""

    name: bytes
    method: int
    modified: datetime
    offset: int
    wide: bool
    checksum: int = 0
    packed: int = 0
    size: int = 0

    @property
    def _version(self) -> int:
        return WIDE if self.wide or self.offset > MOST_BYTES else PLAIN

    @property
    def _clock(self) -> tuple[int, int]:
        moment = min(max(self.modified.replace(tzinfo=None), EARLIEST), LATEST)
        time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
        return time, (moment.year - 1980) << 9 | moment.month << 5 | moment.day

    def header(self) -> bytes:
        """What stands before the file."""
        sizes = (MOST_BYTES, MOST_BYTES) if self.wide else (0, 0)
        extra = struct.pack("<HHQQ", 1, 16, 0, 0) if self.wide else b""
        head = (b"PK\3\4", self._version, FLAGS, self.method, *self._clock, 0, *sizes, len(self.name), len(extra))
        return struct.pack("<4sHHHHHIIIHH", *head) + self.name + extra

    def descriptor(self) -> bytes:
        """What stands after it."""
        layout = "<4sIQQ" if self.wide else "<4sIII"
        return struct.pack(layout, b"PK\7\x08", self.checksum, self.packed, self.size)

    def entry(self) -> bytes:
        """What the directory at the end says of it."""
        large = [self.size, self.packed] if self.wide else []
        large += [self.offset] if self.offset > MOST_BYTES else []
        extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
        size, packed = (MOST_BYTES, MOST_BYTES) if self.wide else (self.size, self.packed)
        head = (b"PK\1\2", UNIX | WIDE, self._version, FLAGS, self.method, *self._clock, self.checksum, packed, size)
        tail = (len(self.name), len(extra), 0, 0, 0, ORDINARY_FILE, min(self.offset, MOST_BYTES))
        return struct.pack("<4sHHHHHHIIIHHHHHII", *head, *tail) + self.name + extra


def end_record(count: int, size: int, offset: int) -> bytes:
    """The end of a zip of so many files, whose directory has so many bytes and begins at `offset`."""
    wide = b""
    if count > MOST_FILES or size > MOST_BYTES or offset > MOST_BYTES:
        wide = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, UNIX | WIDE, WIDE, 0, 0, count, count, size, offset)
        wide += struct.pack("<4sIQI", b"PK\6\7", 0, offset + size, 1)
    files = min(count, MOST_FILES)
    ends = (min(size, MOST_BYTES), min(offset, MOST_BYTES), 0)
    return wide + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, files, files, *ends)
