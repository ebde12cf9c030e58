"""
Exact vector search: float32 vectors in blocks, scanned whole.

Blocks are stored dimensions first. The product then runs along memory, which halves the time of a scan, and growing
never copies what is already there.
"""

from collections.abc import Iterable
from itertools import groupby

import numpy as np
import numpy.typing as npt

from local.search.column_store.columns import Array, Mask
from local.search.schema.values import Vector

BLOCK_ROWS = 4096
Scores = npt.NDArray[np.float32]


class VectorColumn:
    """The vectors of one field by row; `metric` is cosine, dotProduct or euclidean."""

    def __init__(self, dimensions: int, metric: str) -> None:
        self.dimensions = dimensions
        self.metric = metric
        self.blocks: list[Array] = []
        self.present: Mask = np.zeros(0, dtype=np.bool_)

    def grow(self, size: int) -> None:
        """Make room for `size` rows."""
        while len(self.blocks) * BLOCK_ROWS < size:
            self.blocks.append(np.zeros((self.dimensions, BLOCK_ROWS), dtype=np.float32))
            self.present = np.append(self.present, np.zeros(BLOCK_ROWS, dtype=np.bool_))

    def set(self, row: int, vector: Vector | None) -> None:
        """Store a vector at a row, or forget the one there; cosine vectors are kept at length one."""
        self.present[row] = vector is not None
        if vector is not None:
            block, offset = divmod(row, BLOCK_ROWS)
            self.blocks[block][:, offset] = normalized(vector) if self.metric == "cosine" else vector

    def load(self, pairs: Iterable[tuple[int, Vector]]) -> None:
        """Store many vectors; rows in the same block are written together."""
        for number, group in groupby(pairs, key=lambda pair: pair[0] // BLOCK_ROWS):
            block_pairs = list(group)
            offsets = np.array([row % BLOCK_ROWS for row, _ in block_pairs])
            matrix: Array = np.stack([vector for _, vector in block_pairs])
            if self.metric == "cosine":
                lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
                matrix = matrix / np.where(lengths > 0, lengths, 1)
            self.blocks[number][:, offsets] = matrix.T
            self.present[number * BLOCK_ROWS + offsets] = True

    def count(self) -> int:
        """Return how many rows have a vector."""
        return int(self.present.sum())

    def vector_bytes(self) -> int:
        """The bytes of all vectors."""
        return 4 * self.dimensions * self.count()

    def nearest(self, query: Vector, mask: Mask, k: int, oversampling: float | None = None) -> tuple[Array, Scores]:
        """The k nearest rows among those of the mask, best first, and their scores, which are exact."""
        del oversampling
        scores = self.similarities(query, len(mask))
        rows = nearest(scores, mask, k)
        return rows, scores[rows]

    def similarities(self, query: Vector, rows: int) -> Scores:
        """Return a similarity per row; larger means nearer, and it means nothing where no vector is present."""
        query_vector = normalized(query) if self.metric == "cosine" else query
        blocks = self.blocks[: -(-rows // BLOCK_ROWS)]
        if not blocks:
            return np.zeros(0, dtype=np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            products = np.concatenate([self._scan(query_vector, block) for block in blocks])[:rows]
        return self._score(np.nan_to_num(products))

    def _scan(self, query_vector: Vector, block: Array) -> Array:
        if self.metric == "euclidean":
            return np.asarray(
                np.einsum("dn,dn->n", block, block) - 2 * (query_vector @ block) + query_vector @ query_vector
            )
        return np.asarray(query_vector @ block)

    def _score(self, products: Array) -> Scores:
        """
        Bring products or squared distances to the service's scale.

        Cosine is documented: 1 / (1 + (1 - cos)). The other two are not; these are monotone and in 0..1.
        """
        if self.metric == "cosine":
            return np.asarray(1 / (2 - np.clip(products, -1, 1)), dtype=np.float32)
        if self.metric == "euclidean":
            return np.asarray(1 / (1 + np.sqrt(np.maximum(products, 0))), dtype=np.float32)
        wide = np.asarray(products, dtype=np.float64)
        return np.asarray(0.5 + np.arctan(wide) / np.pi, dtype=np.float32)

    def plain_similarities(self, scores: Scores) -> Array:
        """Return the similarities behind scores: the cosine or product itself; of distances, the score."""
        wide = np.asarray(scores, dtype=np.float64)
        if self.metric == "cosine":
            return np.asarray(2 - 1 / wide)
        return wide if self.metric == "euclidean" else np.asarray(np.tan((wide - 0.5) * np.pi))


def normalized(vector: Vector) -> Vector:
    """Scale to length one; a zero vector stays zero."""
    length = float(np.linalg.norm(vector.astype(np.float64)))
    return np.asarray(vector / length, dtype=np.float32) if length > 0 else vector


def nearest(scores: Scores, allowed: Mask, k: int) -> Array:
    """Return the rows of the k best allowed scores, best first; ties by row."""
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
