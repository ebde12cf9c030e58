"""Runs a network: an image in, arrays out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from local.onnx import load_session

Array = NDArray[np.float32]


class NetworkSession:
    """A loaded network; `threads` is how many cores it may use."""

    def __init__(self, model: bytes, threads: int) -> None:
        self._session = load_session(model, threads)

    def run(self, pixels: Array) -> list[Array]:
        """The outputs for one image of shape (height, width, 3)."""
        batch: Any = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
        return [np.asarray(output) for output in self._session.run(None, {"image": batch})]
