"""PNG: the packet is an iTXt chunk of its own keyword, not compressed (XMP Specification Part 3, 1.1.5)."""

import struct
import zlib
from collections.abc import Iterator

from catalogue.export.embed.pieces import CannotEmbed, Data, MakePacket, Pieces, Stretch, packet_for

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"XML:com.adobe.xmp\0"
TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
LARGEST = 16_000_000  # bytes of a packet once it is unpacked
MOST_CHUNKS = 200_000


def embed(data: Data, make: MakePacket) -> Pieces:
    """The file with the packet after its header, or in place of the one it has."""
    packets: list[Stretch] = []
    header_end = 0
    for kind, start, stop in _chunks(data):
        if kind == b"IHDR":
            header_end = stop
        elif kind == b"caBX":
            raise CannotEmbed("its Content Credentials (C2PA) would no longer be valid")
        elif kind in TEXTS and data[start + 8 : start + 8 + len(KEYWORD)] == KEYWORD:
            packets.append(Stretch(start, stop))
    if not header_end:
        raise CannotEmbed("it has no header")
    packet = packet_for(make, [_packet(data[each.start : each.stop]) for each in packets])
    old = packets[0] if packets else Stretch(header_end, header_end)
    return [Stretch(0, old.start), _chunk(KEYWORD + b"\0\0\0\0" + packet), Stretch(old.stop, len(data))]


def _chunk(body: bytes) -> bytes:
    """An iTXt chunk; after the keyword come two flags, a language and a translation, all of them empty."""
    checked = b"iTXt" + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))


def _packet(chunk: bytes) -> bytes:
    kind, body = chunk[4:8], chunk[8 + len(KEYWORD) : -4]
    if kind == b"tEXt":
        return body
    if kind == b"zTXt":
        return _unpacked(body[1:])
    *_, text = body[2:].split(b"\0", 2)
    return _unpacked(text) if body[:1] == b"\1" else text


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, LARGEST)
    except zlib.error as error:
        raise CannotEmbed(f"its XMP cannot be read: {error}") from error


def _chunks(data: Data) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of each chunk."""
    position = len(SIGNATURE)
    for _ in range(MOST_CHUNKS):
        if position + 12 > len(data):
            raise CannotEmbed("its chunks are broken")
        length, kind = struct.unpack_from(">I4s", data, position)
        stop = position + 12 + length
        if stop > len(data):
            raise CannotEmbed("its chunks are broken")
        yield kind, position, stop
        if kind == b"IEND":
            return
        position = stop
    raise CannotEmbed("it has too many chunks")
