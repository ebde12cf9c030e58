"""TIFF: by Pillow as a whole where that fits, else a band of strips or tiles at a time; metadata is left aside."""

import struct
from collections.abc import Iterator, Sequence

from PIL import Image as Pillow

from ingest.decoding.byte_source import Data
from ingest.decoding.missing_rows import read_what_is_there
from ingest.decoding.picture_file import (
    PictureFile,
    Pixels,
    orientation_of,
    profile_of,
    raise_if_out_of_memory,
)
from ingest.decoding.pillow_formats import BYTES_PER_PIXEL, open_with_pillow
from ingest.decoding.row_bands import BandedPicture
from ingest.decoding.tiff_directory import (
    BITS,
    COMPRESSION,
    HEIGHT,
    NUMBERS,
    ORIENTATION,
    PHOTOMETRIC,
    PLANAR,
    ROWS_PER_STRIP,
    SAMPLES,
    STRIP_BYTES,
    STRIP_OFFSETS,
    WIDTH,
    TiffDirectory,
    directories,
)
from shared.errors import BadPhoto

TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES = 322, 323, 324, 325
FILL_ORDER, PREDICTOR, PALETTE, EXTRA_SAMPLES, SAMPLE_FORMAT, JPEG_TABLES = 266, 317, 320, 338, 339, 347
T4_OPTIONS, T6_OPTIONS, SUBSAMPLING, POSITIONING, BLACK_WHITE, COEFFICIENTS, INK_SET = 292, 293, 530, 531, 532, 529, 332
PIXEL_TAGS = (
    BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, SAMPLES, PLANAR, T4_OPTIONS, T6_OPTIONS, PREDICTOR, PALETTE, INK_SET,
    EXTRA_SAMPLES, SAMPLE_FORMAT, JPEG_TABLES, COEFFICIENTS, SUBSAMPLING, POSITIONING, BLACK_WHITE,
)  # fmt: skip
NO_DIRECTORY = "the end of the file is missing, and with it the list that says where the parts of the picture are"
LARGE = 16_000_000  # pixels from which on it is read in bands
OLD_JPEG, YCBCR = 6, 6
FREE_BYTES = 500_000  # of the pieces into which a plain picture is divided
HIGHEST_BAND = 4096  # rows


def tiff_file(data: Data) -> PictureFile:
    """The first picture of a TIFF."""
    directory = _main_directory(data)
    try:
        picture = open_with_pillow(data, "TIFF")
    except BadPhoto:
        if directory is None:
            raise BadPhoto(NO_DIRECTORY) from None
        picture = open_with_pillow(_without_metadata(directory), "TIFF")
    in_bands = directory is not None and _in_bands(directory)
    return PictureFile(
        format="tiff",
        size=picture.size if directory is None or not in_bands else (directory.number(WIDTH), directory.number(HEIGHT)),
        memory=_memory(picture, directory, in_bands=in_bands),
        read=lambda side: _read_bands(data, directory, side) if directory and in_bands else _read(data, directory),
        orientation=orientation_of(picture) if in_bands else 1,  # Pillow turns the others as it loads them
        source=picture,
        info=picture.info,
    )


def _main_directory(data: Data) -> TiffDirectory | None:
    return next((each for each in directories(data) if each.number(WIDTH) and each.number(HEIGHT)), None)


def _memory(picture: Pillow.Image, directory: TiffDirectory | None, *, in_bands: bool) -> int:
    pixel = 6 if picture.mode == "F" or picture.mode.startswith("I") else BYTES_PER_PIXEL.get(picture.mode, 5)
    if not in_bands or directory is None:
        return picture.width * picture.height * pixel
    return picture.width * _rows_of_part(directory) * pixel * 3 + 64_000_000


def _read(data: Data, directory: TiffDirectory | None) -> Pixels:
    try:
        picture = open_with_pillow(data, "TIFF")
        picture.load()
    except Exception as error:
        raise_if_out_of_memory(error)
        if directory is None:
            raise BadPhoto(NO_DIRECTORY) from error
        plain = _without_metadata(directory)
        return read_what_is_there(lambda: open_with_pillow(plain, "TIFF"))
    return Pixels(picture=picture, profile=profile_of(picture))


def _in_bands(directory: TiffDirectory) -> bool:
    """Whether it is large, and laid out so that bands of it make TIFFs of their own."""
    if directory.number(WIDTH) * directory.number(HEIGHT) < LARGE or directory.number(COMPRESSION, 1) == OLD_JPEG:
        return False
    if directory.number(PLANAR, 1) != 1 or _rows_of_part(directory) > HIGHEST_BAND:
        return False
    offsets, lengths = _parts(directory)
    return 0 < len(offsets) <= len(lengths)


def _parts(directory: TiffDirectory) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where the strips or tiles are, and how long."""
    if directory.number(TILE_WIDTH):
        return directory.numbers(TILE_OFFSETS), directory.numbers(TILE_BYTES)
    offsets, lengths = directory.numbers(STRIP_OFFSETS), directory.numbers(STRIP_BYTES)
    rows = _free_rows(directory)
    if not rows:
        return offsets, lengths
    height, row = directory.number(HEIGHT), _row_bytes(directory)
    tops = range(0, height, rows)
    return tuple(offsets[0] + top * row for top in tops), tuple(min(rows, height - top) * row for top in tops)


def _rows_of_part(directory: TiffDirectory) -> int:
    height = directory.number(HEIGHT)
    if directory.number(TILE_WIDTH):
        return max(1, directory.number(TILE_HEIGHT, 1))
    return _free_rows(directory) or max(1, min(height, directory.number(ROWS_PER_STRIP, height)))


def _free_rows(directory: TiffDirectory) -> int:
    """Into how many rows a plain picture in one piece may be divided at will; 0 where that cannot be done."""
    offsets, lengths = directory.numbers(STRIP_OFFSETS), directory.numbers(STRIP_BYTES)
    plain = directory.number(COMPRESSION, 1) == 1 and directory.number(PHOTOMETRIC) != YCBCR
    ends = [start + length for start, length in zip(offsets, lengths, strict=False)]
    if not plain or not offsets or tuple(ends[:-1]) != offsets[1:] or len(ends) != len(offsets):
        return 0
    return max(1, FREE_BYTES // max(1, _row_bytes(directory)))


def _row_bytes(directory: TiffDirectory) -> int:
    bits = directory.numbers(BITS) or (1,)
    samples = directory.number(SAMPLES, 1)
    return (directory.number(WIDTH) * (sum(bits) if len(bits) == samples else bits[0] * samples) + 7) // 8


def _read_bands(data: Data, directory: TiffDirectory, side: int) -> Pixels:
    size = (directory.number(WIDTH), directory.number(HEIGHT))
    banded = BandedPicture(size, side)
    for band in _bands(directory, banded):
        try:
            picture = open_with_pillow(band, "TIFF")
            picture.load()
            banded.add(_averageable(picture))
        except Exception as error:
            raise_if_out_of_memory(error)
            break
    return banded.pixels(_profile(data))


def _averageable(picture: Pillow.Image) -> Pillow.Image:
    """In a mode that can be averaged: no palette, no bits, no sixteen-bit greys."""
    if picture.mode in {"P", "PA", "1"}:
        return picture.convert("RGBA" if picture.mode == "PA" else "RGB")
    return picture.convert("I") if picture.mode.startswith("I;16") else picture


def _profile(data: Data) -> bytes | None:
    try:
        return profile_of(open_with_pillow(data, "TIFF"))
    except BadPhoto:
        return None


def _bands(directory: TiffDirectory, banded: BandedPicture) -> Iterator[bytes]:
    """Small TIFFs of neighbouring strips, or of rows of tiles, from top to bottom."""
    rows, (width, height) = _rows_of_part(directory), banded.size
    offsets, lengths = _parts(directory)
    across = -(-width // directory.number(TILE_WIDTH, width)) if directory.number(TILE_WIDTH) else 1
    # A band's height is a multiple of the factor by which it is reduced, or seams would show.
    together = 1
    while rows * together % banded.factor and rows * together < HIGHEST_BAND:
        together += 1
    together *= max(1, banded.band // (rows * together))
    for first in range(0, -(-height // rows), together):
        there = min(together, -(-height // rows) - first)
        parts = slice(first * across, (first + there) * across)
        ends = [start + length for start, length in zip(offsets[parts], lengths[parts], strict=False)]
        if len(ends) < there * across or max(ends) > len(directory.data):
            if together == 1 or not ends:
                return
            sound = next((each for each, end in enumerate(ends) if end > len(directory.data)), len(ends)) // across
            if sound:
                cut = slice(first * across, (first + sound) * across)
                yield _small_tiff(directory, offsets[cut], lengths[cut], sound * rows)
            return
        yield _small_tiff(directory, offsets[parts], lengths[parts], min(there * rows, height - first * rows))


def _without_metadata(directory: TiffDirectory) -> bytes:
    """The same picture with the tags alone that its pixels need."""
    offsets, lengths = _parts(directory)
    if not offsets or len(lengths) < len(offsets):
        raise BadPhoto(NO_DIRECTORY)
    return _small_tiff(directory, offsets, lengths, directory.number(HEIGHT), orientation=True)


def _small_tiff(
    directory: TiffDirectory, offsets: Sequence[int], lengths: Sequence[int], height: int, *, orientation: bool = False
) -> bytes:
    """A TIFF of some of a picture's strips or tiles. A part that is cut stays as long as it is."""
    order, data = directory.order, directory.data
    tiled = bool(directory.number(TILE_WIDTH))
    tags: list[tuple[int, int, int, bytes]] = []
    for tag in (*PIXEL_TAGS, TILE_WIDTH, TILE_HEIGHT, *((ORIENTATION,) if orientation else ())):
        entry = directory.entries.get(tag)
        if entry and entry.size <= 10_000_000 and entry.kind in {*NUMBERS, 2, 5, 10, 11, 12}:
            tags.append((tag, entry.kind, entry.count, bytes(data[entry.position : entry.position + entry.size])))
    bodies = [bytes(data[start : start + length]) for start, length in zip(offsets, lengths, strict=False)]
    tags.append((WIDTH, 4, 1, struct.pack(f"{order}I", directory.number(WIDTH))))
    tags.append((HEIGHT, 4, 1, struct.pack(f"{order}I", height)))
    if not tiled:
        tags.append((ROWS_PER_STRIP, 4, 1, struct.pack(f"{order}I", min(height, _rows_of_part(directory)))))
    count = len(bodies)
    where, sizes = (TILE_OFFSETS, TILE_BYTES) if tiled else (STRIP_OFFSETS, STRIP_BYTES)
    tags.append((sizes, 4, count, struct.pack(f"{order}{count}I", *lengths[:count])))
    tags.append((where, 4, count, bytes(4 * count)))
    tags.sort()
    return _assembled(order, tags, where, bodies)


def _assembled(order: str, tags: Sequence[tuple[int, int, int, bytes]], where: int, bodies: Sequence[bytes]) -> bytes:
    start = 8 + 2 + 12 * len(tags) + 4
    placed: dict[int, int] = {}
    for tag, _, _, value in tags:
        if len(value) > 4:
            placed[tag] = start
            start += len(value) + (len(value) & 1)
    positions = []
    for body in bodies:
        positions.append(start)
        start += len(body) + (len(body) & 1)
    table = struct.pack(f"{order}{len(bodies)}I", *positions)
    out = [b"II*\0" if order == "<" else b"MM\0*", struct.pack(f"{order}IH", 8, len(tags))]
    extra = []
    for tag, kind, count, value in tags:
        content = table if tag == where else value
        inline = struct.pack(f"{order}I", placed[tag]) if tag in placed else content.ljust(4, b"\0")
        out.append(struct.pack(f"{order}HHI", tag, kind, count) + inline)
        if tag in placed:
            extra.append(content + bytes(len(content) & 1))
    out.append(bytes(4))
    return b"".join([*out, *extra, *(body + bytes(len(body) & 1) for body in bodies)])
