"""What the benchmarks make of measurements: spreads, growth, and which sizes a machine can hold."""

from typing import Any

import httpx
import pytest

from benchmarks import search
from benchmarks.figures import per_doubling, spread
from benchmarks.search import Demand, growth


def test_a_spread_has_the_middle_the_quartiles_and_the_slowest_twentieth() -> None:
    assert spread([4, 1, 3, 2, 5]) == {"median": 3, "q1": 2, "q3": 4, "p95": 4.8, "n": 5}
    assert spread([7.126]) == {"median": 7.13, "q1": 7.13, "q3": 7.13, "p95": 7.13, "n": 1}


@pytest.mark.parametrize(("power", "factor"), [(0, 1.0), (0.5, 2**0.5), (1, 2.0), (2, 4.0)])
def test_costs_grow_by_a_factor_per_doubling(power: float, factor: float) -> None:
    sizes = [1_000, 10_000, 100_000]

    assert per_doubling(sizes, [3 * size**power for size in sizes]) == pytest.approx(factor)


def test_one_size_tells_no_growth() -> None:
    with pytest.raises(ValueError, match="two sizes"):
        per_doubling([1000], [3.0])
    with pytest.raises(ValueError, match="above 0"):
        per_doubling([1000, 2000], [3.0, 0.0])


def test_growth_is_by_kind_and_leaves_out_what_was_too_short_to_measure() -> None:
    rows = [
        {"documents": size, "queries": {"vector": {"ms": {"median": size / 100}, "processor_ms": busy}}}
        for size, busy in ((100, 0.0), (400, 2.0))
    ]

    assert growth(rows) == {"vector": {"ms": 2.0, "processor_ms": None}}
    assert growth(rows[:1]) == {}


def test_sizes_that_memory_or_disk_cannot_hold_are_told_from_those_before() -> None:
    demand = Demand({})
    assert not demand.missing(1_000, memory=1.0, disk=1.0)

    demand.taken = {10_000: (200e6, 100e6), 100_000: (560e6, 1000e6)}  # 4 and 10 kB for each further document

    assert not demand.missing(1_000_000, memory=6e9, disk=20e9)
    assert demand.missing(1_000_000, memory=4e9, disk=20e9) == "needs about 4.2 GB of memory, and 4.0 are free"
    assert demand.missing(1_000_000, memory=6e9, disk=9e9) == "needs about 10.0 GB of disk, and 9.0 are free"


def test_a_size_that_fails_is_named_and_the_smaller_ones_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(size: int, *, writing: bool) -> dict[str, Any]:
        if size > 20:
            raise httpx.ReadTimeout("too slow")
        queries = {"vector": {"ms": spread([size]), "processor_ms": 1.0}}
        return {"documents": size, "queries": queries, "memory_mb": 1, "disk_mb": 1}

    monkeypatch.setattr(search, "measure_size", measured)

    figures = search.measure_sizes([10, 20, 40], writing=False)

    assert [row["documents"] for row in figures["sizes"]] == [10, 20]
    assert figures["left_out"] == [{"documents": 40, "reason": "failed: ReadTimeout"}]
    assert figures["per_doubling"]["vector"]["ms"] == 2.0
    with pytest.raises(httpx.ReadTimeout):
        search.measure_sizes([40], writing=False)
