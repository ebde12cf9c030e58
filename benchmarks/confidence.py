"""Whether one way to search is better than another, or was lucky: intervals by paired bootstrap over images."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DRAWS = 2000
SEED = 20260401  # any will do; a fixed one prints the same figures twice


@dataclass(frozen=True)
class Interval:
    """A difference of two means, with the bounds of its 95 % interval."""

    difference: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.difference:+.3f} ({self.low:+.3f} to {self.high:+.3f})"


def paired_bootstrap(
    scores: Sequence[float], others: Sequence[float], groups: Sequence[str], *, draws: int = DRAWS
) -> Interval:
    """
    How much better `scores` are than `others`, question by question, in the mean.

    Whole groups are drawn, with all their questions: those about one image are alike, and count as one observation.
    """
    differences: npt.NDArray[np.float64] = np.subtract(scores, others)
    _, members = np.unique(np.asarray(groups), return_inverse=True)
    sums, counts = np.bincount(members, weights=differences), np.bincount(members)
    random = np.random.default_rng(SEED)
    drawn = random.integers(0, len(counts), (draws, len(counts)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(differences.mean()), float(low), float(high))


def share_interval(hits: int, of: int) -> tuple[float, float]:
    """
    The 95 % interval of a share, by Wilson's score, which says something also where none or all are hits.

    Needs at least one case.
    """
    share, z = hits / of, 1.96
    middle = share + z**2 / (2 * of)
    reach = z * math.sqrt(share * (1 - share) / of + z**2 / (4 * of**2))
    whole = 1 + z**2 / of
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)
