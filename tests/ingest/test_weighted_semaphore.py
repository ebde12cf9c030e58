"""The room never holds more than it has space for, and everybody gets in."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from ingest.weighted_semaphore import WeightedSemaphore


@given(st.lists(st.integers(0, 150), min_size=1, max_size=30))
def test_the_room_is_never_overfull_and_nobody_is_left_out(weights: list[int]) -> None:
    assert asyncio.run(fullest(weights)) <= 100


async def fullest(weights: list[int]) -> int:
    room, inside, most = WeightedSemaphore(100), 0, 0

    async def visit(weight: int) -> None:
        nonlocal inside, most
        async with room.acquire(weight):
            inside += min(weight, 100)
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= min(weight, 100)

    await asyncio.wait_for(asyncio.gather(*map(visit, weights)), 5)
    return most


async def test_a_visitor_who_is_turned_away_leaves_no_trace() -> None:
    room = WeightedSemaphore(10)
    async with room.acquire(10):
        waiting = asyncio.create_task(room.acquire(5).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    async with asyncio.timeout(1), room.acquire(10):
        pass
