"""rapidocr, tuned for machines with few cores. It is slow to import, so only the OCR process does."""

from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec.typings import TextRecOutput

from local.models.vision.ocr import UNREAD_MARKER

Pixels = NDArray[np.uint8]

# Lines read in parallel, one core for each: two cores on the same line mostly wait for each other.
PARALLEL_LINES = 2
# The longer side, in pixels, of the image in which lines are detected.
DETECTION_SIDE = 960
# The total length of the lines to read, in line heights: about 1,000 letters, which take a second on one core.
MAX_TOTAL_LENGTH = 320
# rapidocr pads shorter lines to this length, also in line heights.
MIN_LENGTH = 320 / 48
# A line this much taller than the median is a heading.
HEADING_RATIO = 1.5


class OcrEngine(RapidOCR):
    """
    Recognises detected lines in parallel. The models ship inside the package.

    The time for a full page is limited: headings are read first, then the other lines from the top.
    """

    def __init__(self) -> None:
        super().__init__(
            params={
                "Global.log_level": "critical",
                # Upside-down lines are rare, and checking for them takes a fifth of the time.
                "Global.use_cls": False,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "Det.limit_type": "max",
                "Det.limit_side_len": DETECTION_SIDE,
            }
        )
        self._pool = ThreadPoolExecutor(PARALLEL_LINES, "line")

    def recognize_txt(self, img: list[Pixels]) -> TextRecOutput:
        """Recognise the lines, which come and are returned from top to bottom."""
        # The longest line first; otherwise one core would wait for the other at the end.
        chosen = sorted(_lines_to_read(img), key=lambda position: -_relative_length(img[position]))
        recognized = dict(
            zip(chosen, self._pool.map(self._recognize_line, [img[position] for position in chosen]), strict=True)
        )
        lines = [recognized.get(position, (UNREAD_MARKER, 1.0)) for position in range(len(img))]
        texts, scores = zip(*lines, strict=True)
        words: Any = (None,) * len(img)
        return TextRecOutput(imgs=img, txts=texts, scores=list(scores), word_results=words)

    def _recognize_line(self, image: Pixels) -> tuple[str, float]:
        result = super().recognize_txt([image])
        assert result.txts
        return result.txts[0], result.scores[0]


def _lines_to_read(lines: list[Pixels]) -> list[int]:
    """The positions of the lines that there is time for, always at least one."""
    usual_height = median(line.shape[0] for line in lines)
    order = sorted(
        range(len(lines)), key=lambda position: (lines[position].shape[0] < HEADING_RATIO * usual_height, position)
    )
    chosen, total = order[:1], _relative_length(lines[order[0]])
    for position in order[1:]:
        total += _relative_length(lines[position])
        if total > MAX_TOTAL_LENGTH:
            break
        chosen.append(position)
    return chosen


def _relative_length(line: Pixels) -> float:
    """The padded length of a line in line heights, which the time to recognise it depends on."""
    return max(float(line.shape[1] / line.shape[0]), MIN_LENGTH)
