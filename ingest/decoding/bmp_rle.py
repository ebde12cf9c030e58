"""Runs of pixels of three bytes, as OS/2 writes them into bitmaps: Pillow knows those of palettes alone."""

from collections.abc import Iterator

import numpy as np
from PIL import Image as Pillow

from ingest.decoding.byte_source import Data
from ingest.decoding.missing_rows import NEARLY_NOTHING
from ingest.decoding.picture_file import Pixels
from shared.errors import BadPhoto

END_OF_ROW, END, MOVE = 0, 1, 2
PIXEL = 3  # bytes


def read_rle24(data: Data, start: int, size: tuple[int, int]) -> Pixels:
    """Decode from the bottom row up, as far as the runs go."""
    width, height = size
    rows = np.zeros((height, width, PIXEL), np.uint8)
    there = 0
    for row, column, pixels in _runs(data, start):
        if row >= height:
            break
        part = np.frombuffer(pixels, np.uint8).reshape(-1, PIXEL)[: max(0, width - column)]
        rows[row, column : column + len(part)] = part
        there = row + 1
    if not there:
        raise BadPhoto(NEARLY_NOTHING)
    upright = np.ascontiguousarray(rows[:there][::-1, :, ::-1])
    return Pixels(picture=Pillow.fromarray(upright, "RGB"), first=1 - there / height)


def _runs(data: Data, position: int) -> Iterator[tuple[int, int, bytes]]:
    """Row from the bottom, column and pixels of each run; ends at the mark of the end or where the file does."""
    row = column = 0
    while len(code := data[position : position + 2]) == 2:
        count, value = code
        position += 2
        if count:
            pixels, position = data[position - 1 : position + 2] * count, position + 2
        elif value > MOVE:
            length = value * PIXEL
            pixels, position = data[position : position + length], position + length + length % 2
        elif value == END_OF_ROW:
            row, column = row + 1, 0
            continue
        elif value == MOVE and len(step := data[position : position + 2]) == 2:
            row, column, position = row + step[1], column + step[0], position + 2
            continue
        else:
            return
        whole = len(pixels) // PIXEL
        yield row, column, pixels[: whole * PIXEL]
        column += whole
