"""A bitmap's header as it is written by programs that Pillow refuses, and how to write it so that Pillow reads it."""

import struct
from dataclasses import dataclass

from ingest.decoding.byte_source import Data

FILE_HEADER = 14
SHORTEST, PLAIN, OS2 = 16, 40, 64  # bytes of the headers: OS/2 may end anywhere from its bit count on
KNOWN_LENGTHS = {12, PLAIN, 52, 56, OS2, 108, 124}
COLORS = 46  # where the number of a palette's colours is


@dataclass(frozen=True)
class BmpHeader:
    """What the header says. `start` is where the pixels begin; the header's own length comes before it."""

    start: int
    length: int
    width: int
    height: int
    bits: int
    compression: int
    colors: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, abs(self.height)

    @property
    def is_upright(self) -> bool:
        """Whether the first row of the file is that at the top."""
        return self.height < 0

    @property
    def has_size(self) -> bool:
        """Whether the size is one that a picture can have."""
        return self.width > 0 and self.height != 0


def read_header(data: Data) -> BmpHeader | None:
    """The header of a bitmap; None for the oldest kind, which has another layout, and for what is cut in its header."""
    start, length = struct.unpack("<II", bytes(data[10:18]).ljust(8, b"\0"))
    if length < SHORTEST:
        return None
    fields = bytes(data[18 : FILE_HEADER + min(length, PLAIN)]).ljust(PLAIN - 4, b"\0")
    width, height, _, bits, compression, _, _, _, colors = struct.unpack_from("<iiHHIIiiI", fields)
    return BmpHeader(start, length, width, height, bits, compression, colors)


def with_sound_header(data: Data, header: BmpHeader | None) -> Data:
    """
    The same file with a header that Pillow takes.

    A shortened OS/2 header gets the fields it leaves out, and a palette no more colours than the bits can name.
    """
    if header is None:
        return data
    if header.length not in KNOWN_LENGTHS and header.length < OS2:
        data = _with_plain_header(data, header)
    if header.bits in {1, 4, 8} and header.colors > 1 << header.bits:
        data = data[:COLORS] + bytes(4) + data[COLORS + 4 :]  # 0 is as many as the bits can name
    return data


def _with_plain_header(data: Data, header: BmpHeader) -> bytes:
    fields = bytes(data[18 : FILE_HEADER + min(header.length, PLAIN)]).ljust(PLAIN - 4, b"\0")
    start = header.start + PLAIN - header.length
    return data[:10] + struct.pack("<II", start, PLAIN) + fields + data[FILE_HEADER + header.length :]
