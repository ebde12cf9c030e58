"""Reads the text in an image with rapidocr: confident lines only, in reading order."""

import functools
import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from local.models.vision.analysis import BoundingBox, TextLine

# Stands for lines that were not read because there were too many.
UNREAD_MARKER = "…"
# Less confident lines are mostly texture mistaken for letters.
MIN_CONFIDENCE = 0.75


@functools.cache
def _ocr_engine() -> Any:
    """The OCR engine, imported when the first image is read."""
    return importlib.import_module("local.models.vision.ocr_engine").OcrEngine()


def read_text(image: Image.Image) -> tuple[TextLine, ...]:
    """The lines of text in reading order. Of a full page only the first part is read, and UNREAD_MARKER follows."""
    result: Any = _ocr_engine()(np.asarray(image.convert("RGB"))[:, :, ::-1])
    if result.txts is None or result.boxes is None:
        return ()
    lines = [
        TextLine(text.strip(), float(score), _bounding_box(corners, image))
        for text, score, corners in zip(result.txts, result.scores, result.boxes, strict=True)
    ]
    kept_lines = _in_reading_order([line for line in lines if line.score >= MIN_CONFIDENCE and _is_text(line.text)])
    unread_boxes = [line.box for line in lines if line.text == UNREAD_MARKER]
    if not unread_boxes or not kept_lines:
        return kept_lines
    return (*kept_lines, TextLine(UNREAD_MARKER, min(line.score for line in kept_lines), _enclosing_box(unread_boxes)))


def _enclosing_box(boxes: list[BoundingBox]) -> BoundingBox:
    """The smallest box around all of them."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _bounding_box(corners: NDArray[np.float32], image: Image.Image) -> BoundingBox:
    """The upright box around four corners, relative to the size of the image."""
    left, top = corners.min(axis=0) / image.size
    right, bottom = corners.max(axis=0) / image.size
    return float(left), float(top), float(right), float(bottom)


def _is_text(text: str) -> bool:
    """Whether this is likely to be text; single characters are usually texture."""
    return sum(letter.isalnum() for letter in text) >= 2


def _in_reading_order(lines: list[TextLine]) -> tuple[TextLine, ...]:
    """Rows from top to bottom, each from left to right. Lines whose middle is at the same height are in one row."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: line.box[1] + line.box[3]):
        middle = (line.box[1] + line.box[3]) / 2
        if rows and rows[-1][0].box[1] <= middle <= rows[-1][0].box[3]:
            rows[-1].append(line)
        else:
            rows.append([line])
    return tuple(line for row in rows for line in sorted(row, key=lambda line: line.box[0]))
