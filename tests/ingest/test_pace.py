"""Instances that share a quota find a pace at which hardly a call is refused, and the quota is used."""

import asyncio
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import pytest

from ingest.pace import MARGIN, Pace
from ingest.throttle import Throttle
from shared.errors import Throttled
from shared.models.token_limit import TokenLimit, told_limits

PERIOD = 10.0  # seconds of which the quota is counted, and after which a refused call may come again
TICKET = 15.0  # seconds at least that a refused photo waits in the queue
HOUR = 3600.0


class LoopOfVirtualTime(asyncio.SelectorEventLoop):
    """Nothing is waited for: the clock goes on to when the next thing is due."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._selector: Any
        self._selector.select = self._skip

    def time(self) -> float:
        return self.now

    def _skip(self, timeout: float | None) -> list[object]:
        self.now += timeout or 0.0
        return []


@pytest.fixture
def simulate(monkeypatch: pytest.MonkeyPatch) -> Callable[[Coroutine[Any, Any, None]], None]:
    def run(work: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=LoopOfVirtualTime) as runner:
            monkeypatch.setattr("ingest.throttle.time", SimpleNamespace(monotonic=runner.get_loop().time))
            runner.run(work)

    return run


class Quota:
    """A model that takes so many calls within a period, answers each within seconds, and may tell what is left then."""

    def __init__(self, calls_a_period: int, *, tells: bool = False) -> None:
        self.calls_a_period = calls_a_period
        self._tells = tells
        self.taken: list[float] = []
        self.refused: list[float] = []
        self._period, self._used = -1, 0

    async def ask(self) -> None:
        now = asyncio.get_running_loop().time()
        if (period := int(now // PERIOD)) != self._period:
            self._period, self._used = period, 0
        if self._used >= self.calls_a_period:
            self.refused.append(now)
            raise Throttled("slow down", wait=(period + 1) * PERIOD - now)
        self._used += 1
        self.taken.append(now)
        await asyncio.sleep(6)
        if self._tells:
            self._tell(asyncio.get_running_loop().time())

    def _tell(self, now: float) -> None:
        used = self._used if int(now // PERIOD) == self._period else 0
        told = told_limits.get()
        assert told is not None
        limit, tokens = self.calls_a_period * 1872, (self.calls_a_period - used) * 1872
        told.append(TokenLimit(tokens, limit, PERIOD - now % PERIOD))

    async def serve(self, *, instances: int, flight: int, seconds: float) -> None:
        """Instances that have so many photos in progress each, of more than there will ever be time for."""
        async with asyncio.timeout(seconds + 100):
            await asyncio.gather(*(self._ask_all_the_time(each, flight, seconds) for each in range(instances)))

    async def _ask_all_the_time(self, number: int, flight: int, seconds: float) -> None:
        throttle, loop = Throttle(), asyncio.get_running_loop()
        await asyncio.sleep(number * 0.7)

        async def place() -> None:
            while loop.time() < seconds:
                try:
                    await throttle.call(self.ask)
                except Throttled as error:
                    await asyncio.sleep(min(max(error.wait or 0, TICKET), seconds - loop.time() + 1))

        await asyncio.gather(*(place() for _ in range(flight)))


@pytest.mark.parametrize(("instances", "calls_a_period"), [(1, 10), (1, 30), (4, 40), (10, 50)])
def test_at_most_one_call_in_fifty_is_refused_and_the_quota_is_used(
    instances: int, calls_a_period: int, simulate: Callable[[Coroutine[Any, Any, None]], None]
) -> None:
    quota = Quota(calls_a_period)

    simulate(quota.serve(instances=instances, flight=32, seconds=HOUR))

    taken, refused = len(quota.taken), len(quota.refused)
    assert refused / (taken + refused) <= 0.02
    assert taken / (HOUR / PERIOD * calls_a_period) >= 0.9


@pytest.mark.parametrize(("instances", "calls_a_period"), [(1, 10), (1, 30), (4, 40), (10, 50)])
def test_of_a_model_that_tells_what_is_left_even_fewer_are_refused_and_the_quota_is_used(
    instances: int, calls_a_period: int, simulate: Callable[[Coroutine[Any, Any, None]], None]
) -> None:
    quota = Quota(calls_a_period, tells=True)

    simulate(quota.serve(instances=instances, flight=32, seconds=HOUR))

    taken, refused = len(quota.taken), len(quota.refused)
    assert refused / (taken + refused) <= 0.01
    assert taken / (HOUR / PERIOD * calls_a_period) >= 0.9


def test_the_pace_after_a_burst_is_that_of_the_calls_that_were_taken() -> None:
    pace = Pace()
    for _ in range(32):
        pace.begin(100.0)
    for _ in range(22):
        pace.refuse(100.0, 100.1, wait=10)

    assert pace.interval == pytest.approx(1 / MARGIN)  # ten in ten seconds
    assert pace.earliest(100.2) == 110.1


def test_where_nothing_is_known_but_refusals_calls_become_seldom() -> None:
    pace, intervals = Pace(), list[float]()
    for number in range(4):
        pace.begin(100.0 * number)
        pace.refuse(100.0 * number, 100.0 * number, wait=5)
        intervals.append(pace.interval)

    assert intervals == [1, 2, 4, 8]


def test_a_limit_that_is_gone_is_forgotten() -> None:
    pace = Pace()
    pace.begin(0.0)
    pace.refuse(0.0, 0.0, wait=1)
    calls, now = 0, 1.0
    while pace.interval:
        now = pace.earliest(now)
        pace.begin(now)
        pace.reserve(now)
        pace.take()
        calls += 1

    assert calls < 700
    assert now < 300  # seconds: from one call a second to fifty
    assert pace.earliest(now) == now
