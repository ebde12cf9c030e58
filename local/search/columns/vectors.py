"""
Exact vector search: float32 vectors in blocks, scanned whole.

Blocks are stored dimensions first: the product runs along memory, which halves the
time of a scan, and growing never copies what is already there.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import numpy as np
import numpy.typing as npt

from local.search.columns.column import Array, Mask
from local.search.schema.values import Vector

BLOCK = 4096
Scores = npt.NDArray[np.float32]


class Vectors:
    """The vectors of one field by row; `metric` is cosine, dotProduct or euclidean."""

    def __init__(self, dimensions: int, metric: str) -> None:
        self.dimensions = dimensions
        self.metric = metric
        self.blocks: list[Array] = []
        self.present: Mask = np.zeros(0, dtype=np.bool_)

    def grow(self, size: int) -> None:
        """Make room for `size` rows."""
        while len(self.blocks) * BLOCK < size:
            self.blocks.append(np.zeros((self.dimensions, BLOCK), dtype=np.float32))
            self.present = np.append(self.present, np.zeros(BLOCK, dtype=np.bool_))

    def set(self, row: int, vector: Vector | None) -> None:
        """Store a vector at a row, or forget the one there; cosine vectors are kept at length one."""
        self.present[row] = vector is not None
        if vector is not None:
            block, place = divmod(row, BLOCK)
            self.blocks[block][:, place] = unit(vector) if self.metric == "cosine" else vector

    def load(self, pairs: Iterable[tuple[int, Vector]]) -> None:
        """Store many vectors; rows in the same block are written together."""
        for number, group in groupby(pairs, key=lambda pair: pair[0] // BLOCK):
            chosen = list(group)
            places = np.array([row % BLOCK for row, _ in chosen])
            matrix: Array = np.stack([vector for _, vector in chosen])
            if self.metric == "cosine":
                lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
                matrix = matrix / np.where(lengths > 0, lengths, 1)
            self.blocks[number][:, places] = matrix.T
            self.present[number * BLOCK + places] = True

    def count(self) -> int:
        """How many rows have a vector."""
        return int(self.present.sum())

    def similarities(self, query: Vector, rows: int) -> Scores:
        """Return a similarity per row, larger is nearer; meaningless where no vector is present."""
        probe = unit(query) if self.metric == "cosine" else query
        needed = self.blocks[: -(-rows // BLOCK)]
        if not needed:
            return np.zeros(0, dtype=np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            raw = np.concatenate([self._scan(probe, block) for block in needed])[:rows]
        return self._score(np.nan_to_num(raw))

    def _scan(self, probe: Vector, block: Array) -> Array:
        if self.metric == "euclidean":
            return np.asarray(np.einsum("dn,dn->n", block, block) - 2 * (probe @ block) + probe @ probe)
        return np.asarray(probe @ block)

    def _score(self, raw: Array) -> Scores:
        """
        Bring raw products or squared distances to the service's scale.

        Cosine is documented: 1 / (1 + (1 - cos)). The other two are not; these are monotone and in 0..1.
        """
        if self.metric == "cosine":
            return np.asarray(1 / (2 - np.clip(raw, -1, 1)), dtype=np.float32)
        if self.metric == "euclidean":
            return np.asarray(1 / (1 + np.sqrt(np.maximum(raw, 0))), dtype=np.float32)
        wide = np.asarray(raw, dtype=np.float64)
        return np.asarray(0.5 + np.arctan(wide) / np.pi, dtype=np.float32)


def unit(vector: Vector) -> Vector:
    """Scale to length one; a zero vector stays zero."""
    length = float(np.linalg.norm(vector.astype(np.float64)))
    return np.asarray(vector / length, dtype=np.float32) if length > 0 else vector


def nearest(scores: Scores, allowed: Mask, k: int) -> Array:
    """Return the rows of the k best allowed scores, best first, ties by row."""
    candidates = np.flatnonzero(allowed)
    if not len(candidates) or k <= 0:
        return np.zeros(0, dtype=np.int64)
    values = scores[candidates]
    if len(values) > k:
        # Everything tied with the k-th best stays in, so that the cut is by row and not by chance.
        floor = np.partition(values, len(values) - k)[len(values) - k]
        candidates, values = candidates[values >= floor], values[values >= floor]
    order = np.lexsort((candidates, -values))
    return np.asarray(candidates[order[:k]], dtype=np.int64)
