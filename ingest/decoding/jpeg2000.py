"""JPEG 2000: decoded at the resolution level that suffices."""

from PIL import ImageFile

from ingest.decoding.byte_source import Data
from ingest.decoding.missing_rows import END_MISSING, rows_that_agree
from ingest.decoding.picture_file import (
    DAMAGED,
    PictureFile,
    Pixels,
    decoding,
    orientation_of,
    profile_of,
    raise_if_out_of_memory,
)
from ingest.decoding.pillow_formats import open_with_pillow
from shared.errors import BadPhoto

CODESTREAM = b"\xff\x4f\xff\x51"
CODING_STYLE, TILE_PART, END = b"\xff\x52", b"\xff\x90\x00\x0a", b"\xff\xd9"
MOST_LEVELS = 32
BYTES_PER_SAMPLE = 16  # of the reduced picture: OpenJPEG's integers, its wavelets, and Pillow's copy


def jpeg2000_file(data: Data, side: int) -> PictureFile:
    """A JP2 file or a bare codestream, to be shown `side` pixels long."""
    try:
        picture = open_with_pillow(data, "JPEG2000")
    except BadPhoto:
        return _bare_file(data, side)
    bands = len(picture.getbands())

    def reduction(side: int) -> int:
        wanted = 0
        while max(picture.size) >> (wanted + 1) >= side and wanted < levels(data):
            wanted += 1
        return wanted

    pixels = (picture.width >> reduction(side)) * (picture.height >> reduction(side))
    return PictureFile(
        format="jpeg2000",
        size=picture.size,
        memory=pixels * bands * BYTES_PER_SAMPLE + len(data),
        read=lambda side: _read(data, reduction(side)),
        orientation=orientation_of(picture),
        source=picture,
        info=picture.info,
    )


def _bare_file(data: Data, side: int) -> PictureFile:
    """A file whose boxes are broken: its codestream alone."""
    start = data.find(CODESTREAM)
    if start <= 0:
        raise BadPhoto(DAMAGED)
    return jpeg2000_file(bytes(data[start:]), side)


def _read(data: Data, reduction: int) -> Pixels:
    try:
        picture = _loaded(data, reduction)
    except Exception as error:
        raise_if_out_of_memory(error)
        return _read_what_is_there(data, reduction)
    return Pixels(picture=picture, profile=profile_of(picture))


def _loaded(data: Data, reduction: int) -> ImageFile.ImageFile:
    picture = open_with_pillow(data, "JPEG2000")
    codec, _, layers, descriptor, length = picture.tile[0].args  # type: ignore[misc,str-unpack]  # always these five
    # Pillow's own `reduce` rounds to the nearest where OpenJPEG rounds up, and then fails on most sizes.
    step = 1 << reduction
    picture._size = (-(-picture.width // step), -(-picture.height // step))
    tile = picture.tile[0]
    picture.tile = [tile._replace(extents=(0, 0, *picture.size), args=(codec, reduction, layers, descriptor, length))]
    picture.load()
    return picture


def _read_what_is_there(data: Data, reduction: int) -> Pixels:
    """
    Decode a cut file with empty packets in place of what is missing.

    Most files hold the whole picture coarsely before they refine it: half of what is left then shows the same
    at the coarsest size, and only detail is missing. A file of which less than half is there has lost too much.
    """
    if len(data) < _stated_length(data) // 2:
        raise BadPhoto(END_MISSING)
    with decoding():
        coarsest = max(0, levels(data) - 1)
        half = rows_that_agree(
            _completed(data, len(data) // 2, coarsest), coarse := _completed(data, len(data), coarsest)
        )
        if half < coarse.height:
            raise BadPhoto(END_MISSING)
        picture = _completed(data, len(data), reduction)
    return Pixels(picture=picture, profile=profile_of(picture))


def _completed(data: Data, length: int, reduction: int) -> ImageFile.ImageFile:
    """Decode the first bytes of a codestream, with empty packets and an end marker after them."""
    stated = _stated_length(data)
    return _loaded(bytes(data[:length]) + bytes(max(0, stated - length - 2)) + END, reduction)


def _stated_length(data: Data) -> int:
    """Where the last part of a tile ends, as its header states it."""
    position = data.rfind(TILE_PART)
    stated = int.from_bytes(data[position + 6 : position + 10], "big") if position >= 0 else 0
    return min(position + stated + 2, 50 * len(data)) if stated else len(data) + 2


def levels(data: Data) -> int:
    """How often the codestream can be halved: told by its coding style marker."""
    position = data.find(CODING_STYLE)
    count = data[position + 9] if 0 <= position < len(data) - 9 else 0
    return count if count <= MOST_LEVELS else 0
