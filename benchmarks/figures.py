"""What a list of measurements says: its middle and its spread, and how costs grow with size."""

import math
import statistics
from collections.abc import Sequence


def spread(values: Sequence[float], digits: int = 2) -> dict[str, float]:
    """Median, quartiles and 95th percentile of at least one value, in its unit; `n` is how many there were."""
    ordered = sorted(values)
    shares = {"median": 0.5, "q1": 0.25, "q3": 0.75, "p95": 0.95}
    return {name: round(_quantile(ordered, share), digits) for name, share in shares.items()} | {"n": len(ordered)}


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share lies, between two neighbours in proportion."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def per_doubling(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """
    By which factor the cost grows when the size doubles: 1 where it does not depend on it, 2 where it is proportional.

    Fitted by least squares to all sizes, on logarithms: log2(cost) = a + b * log2(size), and the factor is 2 ** b.
    Needs two different sizes and costs above 0; ValueError else.
    """
    if len(set(sizes)) < 2 or min(*sizes, *costs) <= 0:
        raise ValueError("a growth needs two sizes, and costs above 0")
    slope = statistics.linear_regression([math.log2(size) for size in sizes], [math.log2(cost) for cost in costs]).slope
    return float(2**slope)
