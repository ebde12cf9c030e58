"""Bitmaps: what Pillow reads, and the kinds that it refuses and any browser shows."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from ingest.decoding.bmp_header import FILE_HEADER, OS2, BmpHeader, read_header, with_sound_header
from ingest.decoding.bmp_rle import read_rle24
from ingest.decoding.byte_source import Data
from ingest.decoding.picture_file import PictureFile, Pixels
from ingest.decoding.pillow_formats import pillow_file
from ingest.decoding.row_bands import BandedPicture
from shared.errors import BadPhoto

PLAIN, BY_MASKS, RLE24, BY_MASKS_WITH_ALPHA = 0, 3, 4, 6
MASKS = 54  # where they are, whether the header is so long or they come after it
LENGTH_WITH_ALPHA = 56  # of a header whose masks have one for the alpha channel
CHANNELS = {3: "RGB", 4: "RGBA"}
BYTES_PER_PIXEL = 5  # of memory
RLE_BYTES_PER_PIXEL = 10


@dataclass(frozen=True)
class _Layout:
    """Rows of a fixed length without compression, and what makes a picture of some of them."""

    header: BmpHeader
    convert: Callable[[NDArray[np.uint8]], Pillow.Image]

    @property
    def row_bytes(self) -> int:
        return (self.header.width * self.header.bits + 31) // 32 * 4


def bmp_file(data: Data) -> PictureFile:
    """A bitmap with a palette, in plain colours, with masks, or with run lengths."""
    header = read_header(data)
    try:
        return pillow_file(with_sound_header(data, header), "BMP")
    except BadPhoto:
        ours = _file_of_ours(data, header) if header and header.has_size else None
        if ours is None:
            raise
        return ours


def _file_of_ours(data: Data, header: BmpHeader) -> PictureFile | None:
    """What Pillow refuses; None where we know no better."""
    width, height = header.size
    if header.bits == 24 and header.compression == RLE24 and header.length <= OS2:
        return PictureFile(
            format="bmp",
            size=header.size,
            memory=width * height * RLE_BYTES_PER_PIXEL,
            read=lambda _side: read_rle24(data, header.start, header.size),
        )
    layout = _masked(data, header) or _of_four_colors(data, header)
    if layout is None:
        return None
    return PictureFile(
        format="bmp",
        size=header.size,
        memory=width * height * BYTES_PER_PIXEL,
        read=lambda side: _read(data, layout, side),
    )


def _masked(data: Data, header: BmpHeader) -> _Layout | None:
    if header.bits not in {16, 32} or header.compression not in {BY_MASKS, BY_MASKS_WITH_ALPHA}:
        return None
    with_alpha = header.length >= LENGTH_WITH_ALPHA or header.compression == BY_MASKS_WITH_ALPHA
    fields = np.frombuffer(bytes(data[MASKS : MASKS + 16]).ljust(16, b"\0"), "<u4")
    colors, alpha = [int(mask) for mask in fields[:3]], int(fields[3])
    if not any(colors):
        return None
    masks = [*colors, alpha] if with_alpha and alpha else colors
    return _Layout(header, lambda rows: _by_masks(rows, header, masks))


def _of_four_colors(data: Data, header: BmpHeader) -> _Layout | None:
    """Two bits a pixel, as Windows CE has them."""
    if header.bits != 2 or header.compression != PLAIN:
        return None
    start = FILE_HEADER + header.length
    palette = np.frombuffer(bytes(data[start : start + 16]).ljust(16, b"\0"), np.uint8).reshape(4, 4)[:, 2::-1]
    return _Layout(header, lambda rows: _by_palette(rows, header, palette))


def _read(data: Data, layout: _Layout, side: int) -> Pixels:
    """Decode from top to bottom. Of a file that is cut these are the last rows, unless it is upright."""
    height = layout.header.size[1]
    count = min(height, max(0, len(data) - layout.header.start) // layout.row_bytes)
    first = 0 if layout.header.is_upright else height - count
    banded = BandedPicture(layout.header.size, side)
    for top in range(first, first + count, banded.band):
        banded.add(_band(data, layout, top, min(first + count, top + banded.band)))
    pixels = banded.pixels(None)
    return replace(pixels, first=first / height, last=(first + count) / height)


def _band(data: Data, layout: _Layout, top: int, bottom: int) -> Pillow.Image:
    header = layout.header
    in_file = top if header.is_upright else header.size[1] - bottom
    start = header.start + in_file * layout.row_bytes
    part = data[start : start + (bottom - top) * layout.row_bytes]
    rows = np.frombuffer(part, np.uint8).reshape(bottom - top, layout.row_bytes)
    return layout.convert(rows if header.is_upright else np.ascontiguousarray(rows[::-1]))


def _by_palette(rows: NDArray[np.uint8], header: BmpHeader, palette: NDArray[np.uint8]) -> Pillow.Image:
    indices = np.stack([rows >> shift & 3 for shift in (6, 4, 2, 0)], axis=-1).reshape(len(rows), -1)
    return Pillow.fromarray(palette[indices[:, : header.width]], "RGB")


def _by_masks(rows: NDArray[np.uint8], header: BmpHeader, masks: list[int]) -> Pillow.Image:
    values = rows.view(f"<u{header.bits // 8}")[:, : header.width].astype(np.uint32)
    return Pillow.fromarray(np.dstack([_channel(values, mask) for mask in masks]), CHANNELS[len(masks)])


def _channel(values: NDArray[np.uint32], mask: int) -> NDArray[np.uint8]:
    """One channel at eight bits: the first eight of a longer one, a shorter one stretched, none for no mask."""
    if not mask:
        return np.zeros(values.shape, np.uint8)
    last = (mask & -mask).bit_length() - 1
    length = mask.bit_length() - last
    if length > 8:
        return ((values & mask) >> (last + length - 8)).astype(np.uint8)
    return (((values & mask) >> last) * 255 // ((1 << length) - 1)).astype(np.uint8)
