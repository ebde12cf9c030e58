"""Ranked rows, and how several rankings become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from local.search.columns.column import Array
from local.search.columns.vectors import Scores

# Reciprocal rank fusion with ranks from zero: the best score of one arm is 1/60.
RRF_CONSTANT = 60


@dataclass(frozen=True)
class Arm:
    """One ranking, best first; `weight` is its share in a fusion."""

    rows: Array
    scores: Scores
    weight: float = 1.0


@dataclass(frozen=True)
class Ranking:
    """What a search found: ranked rows with scores, and every row that counts as a match (None: the ranked)."""

    rows: Array
    scores: Scores
    total: int | None
    matched: Array | None = None


def fuse(arms: Sequence[Arm]) -> Arm:
    """Sum `weight / (60 + rank)` over the arms, ranks from zero; ties by row."""
    rows = np.concatenate([arm.rows for arm in arms])
    parts = np.concatenate([arm.weight / (RRF_CONSTANT + np.arange(len(arm.rows))) for arm in arms])
    found, where = np.unique(rows, return_inverse=True)
    scores = np.bincount(where, weights=parts, minlength=len(found)).astype(np.float32)
    order = np.lexsort((found, -scores))
    return Arm(found[order], scores[order])
