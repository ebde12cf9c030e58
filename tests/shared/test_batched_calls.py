"""Calls that are made together: each gets its own result, or its own error."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.batched_calls import BatchedCalls
from shared.errors import BadRequest, Outage


class Doubling:
    """Doubles numbers; refuses those that are negative, and is down for zero."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.batched = BatchedCalls(self.work, most=3, linger=0)

    async def work(self, numbers: Sequence[int]) -> list[int]:
        self.calls.append(list(numbers))
        if any(each < 0 for each in numbers):
            raise BadRequest("negative")
        if 0 in numbers:
            raise Outage("down")
        return [2 * each for each in numbers]

    async def ask(self, *numbers: int) -> list[int | BaseException]:
        return await asyncio.gather(*(self.batched(each) for each in numbers), return_exceptions=True)


async def test_calls_at_the_same_time_are_made_together() -> None:
    doubling = Doubling()

    assert await doubling.ask(1, 2, 3, 4) == [2, 4, 6, 8]

    assert doubling.calls == [[1, 2, 3], [4]]
    assert await doubling.ask(5) == [10]


async def test_what_is_wrong_with_one_harms_no_other() -> None:
    doubling = Doubling()

    first, second, third = await doubling.ask(1, -1, 3)

    assert (first, third) == (2, 6)
    assert isinstance(second, BadRequest)


async def test_a_service_that_is_down_is_down_for_all_and_asked_once() -> None:
    doubling = Doubling()

    assert all(isinstance(each, Outage) for each in await doubling.ask(1, 0))

    assert doubling.calls == [[1, 0]]


async def test_who_gives_up_leaves_the_others_their_results() -> None:
    doubling = Doubling()
    patient, impatient = (asyncio.ensure_future(doubling.batched(each)) for each in (1, 2))
    await asyncio.sleep(0)

    impatient.cancel()

    assert await patient == 2
    with pytest.raises(asyncio.CancelledError):
        await impatient


def test_another_event_loop_begins_anew() -> None:
    doubling = Doubling()

    async def leave() -> None:
        task = asyncio.ensure_future(doubling.batched(1))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(leave())

    assert asyncio.run(doubling.ask(2)) == [4]
