"""rapidocr as it is fastest on a few cores. Slow to import: only the child that reads does."""

from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec.typings import TextRecOutput

from local.models.vision.ocr import UNREAD_MARKER

Pixels = NDArray[np.uint8]

# Lines read at once, each on a core of its own: two cores on one line mostly wait for each other.
PARALLEL_LINES = 2
# Pixels of the longer side in which lines are looked for.
DETECTION_SIDE = 960
# Heights of their line that all lines read are long: some 1,000 letters, which take a second on one core.
MAX_TOTAL_LENGTH = 320
# To so many heights rapidocr fills up what is shorter.
MIN_LENGTH = 320 / 48
# Print this much higher than usual is a heading.
HEADING_RATIO = 1.5


class OcrEngine(RapidOCR):
    """
    Reads the lines it found side by side; the models ship inside the package.

    The time for a page of print is bounded: what is much larger than other lines is read first, then from the top.
    """

    def __init__(self) -> None:
        super().__init__(
            params={
                "Global.log_level": "critical",
                # Lines on their head are rare, and looking for them takes a fifth of the time.
                "Global.use_cls": False,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "Det.limit_type": "max",
                "Det.limit_side_len": DETECTION_SIDE,
            }
        )
        self._pool = ThreadPoolExecutor(PARALLEL_LINES, "line")

    def recognize_txt(self, img: list[Pixels]) -> TextRecOutput:
        """The lines in the order given, which is from the top."""
        chosen = sorted(
            _lines_to_read(img), key=lambda position: -_relative_length(img[position])
        )  # the longest first, or one core waits
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
    """The places of the lines there is time for; the first always is."""
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
    """In heights of the line: what the recogniser's time goes by, which fills up short lines."""
    return max(float(line.shape[1] / line.shape[0]), MIN_LENGTH)
