"""Running a network: a picture in, arrays out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from local.onnx import load

Array = NDArray[np.float32]


class Session:
    """A loaded network; `threads` is how many cores it may use."""

    def __init__(self, model: bytes, threads: int) -> None:
        self._session = load(model, threads)

    def run(self, pixels: Array) -> list[Array]:
        """The outputs for one picture of shape (height, width, 3)."""
        given: Any = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
        return [np.asarray(output) for output in self._session.run(None, {"image": given})]
