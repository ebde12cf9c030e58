"""The semaphore never gives out more than it has, and every task gets its turn."""

import asyncio

import pytest
from hypothesis import given, strategies as st

from ingest.weighted_semaphore import WeightedSemaphore


@given(st.lists(st.integers(0, 150), min_size=1, max_size=30))
def test_it_never_gives_out_too_much_and_leaves_nobody_out(weights: list[int]) -> None:
    assert asyncio.run(peak(weights)) <= 100


async def peak(weights: list[int]) -> int:
    semaphore, held, most = WeightedSemaphore(100), 0, 0

    async def task(weight: int) -> None:
        nonlocal held, most
        async with semaphore.acquire(weight):
            held += min(weight, 100)
            most = max(most, held)
            await asyncio.sleep(0)
            held -= min(weight, 100)

    await asyncio.wait_for(asyncio.gather(*map(task, weights)), 60)
    return most


async def test_a_task_that_is_cancelled_while_waiting_leaves_no_trace() -> None:
    semaphore = WeightedSemaphore(10)
    async with semaphore.acquire(10):
        waiting = asyncio.create_task(semaphore.acquire(5).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    async with asyncio.timeout(60), semaphore.acquire(10):
        pass


async def test_a_heavy_task_is_not_overtaken() -> None:
    semaphore, order = WeightedSemaphore(10), list[str]()

    async def task(name: str, weight: int) -> None:
        async with semaphore.acquire(weight):
            order.append(name)
            await asyncio.sleep(0.01)

    async with asyncio.timeout(60):
        await asyncio.gather(task("first", 6), task("heavy", 10), task("light", 1))

    assert order == ["first", "heavy", "light"]


async def test_light_tasks_run_together() -> None:
    semaphore = WeightedSemaphore(10)

    async with asyncio.timeout(60), semaphore.acquire(6), semaphore.acquire(4):
        assert semaphore._free == 0
    assert semaphore._free == 10


async def test_a_task_that_fails_gives_back_what_it_held() -> None:
    semaphore = WeightedSemaphore(10)

    with pytest.raises(KeyError):
        async with semaphore.acquire(100):
            raise KeyError

    assert semaphore._free == 10
