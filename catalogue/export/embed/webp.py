"""WebP: the packet is a chunk `XMP `, the last one, announced by a flag of the extended header (RFC 9649, 2.7)."""

import struct
from collections.abc import Iterator

from catalogue.export.embed.pieces import CannotEmbed, Data, MakePacket, Pieces, Stretch, packet_for

HEADER = 12
XMP_FLAG, ALPHA_FLAG = 0x04, 0x10
KEY_FRAME = b"\x9d\x01\x2a"
LOSSLESS = 0x2F
MOST_CHUNKS = 200_000
LARGEST = 2**32 - 10


def embed(data: Data, make: MakePacket) -> Pieces:
    """The file with the packet at its end; a simple file becomes an extended one."""
    chunks = list(_chunks(data))
    if any(kind == b"C2PA" for kind, _, _ in chunks):
        raise CannotEmbed("its Content Credentials (C2PA) would no longer be valid")
    packets = [data[start + 8 : start + 8 + _length(data, start)] for kind, start, _ in chunks if kind == b"XMP "]
    packet = packet_for(make, packets)
    kind, start, stop = chunks[0]
    if kind == b"VP8X":
        header = bytearray(data[start:stop])
        header[8] |= XMP_FLAG
        extended, chunks = bytes(header), chunks[1:]
    else:
        extended = _extended_header(kind, data[start + 8 : start + 18])
    kept = [Stretch(start, stop) for kind, start, stop in chunks if kind != b"XMP "]
    chunk = b"XMP " + struct.pack("<I", len(packet)) + packet + b"\0" * (len(packet) % 2)
    size = 4 + len(extended) + sum(each.stop - each.start for each in kept) + len(chunk)
    if size > LARGEST:
        raise CannotEmbed("it is too large")
    return [b"RIFF" + struct.pack("<I", size) + b"WEBP", extended, *kept, chunk]


def _extended_header(kind: bytes, head: bytes) -> bytes:
    """The chunk VP8X for a simple file, from the head of its picture."""
    if kind == b"VP8 " and head[3:6] == KEY_FRAME:
        width, height = (size & 0x3FFF for size in struct.unpack_from("<HH", head, 6))
        flags = XMP_FLAG
    elif kind == b"VP8L" and head[0] == LOSSLESS:
        (bits,) = struct.unpack_from("<I", head, 1)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        flags = XMP_FLAG | (ALPHA_FLAG if bits >> 28 & 1 else 0)
    else:
        raise CannotEmbed("its picture is of a kind that isn't known")
    sizes = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return b"VP8X" + struct.pack("<II", 10, flags) + sizes


def _length(data: Data, start: int) -> int:
    (length,) = struct.unpack_from("<I", data, start + 4)
    return int(length)


def _chunks(data: Data) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of each chunk with its padding; what comes after the file's own end is left out."""
    if len(data) < HEADER or data[8:HEADER] != b"WEBP":
        raise CannotEmbed("it isn't a WebP file")
    end = 8 + _length(data, 0)
    if not HEADER + 18 <= end <= len(data):
        raise CannotEmbed("its chunks are broken")
    position = HEADER
    for _ in range(MOST_CHUNKS):
        if position + 8 > end:
            return
        length = _length(data, position)
        stop = position + 8 + length + length % 2
        if stop > end:
            raise CannotEmbed("its chunks are broken")
        yield data[position : position + 4], position, stop
        position = stop
    raise CannotEmbed("it has too many chunks")
