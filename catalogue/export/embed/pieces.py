"""A changed file as pieces: what is new, and stretches of the old one, so that no file need be in memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from mmap import mmap

from catalogue.export.xmp.packet import UnreadablePacket

Data = bytes | mmap
PART = 1_048_576  # bytes of one stretch that are read at a time
# The packet for a file, made of the one that it has, or of nothing.
MakePacket = Callable[[bytes | None], bytes]


class CannotEmbed(Exception):
    """This file cannot take the metadata without a loss; the message says why."""


@dataclass(frozen=True)
class Stretch:
    """The bytes of the old file from `start` up to `stop`."""

    start: int
    stop: int


Pieces = Sequence[bytes | Stretch]


def write_pieces(pieces: Pieces, data: Data) -> Iterator[bytes]:
    """The new file, part by part."""
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
        else:
            for start in range(piece.start, piece.stop, PART):
                yield data[start : min(piece.stop, start + PART)]


def packet_for(make: MakePacket, packets: Sequence[bytes]) -> bytes:
    """The new packet in place of the file's own; CannotEmbed if it has several or one that isn't sound."""
    if len(packets) > 1:
        raise CannotEmbed("it has several packets of XMP")
    try:
        return make(packets[0] if packets else None)
    except UnreadablePacket as error:
        raise CannotEmbed(f"its XMP cannot be read: {error}") from error
