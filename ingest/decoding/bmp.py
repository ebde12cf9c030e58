"""Bitmaps: Pillow reads all but those that lay out their pixels by bit masks of their own, which any browser shows."""

import struct
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from ingest.decoding.byte_source import Data
from ingest.decoding.picture_file import PictureFile, Pixels
from ingest.decoding.pillow_formats import pillow_file
from ingest.decoding.row_bands import BandedPicture
from shared.errors import BadPhoto

BY_MASKS, BY_MASKS_WITH_ALPHA = 3, 6
MASKS = 54  # where they are, whether the header is so long or they come after it
LENGTH_WITH_ALPHA = 56  # of a header whose masks have one for the alpha channel
CHANNELS = {3: "RGB", 4: "RGBA"}


@dataclass(frozen=True)
class _Layout:
    """Where the pixels are, and which of their bits are red, green, blue and, if there is a fourth mask, alpha."""

    size: tuple[int, int]
    bits: int
    masks: tuple[int, ...]
    start: int
    is_upright: bool

    @property
    def row_bytes(self) -> int:
        return (self.size[0] * self.bits + 31) // 32 * 4


def bmp_file(data: Data) -> PictureFile:
    """A bitmap with a palette, in plain colours, or with masks."""
    try:
        return pillow_file(data, "BMP")
    except BadPhoto:
        layout = _read_layout(bytes(data[:128]))
        if layout is None:
            raise
    width, height = layout.size
    return PictureFile(
        format="bmp", size=layout.size, memory=width * height * 5, read=lambda side: _read(data, layout, side)
    )


def _read_layout(head: bytes) -> _Layout | None:
    """The layout of a bitmap with masks; None for any other."""
    try:
        start, length, width, height, _, bits, compression = struct.unpack_from("<IIiiHHI", head, 10)
        with_alpha = length >= LENGTH_WITH_ALPHA or compression == BY_MASKS_WITH_ALPHA
        masks = struct.unpack_from("<4I" if with_alpha else "<3I", head, MASKS)
    except struct.error:
        return None
    is_masked = bits in {16, 32} and compression in {BY_MASKS, BY_MASKS_WITH_ALPHA} and all(masks[:3])
    if not is_masked or width <= 0 or not height:
        return None
    return _Layout((width, abs(height)), bits, masks if masks[-1] else masks[:3], start, height < 0)


def _read(data: Data, layout: _Layout, side: int) -> Pixels:
    """Decode from top to bottom. Of a file that is cut these are the last rows, unless it is upright."""
    height = layout.size[1]
    count = min(height, max(0, len(data) - layout.start) // layout.row_bytes)
    first = 0 if layout.is_upright else height - count
    banded = BandedPicture(layout.size, side)
    for top in range(first, first + count, banded.band):
        banded.add(_band(data, layout, top, min(first + count, top + banded.band)))
    pixels = banded.pixels(None)
    return replace(pixels, first=first / height, last=(first + count) / height)


def _band(data: Data, layout: _Layout, top: int, bottom: int) -> Pillow.Image:
    width, height = layout.size
    in_file = top if layout.is_upright else height - bottom
    start = layout.start + in_file * layout.row_bytes
    rows = np.frombuffer(data[start : start + (bottom - top) * layout.row_bytes], f"<u{layout.bits // 8}")
    rows = rows.reshape(bottom - top, -1)[:, :width]
    values = (rows if layout.is_upright else rows[::-1]).astype(np.uint32)
    channels = [_channel(values, mask) for mask in layout.masks]
    return Pillow.fromarray(np.dstack(channels), CHANNELS[len(channels)])


def _channel(values: NDArray[np.uint32], mask: int) -> NDArray[np.uint8]:
    """One channel at eight bits: the first eight of a longer one, a shorter one stretched."""
    last = (mask & -mask).bit_length() - 1
    length = mask.bit_length() - last
    if length > 8:
        return ((values & mask) >> (last + length - 8)).astype(np.uint8)
    return (((values & mask) >> last) * 255 // ((1 << length) - 1)).astype(np.uint8)
