"""A count is made again when it is old for what it cost."""

import pytest

from ingest import cached_count
from ingest.cached_count import CachedCount


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(cached_count, "time", clock)
    return clock


class Counting:
    def __init__(self, clock: Clock) -> None:
        self.clock, self.counts = clock, 0

    async def __call__(self) -> int:
        self.counts += 1
        self.clock.now += 2  # it takes two seconds
        return self.counts


async def test_a_count_is_kept_for_twenty_times_as_long_as_it_took(clock: Clock) -> None:
    cached, count = CachedCount[int](), Counting(clock)

    assert await cached.get(count) == 1
    clock.now += 39.9
    assert await cached.get(count) == 1
    clock.now += 0.1
    assert await cached.get(count) == 2


async def test_an_invalid_count_is_made_again(clock: Clock) -> None:
    cached, count = CachedCount[int](), Counting(clock)
    await cached.get(count)

    cached.invalidate()

    assert await cached.get(count) == 2
    assert await cached.get(count) == 2
