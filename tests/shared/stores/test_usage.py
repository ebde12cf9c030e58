"""The ledger of what models took, counted by instances apart, against Azurite."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.access.caller import Caller, acting_for
from shared.access.roles import Role
from shared.errors import Outage, Transient
from shared.model_reply import TokenUsage
from shared.prices import LISTED, PRICES
from shared.stores.usage import CONTAINER, UsageLedger
from shared.telemetry import spending_for, spending_of
from shared.telemetry.model_call import RecordedCall, recorded
from shared.usage import RANKER, Usage, UsageKey, grouped, total
from tests.machine import Azurite, free_port

TOKENS = TokenUsage(1000, 200, 50, cached=128, cache_written=0)
COST = PRICES["gpt-5-mini"].of(TOKENS)
ONE = Usage(1, 1000, 128, 0, 200, 50, COST, 0)
DAMAGED = [b"", b"{", b'{"lines": [1]}', b"\xff"]
PATIENCE = 45
ANNA, BEN = "anna-id", "key:ben"


class Clock:
    """What time it is for a ledger."""

    def __init__(self, day: date) -> None:
        self.now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class World:
    """Ledgers, as instances have them, that share a storage account and a clock."""

    def __init__(self, blobs: BlobServiceClient, day: date) -> None:
        self.blobs, self.day, self.clock = blobs, day, Clock(day)

    def ledger(self, seconds: float = 3600.0) -> UsageLedger:
        return UsageLedger(self.blobs, clock=self.clock, write_seconds=seconds)

    async def names(self) -> list[str]:
        container = self.blobs.get_container_client(CONTAINER)
        return [each async for each in container.list_blob_names(name_starts_with=f"{self.day}/")]

    def key(self, person: str = ANNA, purpose: str = "caption", model: str = "gpt-5-mini") -> UsageKey:
        return UsageKey(self.day, model, purpose, person)


def run(azurite: Azurite, day: date, work: Callable[[World], Awaitable[None]]) -> None:
    async def main() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            container = blobs.get_container_client(CONTAINER)
            if await container.exists():
                for name in [each async for each in container.list_blob_names()]:
                    await container.delete_blob(name)
            await work(World(blobs, day))

    asyncio.run(main())


def add(ledger: UsageLedger, person: str = ANNA, purpose: str = "caption", model: str = "gpt-5-mini") -> float | None:
    return ledger.add(model, TOKENS, purpose=purpose, person=person)


def test_what_all_instances_counted_is_added_up_by_model_purpose_and_person(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        one, other = world.ledger(), world.ledger()
        assert add(one) == add(one) == add(other) == COST
        add(other, BEN, "chat")
        assert add(one, BEN, model="my-deployment") is None
        await one.write()
        await other.write()

        by_key = await world.ledger().read(world.day, world.day)

        assert by_key[world.key()] == ONE + ONE + ONE
        assert by_key[world.key(BEN, "chat")] == ONE
        unpriced = by_key[world.key(BEN, model="my-deployment")]
        assert (unpriced.calls, unpriced.unpriced, unpriced.cost, unpriced.input) == (1, 1, 0, 1000)
        assert len(by_key) == 3

    run(azurite, date(2010, 1, 1), work)


def test_what_is_not_written_yet_is_read_by_the_instance_that_knows_it(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        one, other = world.ledger(), world.ledger()
        add(one)
        await one.write()
        add(one)

        assert (await one.read(world.day, world.day))[world.key()] == ONE + ONE
        assert (await other.read(world.day, world.day))[world.key()] == ONE

    run(azurite, date(2010, 1, 2), work)


def test_calls_wait_for_no_storage_and_many_are_one_write(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        ledger = world.ledger(seconds=0.2)
        for _ in range(500):
            add(ledger)
        assert await world.names() == []

        assert ledger._writer
        await asyncio.wait_for(ledger._writer, PATIENCE)
        assert (await world.ledger().read(world.day, world.day))[world.key()].calls == 500
        assert len(await world.names()) == 1

    run(azurite, date(2010, 1, 3), work)


def test_the_end_of_a_process_writes_what_is_left(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        ledger = world.ledger()
        add(ledger)
        await ledger.close()

        assert (await world.ledger().read(world.day, world.day))[world.key()] == ONE

    run(azurite, date(2010, 1, 4), work)


def test_days_that_are_over_are_merged_into_one_blob_and_say_the_same(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        for _ in range(5):
            ledger = world.ledger()
            add(ledger)
            await ledger.write()
        world.clock.now += timedelta(days=2)
        await world.ledger().merge_old_days()
        assert len(await world.names()) == 5  # somebody may still be counting

        world.clock.now += timedelta(days=1)
        await asyncio.gather(*(world.ledger().merge_old_days() for _ in range(4)))

        assert await world.names() == [f"{world.day}/merged.json"]
        assert (await world.ledger().read(world.day, world.day))[world.key()].calls == 5

    run(azurite, date(2010, 2, 1), work)


def test_a_merge_that_is_killed_before_it_has_deleted_counts_nothing_twice(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(world: World) -> None:
        for _ in range(3):
            ledger = world.ledger()
            add(ledger)
            await ledger.write()
        world.clock.now += timedelta(days=3)
        killed = world.ledger()

        async def no_delete(*_: object) -> None:
            raise Transient("killed")

        with monkeypatch.context() as patch:
            patch.setattr(killed._container, "delete_blob", no_delete)
            with pytest.raises(Transient):
                await killed.merge_old_days()
        assert len(await world.names()) == 4
        late = world.ledger()
        late._clock = Clock(world.day)  # an instance that slept meanwhile
        add(late)
        await late.write()
        assert (await world.ledger().read(world.day, world.day))[world.key()].calls == 4

        await world.ledger().merge_old_days()
        assert len(await world.names()) == 1
        assert (await world.ledger().read(world.day, world.day))[world.key()].calls == 4

    run(azurite, date(2010, 3, 1), work)


@pytest.mark.parametrize("damaged", DAMAGED)
def test_a_page_that_cannot_be_read_costs_nobody_the_others(
    damaged: bytes, azurite: Azurite, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(world: World) -> None:
        ledger = world.ledger()
        add(ledger)
        await ledger.write()
        name = f"{world.day}/damaged.json"
        await world.blobs.get_blob_client(CONTAINER, name).upload_blob(damaged, overwrite=True)

        assert (await world.ledger().read(world.day, world.day))[world.key()] == ONE

    run(azurite, date(2010, 4, 1 + DAMAGED.index(damaged)), work)
    assert "cannot be read" in caplog.text


async def test_storage_that_is_away_costs_no_call_and_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async with BlobServiceClient(f"http://127.0.0.1:{free_port()}/a", retry_total=0) as blobs:
        ledger = UsageLedger(blobs, write_seconds=3600)
        assert add(ledger) == COST
        with pytest.raises(Outage):
            await ledger.write()
        assert ledger._unwritten
        await ledger.close()
    assert "could not write down what models took" in caplog.text


def test_a_call_is_counted_for_who_has_begun_it_whoever_reads_its_stream(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        ledger = world.ledger()
        with acting_for(Caller("Anna", Role.VIEWER, ANNA)):
            stream = RecordedCall("chat", "gpt-5-mini", ledger, usually="chat")
            with spending_for("look"), recorded("chat", "gpt-5-mini", ledger) as look:
                look.add(TOKENS)
        with spending_for("caption"), spending_of(BEN), recorded("chat", "gpt-5-mini", ledger) as caption:
            caption.add(TOKENS)
        stream.add(TOKENS)
        stream.end()
        ledger.add_ranking()

        by_key = await ledger.read(world.day, world.day)

        assert by_key[world.key(ANNA, "chat")] == by_key[world.key(ANNA, "look")] == by_key[world.key(BEN)] == ONE
        assert by_key[world.key("the app", "search", RANKER)] == Usage(calls=1)

    run(azurite, date(2010, 5, 1), work)


def test_usage_is_grouped_with_the_dearest_first() -> None:
    day = date(2010, 6, 1)
    by_key = {
        UsageKey(day, "a", "chat", ANNA): Usage(1, cost=1),
        UsageKey(day, "a", "caption", BEN): Usage(1, cost=2),
        UsageKey(day + timedelta(1), "b", "chat", ANNA): Usage(2, cost=5),
        UsageKey(day, "b", "chat", ANNA, "EUR"): Usage(1, cost=9),
    }

    assert [(key.model, key.currency, usage.cost) for key, usage in grouped(by_key, "model")] == [
        ("b", "EUR", 9),
        ("b", "USD", 5),
        ("a", "USD", 3),
    ]
    assert [(key.day, usage.calls) for key, usage in grouped(by_key, "day")] == [
        (day, 1),
        (day, 2),
        (day + timedelta(1), 2),
    ]
    assert total(by_key.values()).calls == 5
    assert LISTED.of("a") is None


def test_the_calls_of_a_batch_are_counted_once_however_often_they_are_written(azurite: Azurite) -> None:
    async def work(world: World) -> None:
        async def write(ledger: UsageLedger) -> float | None:
            return await ledger.write_batch(
                "a" * 32, world.day, "gpt-5-mini", TOKENS, purpose="caption", calls=3, share=0.5
            )

        assert await write(world.ledger()) == await write(world.ledger()) == COST / 2
        add(ledger := world.ledger())
        await ledger.write()
        half = Usage(3, 1000, 128, 0, 200, 50, COST / 2)
        by_key = await ledger.read(world.day, world.day)
        assert by_key[world.key("the app")] == half
        assert by_key[world.key()] == ONE

        world.clock.now += timedelta(days=3)
        await world.ledger().merge_old_days()
        await write(world.ledger())  # late, by somebody who slept
        assert (await world.ledger().read(world.day, world.day))[world.key("the app")] == half
        await world.ledger().merge_old_days()
        assert await world.names() == [f"{world.day}/merged.json"]
        assert (await world.ledger().read(world.day, world.day))[world.key("the app")] == half

    run(azurite, date(2010, 7, 1), work)


def test_what_comes_while_a_day_is_merged_is_counted_once(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(world: World) -> None:
        for _ in range(2):
            add(ledger := world.ledger())
            await ledger.write()
        late, clock = world.ledger(), Clock(world.day)
        late._clock = clock
        add(late)
        world.clock.now += timedelta(days=3)
        merger = world.ledger()
        parts = merger._parts

        async def parts_then_late(prefix: str = "") -> list[str]:
            names = await parts(prefix)
            await late.write()  # right after the first listing
            return names

        monkeypatch.setattr(merger, "_parts", parts_then_late)
        await merger.merge_old_days()

        assert (await world.ledger().read(world.day, world.day))[world.key()].calls == 3
        await world.ledger().merge_old_days()
        assert (await world.ledger().read(world.day, world.day))[world.key()].calls == 3
        assert await world.names() == [f"{world.day}/merged.json"]

    run(azurite, date(2010, 8, 1), work)


def test_a_day_that_is_merged_while_it_is_read_is_read_whole(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(world: World) -> None:
        for _ in range(3):
            add(ledger := world.ledger())
            await ledger.write()
        world.clock.now += timedelta(days=3)
        for step in ("_parts", "_page"):
            reader = world.ledger()
            original = getattr(reader, step)

            async def merge_first(*arguments: str, original: Callable[..., Awaitable[Any]] = original) -> Any:
                answer = await original(*arguments)
                await world.ledger().merge_old_days()
                return answer

            monkeypatch.setattr(reader, step, merge_first)
            assert (await reader.read(world.day, world.day))[world.key()].calls == 3

    run(azurite, date(2010, 9, 1), work)
