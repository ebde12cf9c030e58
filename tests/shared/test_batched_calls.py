"""Calls that are made together: each gets its own result, or its own error."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.batched_calls import BatchedCalls
from shared.errors import BadRequest, Outage, PhotoError, Transient


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
            raise Outage("down") from ConnectionError("refused")
        return [2 * each for each in numbers]

    async def ask(self, *numbers: int) -> list[int | BaseException]:
        return await asyncio.gather(*(self.batched(each) for each in numbers), return_exceptions=True)


async def test_calls_at_the_same_time_are_made_together() -> None:
    doubling = Doubling()

    assert await doubling.ask(1, 2, 3, 4) == [2, 4, 6, 8]

    assert doubling.calls == [[1, 2, 3], [4]]
    assert await doubling.ask(5) == [10]


async def test_one_in_a_hurry_takes_those_with_it_that_can_wait() -> None:
    doubling = Doubling()

    patient = [asyncio.ensure_future(doubling.batched(each, linger=1000.0)) for each in (1, 2)]
    await asyncio.sleep(0.01)
    assert not doubling.calls

    assert await asyncio.wait_for(doubling.batched(3), 60) == 6

    assert await asyncio.gather(*patient) == [2, 4]
    assert doubling.calls == [[1, 2, 3]]


async def test_one_that_comes_alone_waits_for_nobody() -> None:
    doubling = Doubling()
    batched = BatchedCalls(doubling.work, most=3, linger=1000.0, alone_after=1000.0)

    async with asyncio.timeout(60):
        assert await batched(1) == 2
        soon = asyncio.ensure_future(batched(2))
        await asyncio.sleep(0.01)
        assert doubling.calls == [[1]]
        assert [*await asyncio.gather(soon, batched(3), batched(4))] == [4, 6, 8]

    assert doubling.calls == [[1], [2, 3, 4]]


async def test_after_a_rest_one_is_alone_again() -> None:
    doubling = Doubling()
    batched = BatchedCalls(doubling.work, most=3, linger=1000.0, alone_after=0.0)

    async with asyncio.timeout(60):
        assert [await batched(1), await batched(2)] == [2, 4]


async def test_one_that_can_wait_delays_no_other() -> None:
    doubling = Doubling()

    hurried = asyncio.ensure_future(doubling.batched(1, linger=0.01))
    await asyncio.sleep(0)
    patient = asyncio.ensure_future(doubling.batched(2, linger=1000.0))

    async with asyncio.timeout(60):
        assert (await hurried, await patient) == (2, 4)


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


class Writing:
    """Writes words by their first letter, one batch after the other as it is let through; refuses `x`."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.may_go_on = asyncio.Event()
        self.batched: BatchedCalls[str, str] = BatchedCalls(self.work, most=10, linger=0, key=lambda word: word[0])

    async def work(self, words: Sequence[str]) -> list[str | PhotoError]:
        self.calls.append(list(words))
        await self.may_go_on.wait()
        return [BadRequest(f"{each} is refused") if each.startswith("x") else each.upper() for each in words]

    async def begun(self, count: int) -> None:
        """Return when `work` was called so often."""
        while len(self.calls) < count:  # noqa: ASYNC110 - what is tested does not notify
            await asyncio.sleep(0)


async def test_what_has_the_same_key_is_done_in_order_and_others_pass_it() -> None:
    writing = Writing()
    first = [asyncio.ensure_future(writing.batched(each)) for each in ("a1", "b1", "a2", "a3")]
    await writing.begun(1)
    second = [asyncio.ensure_future(writing.batched(each)) for each in ("a4", "c1")]
    await writing.begun(2)
    assert writing.calls == [["a1", "b1"], ["c1"]]  # although nothing has ended

    writing.may_go_on.set()

    assert await asyncio.gather(*first, *second) == ["A1", "B1", "A2", "A3", "A4", "C1"]
    assert writing.calls[2:] == [["a2"], ["a3"], ["a4"]]


async def test_one_that_can_wait_delays_none_that_waits_for_its_key() -> None:
    writing = Writing()
    first, second = (asyncio.ensure_future(writing.batched(each)) for each in ("a1", "a2"))
    await writing.begun(1)
    patient = asyncio.ensure_future(writing.batched("b1", linger=1000.0))
    await asyncio.sleep(0.01)
    assert writing.calls == [["a1"]]

    writing.may_go_on.set()

    async with asyncio.timeout(60):
        assert (await first, await second, await patient) == ("A1", "A2", "B1")


async def test_a_result_that_is_an_error_is_one_callers_alone() -> None:
    writing = Writing()
    writing.may_go_on.set()

    results = await asyncio.gather(*map(writing.batched, ("a", "x", "b")), return_exceptions=True)

    assert (results[0], results[2]) == ("A", "B")
    assert isinstance(results[1], BadRequest)
    assert writing.calls == [["a", "x", "b"]]


async def test_who_gives_up_before_its_turn_is_left_out_and_holds_nobody_up() -> None:
    writing = Writing()
    first, given_up, last = (asyncio.ensure_future(writing.batched(each)) for each in ("a1", "a2", "a3"))
    await writing.begun(1)

    given_up.cancel()
    writing.may_go_on.set()

    assert (await first, await last) == ("A1", "A3")
    assert writing.calls == [["a1"], ["a3"]]


async def test_who_gives_up_in_the_middle_still_comes_before_the_next_of_its_key() -> None:
    writing = Writing()
    given_up, last = (asyncio.ensure_future(writing.batched(each)) for each in ("a1", "a2"))
    await writing.begun(1)

    given_up.cancel()
    await asyncio.sleep(0)
    assert writing.calls == [["a1"]]
    writing.may_go_on.set()

    assert await last == "A2"
    assert writing.calls == [["a1"], ["a2"]]


async def test_of_many_the_one_that_is_refused_is_found_in_a_few_calls() -> None:
    calls: list[int] = []

    async def work(numbers: Sequence[int]) -> list[int]:
        calls.append(len(numbers))
        if 5 in numbers:
            raise BadRequest("five")
        return list(numbers)

    batched = BatchedCalls(work, most=64, linger=0)

    results = await asyncio.gather(*map(batched, range(64)), return_exceptions=True)

    assert [each for each in results if not isinstance(each, BadRequest)] == [each for each in range(64) if each != 5]
    assert len(calls) == 13  # of 64, then twice for each of six halvings


async def test_each_gets_an_error_of_its_own_to_note_in_it_what_it_is_about() -> None:
    first, second = await Doubling().ask(0, 1)

    assert isinstance(first, Outage)
    assert isinstance(second, Outage)
    first.digest = "of the first"
    assert second.digest != first.digest
    assert isinstance(first.__cause__, ConnectionError)
    assert isinstance(second.__cause__, ConnectionError)


async def test_results_of_another_number_fail_for_all_and_nobody_waits_for_ever() -> None:
    async def one_too_few(numbers: Sequence[int]) -> list[int]:
        return list(numbers)[1:]

    batched = BatchedCalls(one_too_few, most=3, linger=0)

    results = await asyncio.wait_for(asyncio.gather(*map(batched, (1, 2)), return_exceptions=True), timeout=45)

    assert all(isinstance(each, Transient) for each in results)
