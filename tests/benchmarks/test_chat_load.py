"""What is made of the times and readings of chat under load."""

from itertools import count
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from benchmarks.chat_load import STREAMS, Turn, compare, memory, spread


def turn_of(first: float, total: float, asked: list[str]) -> Turn:
    async def turn(_: aiohttp.ClientSession, question: str) -> tuple[float, float]:
        asked.append(question)
        return first, total

    return turn


def test_the_app_and_its_upstream_are_asked_as_much_and_compared() -> None:
    ours: list[str] = []
    theirs: list[str] = []

    rows = compare(turn_of(0.2, 0.4, ours), turn_of(0.1, 0.1, theirs), map(str, count()), rounds=2)

    assert [row["streams"] for row in rows] == list(STREAMS)
    assert [(row["first_word_ms"]["ratio"], row["total_ms"]["ratio"]) for row in rows] == [(2.0, 4.0)] * 3
    assert len(ours) == len(theirs) == sum(row["turns"] for row in rows)
    assert not set(ours) & set(theirs)


def test_a_spread_is_in_milliseconds() -> None:
    assert spread([0.001 * number for number in range(1, 101)]) == {"median": 50.5, "p95": 96.0}


@pytest.mark.parametrize(("kept", "growth"), [(0, 0.0), (3_000, 3.0)])
def test_growth_is_told_from_what_warming_up_takes(kept: int, growth: float) -> None:
    asked: list[str] = []

    def reading() -> Any:
        warmed = 50_000_000 if len(asked) >= 100 else 0
        return SimpleNamespace(rss=100_000_000 + warmed + kept * len(asked))

    worker: Any = SimpleNamespace(memory_info=reading)
    figures = memory(turn_of(0, 0, asked), worker, map(str, count()), 1_000)

    assert (figures["start_mb"], figures["growth_mb_per_1000"]) == (100.0, growth)
    assert figures["end_mb"] == 150.0 + growth
