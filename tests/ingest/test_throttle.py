"""After a 429, calls wait for the stated time instead of running into it."""

import asyncio
import time
from itertools import pairwise
from types import SimpleNamespace

import pytest

from ingest.throttle import MAX_TURN, Throttle
from shared.errors import Outage, Throttled
from tests.machine import patch_sleep


async def throttled(wait: float | None) -> None:
    raise Throttled("slow down", wait=wait)


async def fine() -> str:
    return "done"


async def test_calls_are_made_at_once_at_first() -> None:
    assert await Throttle().call(fine) == "done"


async def test_a_short_wait_is_waited_out() -> None:
    throttle = Throttle()
    with pytest.raises(Throttled):
        await throttle.call(lambda: throttled(0.3))

    start = time.monotonic()
    assert await asyncio.gather(*(throttle.call(fine) for _ in range(5))) == ["done"] * 5
    assert time.monotonic() - start >= 0.29


async def test_a_long_wait_goes_back_to_the_queue_without_a_call() -> None:
    throttle = Throttle()
    with pytest.raises(Throttled):
        await throttle.call(lambda: throttled(600))
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


async def refuse(throttle: Throttle, wait: float | None) -> None:
    with pytest.raises(Throttled) as raised:
        await throttle.call(lambda: throttled(wait))
    assert str(raised.value) == "slow down"


@pytest.mark.parametrize(("stated", "waited"), [(7.0, 7.0), (20.0, 20.0), (None, 10.0), (0.0, 10.0)])
async def test_the_stated_wait_counts_or_ten_seconds(
    stated: float | None, waited: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, throttle = Clock(monkeypatch), Throttle()
    await refuse(throttle, stated)

    assert await throttle.call(fine) == "done"
    assert clock.sleeps == [waited]


async def test_what_takes_longer_than_twenty_seconds_goes_back_to_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, throttle = Clock(monkeypatch), Throttle()
    await refuse(throttle, 20.5)

    with pytest.raises(Throttled, match=r"^the model is throttling us$") as raised:
        await throttle.call(fine)

    assert raised.value.wait == 20.5
    assert not clock.sleeps


async def test_a_shorter_wait_does_not_replace_a_longer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, throttle = Clock(monkeypatch), Throttle()

    async def call() -> None:
        await refuse(throttle, 15)  # another call comes back first
        raise Throttled("slow down", wait=2)

    with pytest.raises(Throttled):
        await throttle.call(call)
    await throttle.call(fine)

    assert clock.sleeps == [15]


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
    await refuse(throttle, 10)
    begun: list[float] = []

    async def call() -> None:
        begun.append(clock.now)

    for _ in range(5):
        await throttle.call(call)

    assert begun[0] == 1010
    assert all(0.9 < later - earlier <= 1.0 for earlier, later in pairwise(begun))


async def test_whose_turn_comes_too_late_goes_back_to_the_queue_with_the_wait_that_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Clock(monkeypatch)
    throttle = Throttle()
    await refuse(throttle, 10)
    asked = [asyncio.ensure_future(throttle.call(fine)) for _ in range(100)]

    results = await asyncio.gather(*asked, return_exceptions=True)

    late = [each for each in results if isinstance(each, Throttled)]
    assert all(each.wait and each.wait > MAX_TURN for each in late)
