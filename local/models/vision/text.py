"""Visible text by rapidocr, in reading order, sure lines only."""

from __future__ import annotations

import functools
import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from local.models.vision.sight import Box, Line

# Stands for lines that were not read, as there were too many.
UNREAD = "…"
# Less sure lines are mostly texture taken for letters.
SURE = 0.75


@functools.cache
def reader() -> Any:
    """The recogniser, imported when the first picture is read."""
    return importlib.import_module("local.models.vision.recogniser").Recogniser()


def read_text(image: Image.Image) -> tuple[Line, ...]:
    """The lines of text in the picture, top to bottom, left to right; of a whole page its first part, and UNREAD."""
    found: Any = reader()(np.asarray(image.convert("RGB"))[:, :, ::-1])
    if found.txts is None or found.boxes is None:
        return ()
    lines = [
        Line(text.strip(), float(score), bounds(corners, image))
        for text, score, corners in zip(found.txts, found.scores, found.boxes, strict=True)
    ]
    read = in_reading_order([line for line in lines if line.score >= SURE and is_text(line.text)])
    left = [line.box for line in lines if line.text == UNREAD]
    if not left or not read:
        return read
    return (*read, Line(UNREAD, min(line.score for line in read), around(left)))


def around(boxes: list[Box]) -> Box:
    """The box around several."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def bounds(corners: NDArray[np.float32], image: Image.Image) -> Box:
    """The upright box around four corners, in parts of the picture."""
    left, top = corners.min(axis=0) / image.size
    right, bottom = corners.max(axis=0) / image.size
    return float(left), float(top), float(right), float(bottom)


def is_text(text: str) -> bool:
    """Whether this is worth calling text: single signs are usually texture."""
    return sum(letter.isalnum() for letter in text) >= 2


def in_reading_order(lines: list[Line]) -> tuple[Line, ...]:
    """Rows from top to bottom, each from left to right; a row is what shares its middle."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box[1] + line.box[3]):
        middle = (line.box[1] + line.box[3]) / 2
        if rows and rows[-1][0].box[1] <= middle <= rows[-1][0].box[3]:
            rows[-1].append(line)
        else:
            rows.append([line])
    return tuple(line for row in rows for line in sorted(row, key=lambda line: line.box[0]))
