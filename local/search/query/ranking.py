"""Ranked rows, and how several ranked lists become one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from local.search.column_store.columns import Array
from local.search.column_store.vector_column import Scores

# Ranks start from zero: the best score a single list can give is 1/60.
RRF_CONSTANT = 60


@dataclass(frozen=True)
class RankedList:
    """Rows with scores, best first; `weight` is the share of the list in a fusion."""

    rows: Array
    scores: Scores
    weight: float = 1.0


@dataclass(frozen=True)
class RetrievalResult:
    """
    What a search retrieves: ranked rows with scores, and the total if it was counted.

    `matched` holds every row that counts as a match; None means that these are the ranked ones. `text` and `vectors`
    are the lists that were fused.
    """

    rows: Array
    scores: Scores
    total: int | None
    matched: Array | None = None
    text: RankedList | None = None
    vectors: Sequence[RankedList] = ()


def reciprocal_rank_fusion(lists: Sequence[RankedList]) -> RankedList:
    """Sum `weight / (60 + rank)` over the lists, ranks from zero; ties by row."""
    rows = np.concatenate([ranked.rows for ranked in lists])
    shares = np.concatenate([ranked.weight / (RRF_CONSTANT + np.arange(len(ranked.rows))) for ranked in lists])
    unique_rows, positions = np.unique(rows, return_inverse=True)
    scores = np.bincount(positions, weights=shares, minlength=len(unique_rows)).astype(np.float32)
    order = np.lexsort((unique_rows, -scores))
    return RankedList(unique_rows[order], scores[order])
