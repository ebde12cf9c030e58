"""JPEG: the packet is a segment APP1, after those of JFIF and EXIF (XMP Specification Part 3, 1.1.3)."""

import struct
from collections.abc import Iterator

from catalogue.export.embed.pieces import CannotEmbed, Data, MakePacket, Pieces, Stretch, packet_for

XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXIF = b"Exif\0"
APP0, APP1, APP2, APP11 = 0xE0, 0xE1, 0xE2, 0xEB
START_OF_SCAN, END = 0xDA, 0xD9
LARGEST = 0xFFFF - 2 - len(XMP)
MOST_SEGMENTS = 20_000


def embed(data: Data, make: MakePacket) -> Pieces:
    """The file with the packet in it; nothing after the first segments changes its place relative to the others."""
    packets: list[Stretch] = []
    place, has_pictures_behind = 2, False
    for marker, start, stop in _segments(data):
        head = data[start + 4 : start + 4 + len(XMP)]
        if marker == APP11 and b"c2pa" in data[start : min(stop, start + 200)]:
            raise CannotEmbed("its Content Credentials (C2PA) would no longer be valid")
        if marker == APP2 and head.startswith(b"MPF\0"):
            has_pictures_behind = True
        if marker == APP1 and head.startswith(XMP):
            if has_pictures_behind:
                raise CannotEmbed("the places of its further pictures would no longer be right")
            packets.append(Stretch(start, stop))
        elif not packets and start == place and (marker == APP0 or (marker == APP1 and head.startswith(EXIF))):
            place = stop
    packet = packet_for(make, [data[each.start + 4 + len(XMP) : each.stop] for each in packets])
    if len(packet) > LARGEST:
        raise CannotEmbed("the packet is larger than a segment of JPEG")
    segment = struct.pack(">BBH", 0xFF, APP1, 2 + len(XMP) + len(packet)) + XMP + packet
    old = packets[0] if packets else Stretch(place, place)
    return [Stretch(0, old.start), segment, Stretch(old.stop, len(data))]


def _segments(data: Data) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment before the pixels."""
    position = 2
    for _ in range(MOST_SEGMENTS):
        if position + 4 > len(data) or data[position] != 0xFF:
            raise CannotEmbed("its segments are broken")
        marker = data[position + 1]
        if marker in {START_OF_SCAN, END}:
            return
        if marker == 0xFF:  # padding
            position += 1
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        if length < 2 or position + 2 + length > len(data):
            raise CannotEmbed("its segments are broken")
        yield marker, position, position + 2 + length
        position += 2 + length
    raise CannotEmbed("it has too many segments")
