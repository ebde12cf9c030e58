"""Visible text by rapidocr, in reading order, sure lines only."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from local.models.vision.sight import Line

if TYPE_CHECKING:
    from rapidocr import RapidOCR

THREADS = 2
# Pixels of the longer side in which lines are looked for.
SIDE = 960
# Less sure lines are mostly texture taken for letters.
SURE = 0.75


@functools.cache
def reader() -> RapidOCR:
    """The recogniser; its models ship inside the package."""
    from rapidocr import RapidOCR  # noqa: PLC0415 - slow to import, and only the child that reads needs it

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,  # lines on their head are rare, and looking for them takes a fifth of the time
            "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
            "Det.limit_type": "max",
            "Det.limit_side_len": SIDE,
        }
    )


def read_text(image: Image.Image) -> tuple[Line, ...]:
    """The lines of text in the picture, top to bottom, left to right."""
    found: Any = reader()(np.asarray(image.convert("RGB"))[:, :, ::-1])
    if found.txts is None or found.boxes is None:
        return ()
    lines = [
        Line(text.strip(), float(score), bounds(corners, image))
        for text, score, corners in zip(found.txts, found.scores, found.boxes, strict=True)
    ]
    return in_reading_order([line for line in lines if line.score >= SURE and is_text(line.text)])


def bounds(corners: NDArray[np.float32], image: Image.Image) -> tuple[float, float, float, float]:
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
