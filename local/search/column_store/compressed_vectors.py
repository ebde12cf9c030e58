"""
Vector search over compressed vectors: the candidates are found by coarse numbers, and then scored by fine ones.

The coarse vectors are held as the float32 numbers that they stand for, so that this finds, and misses, what compressed
vectors do, at none of their savings. The service takes the range of 8 bits from all vectors of a segment; here each
vector has its own.
"""

import math
from collections.abc import Iterable

import numpy as np

from local.search.column_store.columns import Array, Mask
from local.search.column_store.vector_column import Scores, VectorColumn, nearest
from local.search.schema.compression import Compression
from local.search.schema.values import Vector

LEVELS = 255


class CompressedVectors(VectorColumn):
    """The vectors of one field by row, and what is left of them compressed."""

    def __init__(self, dimensions: int, metric: str, compression: Compression) -> None:
        super().__init__(dimensions, metric)
        self.compression = compression
        self.coarse = VectorColumn(min(compression.dimensions or dimensions, dimensions), metric)

    def grow(self, size: int) -> None:
        super().grow(size)
        self.coarse.grow(size)

    def set(self, row: int, vector: Vector | None) -> None:
        super().set(row, vector)
        self.coarse.set(row, None if vector is None else self._compressed(vector))

    def load(self, pairs: Iterable[tuple[int, Vector]]) -> None:
        vectors = list(pairs)
        super().load(vectors)
        self.coarse.load((row, self._compressed(vector)) for row, vector in vectors)

    def vector_bytes(self) -> int:
        """The bytes that the compressed vectors would take."""
        bits = 8 if self.compression.kind == "scalar" else 1
        return self.count() * math.ceil(self.coarse.dimensions * bits / 8)

    def nearest(self, query: Vector, mask: Mask, k: int, oversampling: float | None = None) -> tuple[Array, Scores]:
        """The k nearest rows among those of the mask by the vectors, of the candidates that compressed ones find."""
        rough = self.coarse.similarities(self._query(query), len(mask))
        if not (self.compression.rescores or oversampling):
            rows = nearest(rough, mask, k)
            return rows, rough[rows]
        found = nearest(rough, mask, math.ceil(k * (oversampling or self.compression.oversampling)))
        candidates = np.zeros_like(mask)
        candidates[found] = True
        if self.compression.keeps_originals:
            scores = self.similarities(query, len(mask))
        else:
            scores = self.coarse.similarities(self._kept(query), len(mask))
        rows = nearest(scores, candidates, k)
        return rows, scores[rows]

    def _kept(self, vector: Vector) -> Vector:
        return vector[: self.coarse.dimensions]

    def _query(self, vector: Vector) -> Vector:
        """The query as it is compared first: by 8 bits as it is, by single bits as those."""
        return self._kept(vector) if self.compression.kind == "scalar" else self._compressed(vector)

    def _compressed(self, vector: Vector) -> Vector:
        kept = np.asarray(self._kept(vector), dtype=np.float32)
        if self.compression.kind == "binary":
            return np.where(kept > 0, np.float32(1), np.float32(-1))
        low, high = float(kept.min()), float(kept.max())
        if high == low:
            return kept
        step = (high - low) / LEVELS
        return np.asarray(low + np.round((kept - low) / step) * step, dtype=np.float32)
