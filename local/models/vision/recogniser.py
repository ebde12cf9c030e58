"""rapidocr as it is fastest on a few cores. Slow to import: only the child that reads does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec.typings import TextRecOutput

from local.models.vision.text import UNREAD

Pixels = NDArray[np.uint8]

# Lines read at once, each on a core of its own: two cores on one line mostly wait for each other.
AT_ONCE = 2
# Pixels of the longer side in which lines are looked for.
SIDE = 960
# Heights of their line that all lines read are long: some 1,000 letters, which take a second on one core.
MOST_READ = 320
# To so many heights rapidocr fills up what is shorter.
SHORTEST = 320 / 48
# Print this much higher than usual is a heading.
LARGE = 1.5


class Recogniser(RapidOCR):
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
                "Det.limit_side_len": SIDE,
            }
        )
        self._pool = ThreadPoolExecutor(AT_ONCE, "line")

    def recognize_txt(self, img: list[Pixels]) -> TextRecOutput:
        """The lines in the order given, which is from the top."""
        chosen = sorted(readable(img), key=lambda place: -length(img[place]))  # the longest first, or one core waits
        read = dict(zip(chosen, self._pool.map(self._line, [img[place] for place in chosen]), strict=True))
        lines = [read.get(place, (UNREAD, 1.0)) for place in range(len(img))]
        texts, scores = zip(*lines, strict=True)
        words: Any = (None,) * len(img)
        return TextRecOutput(imgs=img, txts=texts, scores=list(scores), word_results=words)

    def _line(self, image: Pixels) -> tuple[str, float]:
        found = super().recognize_txt([image])
        assert found.txts
        return found.txts[0], found.scores[0]


def readable(lines: list[Pixels]) -> list[int]:
    """The places of the lines there is time for; the first always is."""
    usual = median(line.shape[0] for line in lines)
    order = sorted(range(len(lines)), key=lambda place: (lines[place].shape[0] < LARGE * usual, place))
    chosen, total = order[:1], length(lines[order[0]])
    for place in order[1:]:
        total += length(lines[place])
        if total > MOST_READ:
            break
        chosen.append(place)
    return chosen


def length(line: Pixels) -> float:
    """In heights of the line: what the recogniser's time goes by, which fills up short lines."""
    return max(float(line.shape[1] / line.shape[0]), SHORTEST)
