"""Metadata written into a file, whose pixels stay as they are, byte by byte."""

from collections.abc import Callable

from catalogue.export.embed import jpeg, png, tiff, webp
from catalogue.export.embed.pieces import CannotEmbed, Data, MakePacket, Pieces

BY_SIGNATURE: dict[bytes, Callable[[Data, MakePacket], Pieces]] = {
    b"\xff\xd8\xff": jpeg.embed,
    png.SIGNATURE: png.embed,
    b"RIFF": webp.embed,
}


def embed_packet(data: Data, format: str, make: MakePacket) -> Pieces:
    """The file with the packet that `make` returns for the one it has; CannotEmbed says why that cannot be."""
    if format == "tiff":  # cameras' raw files begin as TIFFs do, and their makers look for things where they put them
        return tiff.embed(data, make)
    for signature, embed in BY_SIGNATURE.items():
        if data[: len(signature)] == signature:
            return embed(data, make)
    raise CannotEmbed("metadata cannot be written into files of this format")
