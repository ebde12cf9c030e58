"""Once: a success is remembered, a failure is shared and then forgotten."""

import asyncio

import pytest

from shared.once import Once


class Work:
    def __init__(self) -> None:
        self.runs = 0
        self.error: Exception | None = None

    async def __call__(self) -> None:
        self.runs += 1
        await asyncio.sleep(0)
        if self.error:
            raise self.error


async def test_many_callers_share_one_run() -> None:
    once, work = Once(), Work()

    await asyncio.gather(*(once(work) for _ in range(5)))
    await once(work)

    assert work.runs == 1


async def test_a_failure_reaches_every_caller_and_the_next_tries_again() -> None:
    once, work = Once(), Work()
    work.error = OSError("down")

    errors = await asyncio.gather(*(once(work) for _ in range(3)), return_exceptions=True)
    assert errors == [work.error] * 3
    assert work.runs == 1

    work.error = None
    await once(work)
    assert work.runs == 2


async def test_after_a_reset_the_work_is_done_once_more() -> None:
    once, work = Once(), Work()
    await once(work)

    once.reset()
    await once(work)
    await once(work)

    assert work.runs == 2


async def test_a_caller_that_leaves_does_not_stop_the_work() -> None:
    once, work = Once(), Work()
    caller = asyncio.ensure_future(once(work))
    await asyncio.sleep(0)

    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await once(work)

    assert work.runs == 1
