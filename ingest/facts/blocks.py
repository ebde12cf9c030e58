"""All blocks of metadata in a file, whatever its format; a broken one costs only itself."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ingest.facts.formats import boxes, gif, jpeg, photoshop, png, svg, tiff, webp
from ingest.facts.formats.part import LARGEST, Part
from ingest.facts.guard import read_or_empty, until_broken

MOST_BLOCKS = 20  # of one kind; more are an attack
FUJI = b"FUJIFILMCCD-RAW"
MINOLTA, MINOLTA_EXIF = b"\0MRM", b"\0TTW"
FUJI_PREVIEW = 84  # where a RAF file tells the start of its JPEG, which has the metadata


@dataclass(kw_only=True)
class Blocks:
    """
    The blocks by kind, in the order in which they are trusted.

    `exif` are directories already read; `iptc_digest` is the MD5 of the IPTC block that Photoshop
    noted when it last brought XMP and IPTC in line; `texts` are PNG's and SVG's by keyword.
    """

    exif: list[tiff.Tags] = field(default_factory=list)
    xmp: list[bytes] = field(default_factory=list)
    iptc: list[bytes] = field(default_factory=list)
    iptc_digest: bytes | None = None
    comments: list[bytes] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        """Sort in one part; EXIF and Photoshop's resources may hold further blocks."""
        if part.kind == "text":
            self.texts.setdefault(part.keyword, part.data.decode("utf-8", "replace"))
        elif part.kind == "photoshop":
            self._add_resources(part.data)
        elif part.kind in {"exif", "exif_ifd", "gps_ifd"}:
            self._add_exif(part)
        else:
            blocks = {"xmp": self.xmp, "iptc": self.iptc, "comment": self.comments}[part.kind]
            if len(blocks) < MOST_BLOCKS:
                blocks.append(part.data[:LARGEST])

    def _add_exif(self, part: Part) -> None:
        tags = read_or_empty("EXIF", lambda: tiff.read(part.data, part.kind), None)
        if tags is None or len(self.exif) >= MOST_BLOCKS:
            return
        self.exif.append(tags)
        for inner in tiff.inner_blocks(tags):
            self.add(inner)

    def _add_resources(self, block: bytes) -> None:
        for number, content in until_broken("Photoshop", photoshop.resources(block)):
            if number == photoshop.IPTC_DIGEST:
                self.iptc_digest = content
            elif number in photoshop.KINDS:
                self.add(Part(photoshop.KINDS[number], content))


def find_blocks(data: bytes, *, format: str, decoder_exif: bytes = b"", decoder_xmp: bytes = b"") -> Blocks:
    """
    The blocks of a file. `format` is the decoder's word for it, in lower case.

    HEIF and AVIF keep theirs in items, so what their decoder found is handed in.
    """
    blocks = Blocks()
    for part in until_broken(format, _reader(data, format)(data)):
        blocks.add(part)
    if decoder_exif and not blocks.exif:
        blocks.add(Part("exif", decoder_exif))
    if decoder_xmp and not blocks.xmp:
        blocks.add(Part("xmp", decoder_xmp))
    return blocks


def _reader(data: bytes, format: str) -> Callable[[bytes], Iterator[Part]]:
    """By the first bytes, which say more than a name: a camera's raw file is most often a TIFF."""
    if data[:4] == boxes.JPEG_2000[:4] or data[4:12] == b"ftypcrx ":
        return boxes.parts
    signatures: dict[bytes, Callable[[bytes], Iterator[Part]]] = {
        b"\xff\xd8": jpeg.parts,
        png.SIGNATURE: png.parts,
        webp.SIGNATURE: webp.parts,
        gif.SIGNATURE: gif.parts,
        photoshop.SIGNATURE: photoshop.parts,
        FUJI: _fuji,
        MINOLTA: _minolta,
    }
    for signature, reader in signatures.items():
        if data[: len(signature)] == signature:
            return reader
    if tiff.is_tiff(data):
        return _whole
    return svg.parts if format == "svg" else _nothing


def _whole(data: bytes) -> Iterator[Part]:
    yield Part("exif", data)


def _fuji(data: bytes) -> Iterator[Part]:
    (start,) = struct.unpack_from(">I", data, FUJI_PREVIEW)
    yield from jpeg.parts(data, start)


def _minolta(data: bytes) -> Iterator[Part]:
    """An MRW file's blocks, each with its name and its length before it; what comes after them is the sensor's."""
    (length,) = struct.unpack_from(">I", data, 4)
    position, stop = 8, min(8 + length, len(data))
    for _ in range(MOST_BLOCKS):
        if position + 8 > stop:
            return
        name, size = struct.unpack_from(">4sI", data, position)
        if name == MINOLTA_EXIF:
            yield Part("exif", data[position + 8 : position + 8 + size])
        position += 8 + size


def _nothing(_: bytes) -> Iterator[Part]:
    yield from ()
