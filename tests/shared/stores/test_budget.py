"""The day's money for models, shared by instances, against Azurite."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.errors import Outage, Paused
from shared.stores.budget import DayBudget
from shared.stores.usage import CONTAINER
from tests.machine import Azurite, free_port
from tests.shared.stores.lost_answers import losing_client

NOON = datetime(2011, 1, 1, 12, tzinfo=UTC)


class World:
    """Budgets, as instances have them, of one day."""

    def __init__(self, blobs: BlobServiceClient, now: datetime) -> None:
        self.blobs, self.now = blobs, now

    def budget(self, limit: float = 1.0) -> DayBudget:
        return DayBudget(self.blobs, limit=limit, clock=lambda: self.now, write_seconds=3600)


def run(azurite: Azurite, days: int, work: Callable[[World], Awaitable[None]]) -> None:
    async def main() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(World(blobs, NOON + timedelta(days=days)))

    asyncio.run(main())


async def call(budget: DayBudget, expected: float, actual: float | None = None) -> None:
    """A call that is expected to cost something, and does."""
    async with budget.holding(expected):
        await asyncio.sleep(0)
        budget.spend(expected if actual is None else actual)


async def calls_until_it_is_spent(budgets: list[DayBudget], expected: float, actual: float, at_once: int) -> float:
    """The money that calls cost before all are refused, so many at a time."""
    spent = 0.0

    async def worker(budget: DayBudget) -> None:
        nonlocal spent
        while True:
            try:
                await call(budget, expected, actual)
            except Paused:
                return
            spent += actual

    await asyncio.gather(*(worker(budgets[number % len(budgets)]) for number in range(at_once)))
    return spent


def test_what_is_beyond_the_budget_is_paused_until_midnight(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        budget = world.budget()
        for _ in range(4):
            await call(budget, 0.25)
        with pytest.raises(Paused, match=r"today's budget of \$1.00 for models is spent \(BUDGET_PER_DAY\)") as raised:
            await call(budget, 0.25)

        assert raised.value.wait == 12 * 3600
        assert await budget.used() == pytest.approx(1.0)
        world.now += timedelta(days=1)
        await call(budget, 0.25)
        assert await budget.used() == pytest.approx(0.25)

    run(azurite, 100, work)  # and the day after


def test_many_at_once_on_two_instances_stay_within_it(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        spent = await calls_until_it_is_spent([world.budget(), world.budget()], 0.01, 0.01, at_once=12)

        assert 0.95 <= spent <= 1.0 + 1e-9
        assert await world.budget().used() <= 1.0 + 1e-9

    run(azurite, 2, work)


def test_it_is_passed_by_no_more_than_what_is_in_flight(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        spent = await calls_until_it_is_spent([world.budget()], expected=0.01, actual=0.03, at_once=6)

        assert spent + 0.03 >= 1.0
        assert spent <= 1.0 + 6 * 0.03

    run(azurite, 3, work)


def test_a_call_that_costs_less_leaves_the_rest(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        spent = await calls_until_it_is_spent([world.budget()], expected=0.2, actual=0.01, at_once=1)

        assert spent >= 0.8

    run(azurite, 4, work)


def test_a_call_that_fails_has_spent_nothing(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        budget = world.budget()
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                async with budget.holding(0.9):
                    raise ZeroDivisionError
        await budget.write()

        assert await world.budget().used() == pytest.approx(0)

    run(azurite, 5, work)


def test_an_instance_that_is_killed_gives_nothing_back(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        killed = world.budget()
        context = killed.holding(0.6)
        await context.__aenter__()
        killed.spend(0.6)  # and it is killed before anything is written

        with pytest.raises(Paused):
            await call(world.budget(), 0.5)
        await call(world.budget(), 0.4)

    run(azurite, 6, work)


def test_what_was_taken_and_not_spent_goes_back(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        one, other = world.budget(10.0), world.budget(10.0)
        await call(one, 0.01)
        assert await other.used() == pytest.approx(0.005)  # a portion
        await one.close()

        assert await other.used() == pytest.approx(0.001)

    run(azurite, 7, work)


def test_portions_spare_most_calls_the_way_to_storage(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(world: World) -> None:
        budget, writes = world.budget(100.0), 0
        write = budget._write

        async def counted(*arguments: Any) -> bool:
            nonlocal writes
            writes += 1
            return await write(*arguments)

        monkeypatch.setattr(budget, "_write", counted)
        for _ in range(1000):
            await call(budget, 0.0026)

        assert writes <= 7  # 2.60 in portions of 0.50

    run(azurite, 8, work)


def test_money_that_nobody_held_counts_and_is_never_refused(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        budget = world.budget()
        budget.spend(1.5)  # embeddings, which go on
        with pytest.raises(Paused):
            await call(budget, 0.01)
        await budget.write()

        assert await world.budget().used() == pytest.approx(1.5)

    run(azurite, 9, work)


def test_it_is_said_once_that_four_fifths_are_spent(azurite: Azurite, caplog: pytest.LogCaptureFixture) -> None:
    async def work(world: World) -> None:
        budget = world.budget()
        await call(budget, 0.79)
        assert not caplog.messages
        for _ in range(3):
            await call(budget, 0.05)
        assert len([each for each in caplog.messages if "of today's budget for models is spent" in each]) == 1

    run(azurite, 10, work)


def test_without_a_budget_nothing_is_held_or_written() -> None:
    async def main() -> None:
        async with BlobServiceClient(f"http://127.0.0.1:{free_port()}/a", retry_total=0) as blobs:
            budget = DayBudget(blobs, limit=0)
            await call(budget, 1000.0)
            assert await budget.used() == 0
            await budget.close()

    asyncio.run(main())


async def test_a_budget_that_cannot_be_read_is_not_spent() -> None:
    async with BlobServiceClient(f"http://127.0.0.1:{free_port()}/a", retry_total=0) as blobs:
        budget = DayBudget(blobs, limit=1)
        with pytest.raises(Outage):
            await call(budget, 0.1)
        assert budget._account(budget._today).held == 0


@pytest.mark.parametrize("number", range(3))
def test_a_damaged_page_is_begun_anew_with_what_is_known(
    number: int, azurite: Azurite, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(world: World) -> None:
        budget = world.budget()
        await call(budget, 0.9)
        name = f"budget/{world.now.date()}.json"
        damaged = [b"", b"{", b'{"taken": "much"}'][number]
        await world.blobs.get_blob_client(CONTAINER, name).upload_blob(damaged, overwrite=True)

        with pytest.raises(Paused):
            await call(budget, 0.2)

    run(azurite, 20 + number, work)
    assert "cannot be read; it begins anew" in caplog.text


def test_a_write_whose_answer_is_lost_takes_money_once(azurite: Azurite) -> None:
    async def main() -> None:
        async with losing_client(azurite, "photo-usage/budget") as (blobs, transport):
            world = World(blobs, NOON + timedelta(days=30))
            budget, other = world.budget(), world.budget()
            for number in range(3):
                transport.losses = 1
                await call(budget, 0.2)
                assert transport.lost == number + 1
                assert await other.used() == pytest.approx(0.2 * (number + 1))
            transport.losses = 1
            budget.spend(0.1)
            await budget.write()
            assert await other.used() == pytest.approx(0.7)

    asyncio.run(main())


def test_a_write_that_fails_and_was_made_takes_money_once(azurite: Azurite) -> None:
    async def main() -> None:
        async with losing_client(azurite, "photo-usage/budget", retries=0) as (blobs, transport):
            world = World(blobs, NOON + timedelta(days=31))
            budget, other = world.budget(), world.budget()
            budget.spend(0.3)
            transport.losses = 1
            with pytest.raises(Outage):
                await budget.write()
            assert await other.used() == pytest.approx(0.3)
            await call(budget, 0.2)
            assert await other.used() == pytest.approx(0.5)

            transport.losses = 1
            with pytest.raises(Outage):
                await call(budget, 0.1)
            await budget.write()  # it gives back what was held in vain
            assert await other.used() == pytest.approx(0.5)
            await budget.settle(world.now.date(), "a batch", 0.1)
            assert await other.used() == pytest.approx(0.6)

    asyncio.run(main())


@pytest.mark.parametrize("then", ["a call", "a correction"])
def test_a_write_that_arrives_after_it_was_looked_for_takes_money_once(azurite: Azurite, then: str) -> None:
    async def main() -> None:
        async with losing_client(azurite, "photo-usage/budget", retries=0) as (blobs, transport):
            world = World(blobs, NOON + timedelta(days=33 if then == "a call" else 34))
            budget, other = world.budget(), world.budget()
            await call(budget, 0.1)
            budget.spend(0.3)
            for _ in range(2):  # the second look finds the first write as little
                transport.delays = 1
                with pytest.raises(Outage):
                    await budget.write()
            assert await other.used() == pytest.approx(0.1)

            assert sorted(await transport.deliver()) == [201, 412]
            if then == "a call":
                await call(budget, 0.2)
            else:
                await budget.settle(world.now.date(), "a batch", 0.2)
            await budget.write()

            assert await other.used() == pytest.approx(0.6)
            await budget.write()
            assert await other.used() == pytest.approx(0.6)

    asyncio.run(main())


def test_a_correction_with_a_name_is_made_once(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        budget, other = world.budget(), world.budget()
        await call(budget, 0.5)
        day = world.now.date()
        for each in (budget, other, budget):
            await each.settle(day, "a batch", -0.2)
        await asyncio.gather(*(each.settle(day, "another", 0.1) for each in (budget, other)))

        assert await other.used() == pytest.approx(0.4)
        await call(other, 0.6)
        with pytest.raises(Paused):
            await call(budget, 0.1)

    run(azurite, 32, work)
