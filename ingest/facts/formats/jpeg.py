"""JPEG: APP1 holds EXIF and XMP, APP13 Photoshop's resources, COM a comment."""

import re
import struct
from collections.abc import Iterator

from ingest.facts.formats.part import LARGEST, Part
from ingest.facts.formats.tiff import is_tiff

APP1, APP13, COMMENT = 0xE1, 0xED, 0xFE
START_OF_SCAN, END, STANDALONE = 0xDA, 0xD9, {0x01, 0xD8, *range(0xD0, 0xD8)}
EXIF = b"Exif\0"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
MOST_SEGMENTS = 20_000
LONGEST_GAP = 65_536  # bytes between two segments that are passed over
CHECKSUM = 32  # characters, before the length and the offset of four bytes each
_NO_PADDING = re.compile(rb"[^\xff]")
PHOTOSHOP = (b"Photoshop 3.0\0", b"Adobe_Photoshop2.5:")


def parts(data: bytes, start: int = 0) -> Iterator[Part]:
    """The blocks before the pixels; each kind may go over many segments."""
    exif, photoshop, packets, extensions = bytearray(), bytearray(), bytearray(), _Extensions()
    for marker, body in _segments(data, start):
        if marker == APP1 and body[: len(EXIF)].lower() == EXIF.lower():
            if exif and is_tiff(body[6:]):  # another block, and not the rest of this one
                yield Part("exif", bytes(exif))
                exif.clear()
            exif += body[6:]
        elif marker == APP1 and body.startswith(EXTENSION):
            extensions.add(body[len(EXTENSION) :])
        elif marker == APP1 and (packet := _packet(body)):
            packets += packet
            yield Part("xmp", packet)
        elif marker == APP13:
            photoshop += _resources(body)[: LARGEST - len(photoshop)]
        elif marker == COMMENT:
            yield Part("comment", body)
    # First, as this is where a JPEG's IPTC belongs; a program that puts it into EXIF often leaves it behind.
    if photoshop:
        yield Part("photoshop", bytes(photoshop))
    if exif:
        yield Part("exif", bytes(exif))
    yield from (Part("xmp", packet) for packet in extensions.named_in(packets))


def _segments(data: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    position = start + 2
    for _ in range(MOST_SEGMENTS):
        if position + 4 > len(data):
            return
        marker = data[position + 1]
        if data[position] != 0xFF:  # a segment was longer than it says
            position = data.find(b"\xff", position, position + LONGEST_GAP)
            if position < 0:
                return
        elif marker == 0xFF:  # padding
            end = _NO_PADDING.search(data, position)
            if not end:
                return
            position = end.start() - 1
        elif marker in STANDALONE:
            position += 2
        elif marker in {START_OF_SCAN, END, 0}:
            return
        else:
            (length,) = struct.unpack_from(">H", data, position + 2)
            if marker in {APP1, APP13, COMMENT}:
                yield marker, data[position + 4 : position + 2 + length]
            position += 2 + max(2, length)


def _packet(body: bytes) -> bytes:
    if body.startswith(XMP):
        return body[len(XMP) :]
    # Some programs leave the name away.
    return body[body.find(b"<") :] if b"<x:xmpmeta" in body[:200] or b"<?xpacket" in body[:200] else b""


def _resources(body: bytes) -> bytes:
    return next((body[len(name) :] for name in PHOTOSHOP if body.startswith(name)), b"")


class _Extensions:
    """The packets too large for a segment: each piece tells its packet's checksum and where in it it belongs."""

    def __init__(self) -> None:
        self._pieces: dict[bytes, list[tuple[int, bytes]]] = {}

    def add(self, body: bytes) -> None:
        if len(body) > CHECKSUM + 8:
            (offset,) = struct.unpack_from(">I", body, CHECKSUM + 4)
            self._pieces.setdefault(body[:CHECKSUM], []).append((offset, body[CHECKSUM + 8 :]))

    def named_in(self, packets: bytes | bytearray) -> Iterator[bytes]:
        """Those that the main packet names; others are left over from an earlier version of the file."""
        for checksum, pieces in self._pieces.items():
            if checksum in packets:
                yield b"".join(piece for _, piece in sorted(pieces, key=lambda each: each[0]))
