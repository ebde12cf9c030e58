"""HEIC by libheif, AVIF by Pillow's own decoder."""

from pi_heif.as_plugin import register_heif_opener
from PIL import ImageFile

from ingest.decoding.avif_boxes import with_one_association_box
from ingest.decoding.byte_source import Data
from ingest.decoding.missing_rows import END_MISSING, read_with_endings
from ingest.decoding.picture_file import (
    DAMAGED,
    PictureFile,
    Pixels,
    decoding,
    orientation_of,
    profile_of,
)
from ingest.decoding.pillow_formats import load, open_with_pillow
from shared.errors import BadPhoto

# Each thread would hold a tile and all around it; as many photos are decoded at a time as there are cores.
register_heif_opener(decode_threads=1)

BYTES_PER_PIXEL = {"HEIF": 9, "AVIF": 12}  # of memory, as measured with 12 and 50 megapixels of 8 and 10 bits
MOST_MISSING = 50  # times the bytes that are there: beyond that a length is nonsense


def heif_file(data: Data) -> PictureFile:
    """A HEIC file."""
    return _file(data, "HEIF")


def avif_file(data: Data) -> PictureFile:
    """An AVIF file."""
    return _file(data, "AVIF")


def _file(data: Data, format_: str) -> PictureFile:
    missing = missing_bytes(data)
    try:
        picture = open_with_pillow(data, format_)
    except BadPhoto:
        data = _repaired(data)
        picture = _opened(data + bytes(missing), format_, is_cut=missing > 0)

    def read(_side: int) -> Pixels:
        if missing:
            return read_with_endings(lambda ending: _loaded(bytes(data) + ending, format_), missing)
        with decoding():
            opened = _loaded(data, format_)
        return Pixels(picture=opened, profile=profile_of(opened))

    return PictureFile(
        format=format_.lower(),
        size=picture.size,
        memory=picture.width * picture.height * (BYTES_PER_PIXEL[format_] + (4 if missing else 0)),
        read=read,
        orientation=orientation_of(picture),
        source=picture,
        info=picture.info,
    )


def _opened(data: bytes, format_: str, *, is_cut: bool) -> ImageFile.ImageFile:
    try:
        return open_with_pillow(data, format_)
    except BadPhoto:
        raise BadPhoto(END_MISSING if is_cut else DAMAGED) from None


def _repaired(data: Data) -> bytes:
    return with_one_association_box(_without_exif(data))


def _without_exif(data: Data) -> bytes:
    """The same file, its EXIF an item of a kind that nobody reads: libavif refuses what is broken there."""
    head = data.find(b"mdat")
    head = len(data) if head < 0 else head
    return bytes(data[:head]).replace(b"Exif", b"none") + bytes(data[head:])


def _loaded(data: Data, format_: str) -> ImageFile.ImageFile:
    return load(open_with_pillow(data, format_))


def missing_bytes(data: Data) -> int:
    """How many bytes the last box of the file lacks; zero where that is nonsense."""
    position = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        if size < 8:
            return 0
        position += size
    missing = position - len(data)
    return missing if 0 < missing <= MOST_MISSING * len(data) else 0
