"""Spending, counted by all instances together, against Azurite."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial

import pytest
from azure.core.exceptions import ServiceRequestError
from azure.storage.blob.aio import BlobServiceClient

from shared.errors import Outage
from shared.stores.spending import SpendingCounter
from shared.stores.spending_page import ChatSpending, Spending
from tests.machine import Azurite, eventually, free_port
from tests.shared.stores.lost_answers import losing_client

DAMAGED = [b"", b"{", b"null", b"\xff", b'{"captions": "many"}']
Work = Callable[[SpendingCounter, SpendingCounter], Awaitable[None]]


def against(azurite: Azurite, work: Work) -> None:
    """Two counters, as two instances have them."""

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(SpendingCounter(blobs), SpendingCounter(blobs))

    asyncio.run(run())


def test_spending_adds_up() -> None:
    assert Spending(1, 100) + Spending(2, 30) == Spending(3, 130)


def test_a_day_without_spending_is_zero(azurite: Azurite) -> None:
    async def work(one: SpendingCounter, _: SpendingCounter) -> None:
        assert await one.total(date(2001, 1, 1)) == Spending(0, 0)

    against(azurite, work)


def test_two_instances_count_together(azurite: Azurite) -> None:
    day = date(2001, 1, 2)

    async def work(one: SpendingCounter, other: SpendingCounter) -> None:
        assert await one.add(day, captions=1, tokens=100)
        assert await other.add(day, captions=2, tokens=10)
        assert await one.add(day, captions=4, tokens=1)
        assert await one.add(day, captions=-1)

        assert await one.total(day) == await other.total(day) == Spending(6, 111)

    against(azurite, work)


def test_many_at_once_lose_nothing(azurite: Azurite) -> None:
    day = date(2001, 1, 3)

    async def work(one: SpendingCounter, other: SpendingCounter) -> None:
        await asyncio.gather(*(each.add(day, captions=1, tokens=2) for each in [one, other] * 8))

        assert await one.total(day) == Spending(16, 32)

    against(azurite, work)


class CountingWrites(SpendingCounter):
    """Counts its writes, each of which waits until it may be done."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        super().__init__(blobs)
        self.writes, self.begun, self.go_on = 0, asyncio.Event(), asyncio.Event()

    async def _write(self, day: date, total: Spending, etag: str | None, number: int) -> bool:
        self.writes += 1
        self.begun.set()
        await self.go_on.wait()
        return await super()._write(day, total, etag, number)


def counting(azurite: Azurite, work: Callable[[CountingWrites], Awaitable[None]]) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(CountingWrites(blobs))

    asyncio.run(run())


def test_what_comes_during_a_write_is_written_together(azurite: Azurite) -> None:
    days = date(2001, 3, 1), date(2001, 3, 2)

    async def work(one: CountingWrites) -> None:
        adding = [asyncio.ensure_future(one.add(days[number % 2], captions=1, cap=8)) for number in range(20)]
        await one.begun.wait()
        adding += [asyncio.ensure_future(one.add(days[0], captions=1)) for _ in range(10)]
        one.go_on.set()

        assert sum(await asyncio.gather(*adding[:20])) == 16
        assert all(await asyncio.gather(*adding[20:]))
        assert [(await one.total(day)).captions for day in days] == [18, 8]
        assert one.writes <= 4

    counting(azurite, work)


def test_who_leaves_before_the_write_counts_nothing_and_holds_nobody_up(azurite: Azurite) -> None:
    day = date(2001, 3, 3)

    async def work(one: CountingWrites) -> None:
        first = asyncio.ensure_future(one.add(day, captions=1))
        await one.begun.wait()
        leaving, staying = (asyncio.ensure_future(one.add(day, captions=count)) for count in (10, 100))
        await asyncio.sleep(0)
        leaving.cancel()
        first.cancel()  # its write is under way
        one.go_on.set()

        assert await staying
        assert await one.total(day) == Spending(101)

    counting(azurite, work)


async def test_all_who_wait_for_a_write_learn_that_it_failed() -> None:
    async with BlobServiceClient(f"http://127.0.0.1:{free_port()}/a", retry_total=0) as blobs:
        counter = SpendingCounter(blobs)
        added = await asyncio.gather(
            *(counter.add(date(2001, 3, 4), captions=1) for _ in range(3)), return_exceptions=True
        )

    assert [type(each) for each in added] == [Outage] * 3


def test_what_no_cap_depends_on_is_written_together_and_known_before(azurite: Azurite) -> None:
    day, before = date(2003, 3, 1), date(2003, 2, 28)

    async def work(one: SpendingCounter, other: SpendingCounter) -> None:
        one.book(day, captions=1, tokens=100)
        one.book(day, captions=1, tokens=50)
        one.book(before, tokens=7)
        assert await one.total(day) == Spending(2, 150)
        assert await other.total(day) == Spending(0, 0)

        await one.write()

        for each in (one, other):
            assert [await each.total(of) for of in (before, day)] == [Spending(0, 7), Spending(2, 150)]

    against(azurite, work)


def test_it_is_written_by_itself_and_at_the_end(azurite: Azurite) -> None:
    day = date(2003, 3, 2)

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            quick, slow, other = (SpendingCounter(blobs, write_seconds=each) for each in (0.01, 60, 60))

            async def written(captions: int) -> None:
                assert (await other.total(day)).captions == captions

            quick.book(day, captions=1)
            await eventually(partial(written, 1))
            quick.book(day, captions=1)
            await eventually(partial(written, 2))
            slow.book(day, captions=1)
            await slow.close()
            await written(3)

    asyncio.run(run())


async def test_what_cannot_be_written_is_not_lost(caplog: pytest.LogCaptureFixture) -> None:
    url = f"http://127.0.0.1:{free_port()}/a"
    async with BlobServiceClient(url, retry_total=0, connection_timeout=1) as blobs:
        counter = SpendingCounter(blobs, write_seconds=60)
        counter.book(date(2003, 3, 3), captions=1)

        with pytest.raises(Outage):
            await counter.write()
        await counter.close()

    assert counter._booked == {date(2003, 3, 3): Spending(1)}
    assert "could not count what was spent" in caplog.text


def test_the_cap_is_reached_and_not_exceeded(azurite: Azurite) -> None:
    day = date(2001, 1, 4)

    async def work(one: SpendingCounter, other: SpendingCounter) -> None:
        assert await one.add(day, captions=1, cap=2)
        assert await other.add(day, captions=1, cap=2)
        assert not await one.add(day, captions=1, cap=2)
        assert not await other.add(day, captions=1, cap=2)
        assert await other.add(day, tokens=50, cap=2)
        assert await one.total(day) == Spending(2, 50)

        assert await other.add(day, captions=-1)  # a call that failed gives its caption back
        assert await one.add(day, captions=1, cap=2)
        assert not await one.add(day, captions=2, cap=3)
        assert await one.add(day, captions=2)

    against(azurite, work)


def test_a_first_caption_beyond_the_cap_is_refused(azurite: Azurite) -> None:
    async def work(one: SpendingCounter, _: SpendingCounter) -> None:
        assert not await one.add(date(2001, 1, 5), captions=2, cap=1)
        assert await one.total(date(2001, 1, 5)) == Spending()

    against(azurite, work)


def test_days_are_counted_apart(azurite: Azurite) -> None:
    async def work(one: SpendingCounter, _: SpendingCounter) -> None:
        for _number in range(2):
            await one.add(date(2001, 1, 6), captions=1)
            await one.add(date(2001, 1, 7), captions=10)

        assert (await one.total(date(2001, 1, 6))).captions == 2
        assert (await one.total(date(2001, 1, 7))).captions == 20

    against(azurite, work)


@pytest.mark.parametrize("damaged", DAMAGED)
def test_a_page_that_cannot_be_read_is_begun_anew(
    damaged: bytes, azurite: Azurite, caplog: pytest.LogCaptureFixture
) -> None:
    day = date(2001, 2, 1 + DAMAGED.index(damaged))

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            one, other = SpendingCounter(blobs), SpendingCounter(blobs)
            assert await one.add(day, captions=3, tokens=30)
            await blobs.get_blob_client("photo-spending", f"{day}.json").upload_blob(damaged, overwrite=True)

            assert await other.total(day) == Spending()
            assert not await one.add(day, captions=1, cap=3)  # this instance knows what was spent
            assert await one.add(day, captions=1, tokens=10)
            assert await other.total(day) == Spending(4, 40)

    asyncio.run(run())
    assert "cannot be read; it begins anew" in caplog.text


async def test_spending_that_cannot_be_reached_is_an_outage() -> None:
    async with BlobServiceClient(f"http://127.0.0.1:{free_port()}/a", retry_total=0) as blobs:
        with pytest.raises(Outage, match=r"^blob storage cannot be reached"):
            await SpendingCounter(blobs).total(date(2001, 1, 8))


# -- chat ---------------------------------------------------------------------------------


def test_chat_is_counted_by_caller_beside_captions(azurite: Azurite) -> None:
    day = date(2003, 2, 1)

    async def work(one: SpendingCounter, other: SpendingCounter) -> None:
        assert await one.add(day, captions=1, tokens=100)
        await one.add_answer(day, "page", answers=1, tokens=30)
        await other.add_answer(day, "phone", answers=1, tokens=7)
        await other.add_answer(day, "page", answers=1, tokens=5)
        assert await one.add(day, captions=1, tokens=1)

        expected = Spending(2, 101, {"page": ChatSpending(2, 35), "phone": ChatSpending(1, 7)})
        assert await one.total(day) == await other.total(day) == expected

    against(azurite, work)


def test_callers_get_what_they_have_left_and_no_more(azurite: Azurite) -> None:
    day = date(2003, 2, 2)

    async def work(one: SpendingCounter, other: SpendingCounter) -> None:
        assert await one.reserve_answer(day, "page", tokens=60, cap=100) == 60
        assert await other.reserve_answer(day, "page", tokens=60, cap=100) == 40
        assert await one.reserve_answer(day, "page", tokens=60, cap=100) == 0
        assert await one.reserve_answer(day, "phone", tokens=60, cap=100) == 60
        await other.add_answer(day, "page", tokens=-35)
        assert await one.reserve_answer(day, "page", tokens=60, cap=100) == 35

        assert (await one.total(day)).chat["page"] == ChatSpending(3, 100)

    against(azurite, work)


def test_many_at_once_never_get_more_than_the_cap(azurite: Azurite) -> None:
    day = date(2003, 2, 3)

    async def work(one: SpendingCounter, other: SpendingCounter) -> None:
        reservations = [each.reserve_answer(day, "page", tokens=30, cap=100) for each in [one, other] * 4]

        granted = await asyncio.gather(*reservations)

        assert sorted(granted, reverse=True) == [30, 30, 30, 10, 0, 0, 0, 0]

    against(azurite, work)


# -- exactly once -------------------------------------------------------------------------


def test_a_write_whose_answer_is_lost_counts_once(azurite: Azurite) -> None:
    days = date(2004, 1, 1), date(2004, 1, 2)

    async def run() -> None:
        async with losing_client(azurite, "photo-spending/2004-01-0") as (blobs, transport):
            one, other = SpendingCounter(blobs), SpendingCounter(blobs)
            for day in days:  # the first write makes the page, the next ones replace it
                for number in range(3):
                    transport.losses = 1
                    assert await one.add(day, captions=1, tokens=10)
                    assert await other.add(day, captions=100)
                    assert (await one.total(day)).captions == 101 * (number + 1)
            assert transport.lost == 6
            assert (await other.total(days[1])).tokens == 30

    asyncio.run(run())


@pytest.mark.parametrize("is_between", [False, True])
@pytest.mark.parametrize("is_new", [False, True])
def test_what_was_booked_counts_once_though_its_last_try_seemed_to_fail(
    is_new: bool, is_between: bool, azurite: Azurite
) -> None:
    day = date(2004, 4, 1 + is_new + 2 * is_between)

    async def run() -> None:
        async with losing_client(azurite, f"photo-spending/{day}", retries=0) as (blobs, transport):
            one, other = (SpendingCounter(blobs, write_seconds=3600) for _ in range(2))
            expected = Spending()
            if not is_new:
                assert await one.add(day, captions=100)
                expected += Spending(100)
            one.book(day, captions=1, tokens=10)
            transport.losses = 1
            with pytest.raises(Outage):
                await one.write()
            one.book(day, captions=2, tokens=20)
            expected += Spending(3, 30)
            assert transport.lost == 1
            assert is_between or await one.total(day) == expected
            if is_between:  # a write of the same process hides the one before, and then another instance's comes
                assert await one.add(day, captions=1000)
                assert await other.add(day, captions=1000)
                expected += Spending(2000)

            await one.write()
            await one.write()

            assert await one.total(day) == await other.total(day) == expected
            assert not one._booked
            await one.close()

    asyncio.run(run())


def test_a_look_at_the_total_while_booked_spending_is_written_counts_it_once(azurite: Azurite) -> None:
    day = date(2004, 4, 8)

    class LateAnswer(SpendingCounter):
        """The answers to its writes come late."""

        def __init__(self, blobs: BlobServiceClient) -> None:
            super().__init__(blobs, write_seconds=3600)
            self.made, self.go_on = asyncio.Event(), asyncio.Event()

        async def _write(self, day: date, total: Spending, etag: str | None, number: int) -> bool:
            made = await super()._write(day, total, etag, number)
            self.made.set()
            await self.go_on.wait()
            return made

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            one = LateAnswer(blobs)
            one.book(day, captions=1, tokens=10)
            writing = asyncio.ensure_future(one.write())
            await asyncio.wait_for(one.made.wait(), 45)
            assert await one.total(day) == Spending(1, 10)
            one.go_on.set()
            await writing
            one.book(day)  # nothing

            await one.write()

            assert await one.total(day) == Spending(1, 10)
            assert not one._booked
            await one.close()

    asyncio.run(run())


def test_what_was_booked_is_written_again_if_its_last_try_was_not_made(azurite: Azurite) -> None:
    day = date(2004, 4, 9)

    class Failing(SpendingCounter):
        """Its next writes are not made."""

        failures = 2

        async def _write(self, day: date, total: Spending, etag: str | None, number: int) -> bool:
            if self.failures:
                self.failures -= 1
                raise ServiceRequestError("no connection")
            return await super()._write(day, total, etag, number)

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            one = Failing(blobs, write_seconds=3600)
            for _ in range(2):
                one.book(day, captions=1, tokens=10)
                with pytest.raises(Outage):
                    await one.write()
            await one.close()

            assert await SpendingCounter(blobs).total(day) == Spending(2, 20)

    asyncio.run(run())


def test_an_answer_that_is_lost_between_the_writes_of_others_counts_once(azurite: Azurite) -> None:
    day = date(2004, 2, 1)

    async def run() -> None:
        async with losing_client(azurite, f"photo-spending/{day}") as (blobs, transport):
            other = SpendingCounter(blobs)

            class Overtaken(SpendingCounter):
                """Another instance writes as soon as a write of this one is refused."""

                async def _read(self, day: date) -> tuple[Spending, str | None]:
                    if transport.lost:
                        await other.add(day, captions=10)
                    return await super()._read(day)

            one = Overtaken(blobs)
            assert await one.add(day, captions=1, cap=50)
            transport.losses = 1
            assert await one.add(day, captions=1, cap=50)

            assert (await SpendingCounter(blobs).total(day)).captions == 12

    asyncio.run(run())


def test_what_has_a_name_is_counted_once_a_day(azurite: Azurite) -> None:
    days = date(2004, 3, 1), date(2004, 3, 2)

    async def work(one: SpendingCounter, other: SpendingCounter) -> None:
        assert await one.add(days[0], captions=-2, tokens=10, once="a")
        assert not await other.add(days[0], captions=-2, tokens=10, once="a")
        assert await other.add(days[0], captions=5, once="b")
        assert not await one.add(days[0], captions=5, once="b")
        assert await one.add(days[1], captions=1, once="a")
        assert await one.add(days[0], captions=1)

        assert await one.total(days[0]) == Spending(4, 10)

    against(azurite, work)
