"""What a batch took is counted once, whatever is killed when, and in place of what was expected."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.batch_captions.answers import tend_batches
from shared import telemetry
from shared.stores.budget import DayBudget
from shared.stores.caption_batches import CaptionBatch
from shared.stores.spending import SpendingCounter
from shared.stores.usage import UsageLedger
from shared.usage import total
from tests.exported import Exported
from tests.ingest.batch_captions.batch_world import NAMES, BatchWorld, Killed
from tests.local.models.stand_in import VISION

LIMIT = 100.0
PRICES = json.dumps({VISION: {"input": 1000, "output": 2000}, "embedding": {"input": 0}})
# What is written when a batch has ended, in this order.
STEPS = ["the end", "the ledger", "the budget", "spending", "the files", "that it is booked"]


def begin_process(world: BatchWorld) -> None:
    """The counters of another process, which has counted nothing yet."""
    context: Any = world.context
    context.spending = SpendingCounter(world.account)
    context.budget = DayBudget(world.account, limit=LIMIT, prices=context.settings.prices, write_seconds=3600)
    context.usage = UsageLedger(world.account, prices=context.settings.prices, write_seconds=3600)


async def end_process(world: BatchWorld) -> None:
    context: Any = world.context
    for each in (context.usage, context.budget, context.spending):
        await each.close()


@pytest.fixture
def priced(world_of: Any) -> Callable[..., Any]:
    @asynccontextmanager
    async def world() -> AsyncIterator[BatchWorld]:
        async with world_of(PRICES=PRICES) as world:
            begin_process(world)
            yield world

    return world


async def order(world: BatchWorld) -> CaptionBatch:
    """A batch that is under way, and a process that has ended."""
    world.stand_in.inject_fault("content_filter", "batched", count=2)
    await world.run(NAMES, waits=False)
    await end_process(world)
    begin_process(world)
    await world.until_ended(tends=False)
    batch: CaptionBatch
    [batch] = await world.store.all()
    return batch


async def assert_counted(world: BatchWorld, captions: int = 10) -> float:
    """Everything is counted once; the cost of the batch."""
    context: Any = world.context
    [batch] = await world.ended()
    assert batch.result
    assert (batch.result.kept, batch.result.failed, batch.is_open) == (9, 2, False)
    logged = [each for each in world.stand_in.logged_requests() if each["on"] == "batched"]
    tokens = [each["usage"] for each in logged if each["usage"]]
    cost: float = sum(each["prompt_tokens"] + 2 * each["completion_tokens"] for each in tokens) / 2000
    today = datetime.now(UTC).date()
    usage = total((await context.usage.read(today, today)).values())
    assert usage.calls == 9
    assert usage.cost == pytest.approx(cost)
    days = [await context.spending.total(day) for day in (today, today - timedelta(days=1))]
    assert days[0].captions == captions
    logged = [each["usage"] for each in world.stand_in.logged_requests() if each["usage"]]
    assert sum(each.tokens for each in days) == sum(each["total_tokens"] for each in logged)
    assert not list(world.stand_in.client.files.list())
    return cost


def target(world: BatchWorld, step: str) -> tuple[Any, str, Callable[..., bool]]:
    """What writes in a step, and whether a call is that of the step."""
    context: Any = world.context

    def always(*_: Any) -> bool:
        return True

    return {
        "the end": (world.store, "write", lambda batch: batch.result and batch.result.is_to_book),
        "the ledger": (context.usage, "write_batch", always),
        "the budget": (context.budget, "settle", always),
        "spending": (context.spending, "add", always),
        "the files": (context.model_batches, "delete_file", always),
        "that it is booked": (world.store, "write", lambda batch: batch.result and not batch.result.is_to_book),
    }[step]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_kill_at_any_write_counts_nothing_twice_and_nothing_never(
    step: str, when: str, priced: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with priced() as world:
        await order(world)
        on, name, is_step = target(world, step)
        write: Callable[..., Awaitable[Any]] = getattr(on, name)

        async def kill(*arguments: Any, **options: Any) -> Any:
            if not is_step(*arguments):
                return await write(*arguments, **options)
            if when == "after":
                await write(*arguments, **options)
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(on, name, kill)
            with pytest.raises(Killed):
                await world.run([])
        begin_process(world)

        await world.run([])
        await tend_batches(world.context)

        cost = await assert_counted(world)
        context: Any = world.context
        assert await context.budget.used() == pytest.approx(cost / LIMIT)


@pytest.mark.parametrize(("expected", "day"), [(50.0, "today"), (0.01, "today"), (50.0, "before"), (0.01, "before")])
async def test_what_was_expected_gives_way_to_what_it_took(expected: float, day: str, priced: Any) -> None:
    async with priced() as world:
        context: Any = world.context
        batch = await order(world)
        today = datetime.now(UTC).date()
        ordered_on = today if day == "today" else today - timedelta(days=1)
        already = await context.budget.used() * LIMIT  # for this batch
        assert already == pytest.approx(batch.expected_cost)
        await world.store.write(replace(batch, expected_cost=expected, day=ordered_on.isoformat()))

        await tend_batches(context)

        cost = await assert_counted(world, captions=10 if day == "today" else 12)
        difference = cost - expected
        counted = difference if difference > 0 or day == "today" else 0.0  # what was too much yesterday is lost
        assert await context.budget.used() * LIMIT == pytest.approx(max(0.0, already + counted))
        assert (await context.spending.total(ordered_on)).captions == (10 if day == "today" else -2)


async def test_a_batch_is_in_the_metrics_at_half_the_price(priced: Any, exported: Exported) -> None:
    async with priced() as world:
        await order(world)

        await world.run([])

        cost = await assert_counted(world)
        telemetry.close()
        [first] = [each["usage"] for each in world.stand_in.logged_requests() if each["on"] == "vision"]
        [batch] = await world.ended()
        kinds = {
            "input": batch.result.prompt_tokens + first["prompt_tokens"],
            "output": batch.result.completion_tokens + first["completion_tokens"],
        }
        assert exported.value("model.cost", model=VISION, purpose="caption") == pytest.approx(cost)
        for kind, tokens in kinds.items():
            labels = {"gen_ai__token__type": kind, "gen_ai__request__model": VISION, "purpose": "caption"}
            assert exported.value("gen_ai.client.token.usage", **labels) == tokens > 0


async def test_a_price_that_is_not_known_is_counted_as_such(world_of: Any) -> None:
    async with world_of() as world:
        world.context.usage = UsageLedger(world.account, write_seconds=3600)
        today = datetime.now(UTC).date()
        before = total((await world.context.usage.read(today, today)).values()).unpriced

        await world.run(NAMES)

        after = total((await world.context.usage.read(today, today)).values())
        assert after.unpriced - before == 11
