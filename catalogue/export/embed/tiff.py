"""
TIFF: the packet is the tag 700 of the first directory (XMP Specification Part 3, 1.1.1).

Packet and directory are written at the end of the file and the header points there, so that nothing else moves.
"""

import struct

from catalogue.export.embed.pieces import CannotEmbed, Data, MakePacket, Pieces, Stretch, packet_for

TAG = 700
BYTE, UNDEFINED = 1, 7
MAGIC = 42
ENTRY = 12
LARGEST = 2**32 - 1


def embed(data: Data, make: MakePacket) -> Pieces:
    """The file with the packet in its first directory."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2], "")
    if not order or data[2:4] != struct.pack(f"{order}H", MAGIC):
        raise CannotEmbed("it is a TIFF of a kind that isn't known")
    try:
        (start,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, start)
        (next_directory,) = struct.unpack_from(f"{order}I", data, start + 2 + ENTRY * count)
    except struct.error as error:
        raise CannotEmbed("its first directory is broken") from error
    if not count:
        raise CannotEmbed("its first directory is empty")
    entries = [data[at : at + ENTRY] for at in range(start + 2, start + 2 + ENTRY * count, ENTRY)]
    packet = packet_for(make, [_packet(data, each, order) for each in entries if _tag(each, order) == TAG])
    end = len(data) + len(data) % 2
    new = struct.pack(f"{order}HHII", TAG, BYTE, len(packet), end)
    kept = [each for each in entries if _tag(each, order) != TAG]
    directory = end + len(packet) + len(packet) % 2
    if directory + ENTRY * (len(kept) + 2) > LARGEST:
        raise CannotEmbed("it is too large")
    return [
        data[:4] + struct.pack(f"{order}I", directory),
        Stretch(8, len(data)),
        b"\0" * (len(data) % 2) + packet + b"\0" * (len(packet) % 2),
        struct.pack(f"{order}H", len(kept) + 1),
        *sorted([*kept, new], key=lambda each: _tag(each, order)),
        struct.pack(f"{order}I", next_directory),
    ]


def _tag(entry: bytes, order: str) -> int:
    (tag,) = struct.unpack_from(f"{order}H", entry)
    return int(tag)


def _packet(data: Data, entry: bytes, order: str) -> bytes:
    kind, count, start = struct.unpack_from(f"{order}HII", entry, 2)
    if kind not in {BYTE, UNDEFINED} or count <= 4 or start + count > len(data):
        raise CannotEmbed("its XMP cannot be read")
    return data[start : start + count]
