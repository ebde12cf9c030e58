"""After a 429, calls wait for the stated time instead of running into it."""

import asyncio
import time

import pytest

from ingest.throttle import Throttle
from shared.errors import Throttled


async def throttled(wait: float | None) -> None:
    raise Throttled("slow down", wait=wait)


async def fine() -> str:
    return "done"


async def test_an_open_gate_lets_calls_through() -> None:
    assert await Throttle().call(fine) == "done"


async def test_a_short_wait_is_waited_out() -> None:
    gate = Throttle()
    with pytest.raises(Throttled):
        await gate.call(lambda: throttled(0.3))

    started = time.monotonic()
    assert await asyncio.gather(*(gate.call(fine) for _ in range(5))) == ["done"] * 5
    assert time.monotonic() - started >= 0.29


async def test_a_long_wait_goes_back_to_the_queue_without_a_call() -> None:
    gate = Throttle()
    with pytest.raises(Throttled):
        await gate.call(lambda: throttled(600))
    called = []

    async def call() -> None:
        called.append(1)

    with pytest.raises(Throttled) as raised:
        await gate.call(call)
    assert not called
    assert raised.value.wait is not None
    assert raised.value.wait > 590
