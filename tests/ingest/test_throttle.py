"""After a 429, calls wait for the stated time instead of running into it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise
from types import SimpleNamespace

import pytest

from ingest.throttle import MAX_TURN, Throttle
from shared.errors import Outage, Throttled
from shared.models.token_limit import TokenLimit, told_limits
from tests.machine import patch_sleep


async def fine() -> str:
    return "done"


def refused(*waits: float | None) -> Callable[[], Awaitable[str]]:
    """A call that is refused as often as there are waits, and then answered."""
    left = list(waits)

    async def call() -> str:
        if left:
            raise Throttled("slow down", wait=left.pop(0))
        return "done"

    return call


async def test_calls_are_made_at_once_at_first() -> None:
    assert await Throttle().call(fine) == "done"


async def test_a_short_wait_is_waited_out_by_all() -> None:
    throttle, start = Throttle(), time.monotonic()

    calls = [throttle.call(refused(0.3)), *(throttle.call(fine) for _ in range(5))]

    assert await asyncio.gather(*calls) == ["done"] * 6
    assert time.monotonic() - start >= 0.29


async def test_a_long_wait_goes_back_to_the_queue_without_a_call() -> None:
    throttle = Throttle()
    with pytest.raises(Throttled, match="slow down"):
        await throttle.call(refused(600))
    called = []

    async def call() -> None:
        called.append(1)

    with pytest.raises(Throttled) as raised:
        await throttle.call(call)
    assert not called
    assert raised.value.wait is not None
    assert raised.value.wait > 590


class Clock:
    """A clock that only a sleep moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.sleeps: list[float] = []
        # Modules of its own, as the event loop reads the clock, too.
        monkeypatch.setattr("ingest.throttle.time", SimpleNamespace(monotonic=lambda: self.now))
        patch_sleep(monkeypatch, self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(("stated", "waited"), [(7.0, 7.0), (20.0, 20.0), (None, 10.0), (0.0, 10.0)])
async def test_the_stated_wait_counts_or_ten_seconds(
    stated: float | None, waited: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, throttle = Clock(monkeypatch), Throttle()

    assert await throttle.call(refused(stated)) == "done"
    assert clock.sleeps == [waited]


async def test_what_takes_longer_than_twenty_seconds_goes_back_to_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, throttle = Clock(monkeypatch), Throttle()

    for said in ("slow down", "the model is throttling us"):
        with pytest.raises(Throttled, match=f"^{said}$") as raised:
            await throttle.call(refused(20.5))
        assert raised.value.wait == 20.5

    assert not clock.sleeps


async def test_what_is_refused_again_and_again_goes_back_to_the_queue_after_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, throttle = Clock(monkeypatch), Throttle()

    with pytest.raises(Throttled):
        await throttle.call(refused(*[15.0] * 100))

    assert MAX_TURN < clock.now - 1000 < MAX_TURN + 20


async def test_a_shorter_wait_does_not_replace_a_longer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    throttle = Throttle()

    async def call() -> None:
        with pytest.raises(Throttled):
            await throttle.call(refused(25))  # another call comes back first
        raise Throttled("slow down", wait=2)

    for each in (call, fine):
        with pytest.raises(Throttled) as raised:
            await throttle.call(each)
        assert raised.value.wait == 25


async def test_other_errors_hold_nobody_back() -> None:
    throttle = Throttle()

    async def fail() -> None:
        raise Outage("down")

    with pytest.raises(Outage):
        await throttle.call(fail)
    async with asyncio.timeout(60):
        assert await throttle.call(fine) == "done"


async def test_after_a_refusal_calls_come_one_after_the_other_and_not_all_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, throttle = Clock(monkeypatch), Throttle()
    begun: list[float] = []
    answer = refused(10)

    async def call() -> None:
        begun.append(clock.now)
        await answer()

    for _ in range(5):
        await throttle.call(call)

    assert begun[:2] == [1000, 1010]
    assert all(0.9 < later - earlier <= 1.0 for earlier, later in pairwise(begun[1:]))


async def test_whose_turn_comes_too_late_goes_back_to_the_queue_with_the_wait_that_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Clock(monkeypatch)
    throttle = Throttle()
    await throttle.call(refused(10))
    asked = [asyncio.ensure_future(throttle.call(fine)) for _ in range(100)]

    results = await asyncio.gather(*asked, return_exceptions=True)

    late = [each for each in results if isinstance(each, Throttled)]
    assert all(each.wait and each.wait > MAX_TURN for each in late)


async def test_what_the_server_tells_of_its_quota_holds_calls_back_before_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, throttle = Clock(monkeypatch), Throttle()
    begun: list[float] = []

    async def call() -> None:
        begun.append(clock.now)
        period = [each for each in begun if each // 10 == clock.now // 10]
        assert len(period) <= 5
        limit = TokenLimit(1000 - 200 * len(period), 1000, 10 - clock.now % 10)
        told = told_limits.get()
        assert told is not None
        told.append(limit)

    for _ in range(12):
        await throttle.call(call)

    assert begun == [1000.0] * 5 + [1010.0] * 5 + [1020.0] * 2


async def test_a_quota_that_is_used_up_for_over_a_minute_sends_photos_back_to_the_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, throttle = Clock(monkeypatch), Throttle()

    async def call(left: int) -> None:
        told = told_limits.get()
        assert told is not None
        told.append(TokenLimit(left, 1000, MAX_TURN + 1))

    for left in (500, 0):
        await throttle.call(lambda left=left: call(left))  # type: ignore[misc]

    with pytest.raises(Throttled) as raised:
        await throttle.call(fine)
    assert raised.value.wait == MAX_TURN + 1
    assert not clock.sleeps


async def test_calls_that_reach_no_server_hold_nobody_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, throttle = Clock(monkeypatch), Throttle()

    async def call(left: int) -> None:
        told = told_limits.get()
        assert told is not None
        told.append(TokenLimit(left, 1000, 6, fills_up=True))

    async def unreachable() -> None:
        raise Outage("nothing answers")

    for left in (900, 800):
        await throttle.call(lambda left=left: call(left))  # type: ignore[misc]
    for _ in range(100):
        with pytest.raises(Outage):
            await throttle.call(unreachable)

    assert await throttle.call(fine) == "done"
    assert not clock.sleeps
