"""Photos described in batches: the real SDKs, the models' stand-in and Azurite; the rest lives in memory."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openai import AsyncOpenAI

from ingest.batch_captions import request_file, run
from ingest.batch_captions.answers import tend_batches
from ingest.batch_captions.missing import hold_missing
from ingest.caption_once import FOR_ALL_SUFFIX
from ingest.image import sha256_hex
from ingest.pipeline import ingest
from ingest.recaption import stale_paths
from ingest.reconcile import reconcile
from shared.access.in_force import RulesInForce, put_rules_in_force
from shared.access.rules import Rule, Rules
from shared.errors import Conflict, SettingsError
from shared.models.batches import ModelBatches
from shared.models.wire import http_client
from shared.photo import photo_id
from shared.stores.budget import DayBudget
from shared.stores.caption_batches import CaptionBatch
from shared.stores.failures import Failure
from shared.stores.tickets import Ticket
from shared.stores.usage import UsageLedger
from tests.ingest.batch_captions.batch_world import NAMES, Killed
from tests.ingest.fakes import jpeg
from tests.local.models.stand_in import VISION
from tests.machine import eventually


async def test_what_is_missing_is_described_by_one_plain_call_and_a_batch(world_of: Any) -> None:
    async with world_of() as world:
        await world.backlog()

        assert (world.calls("vision"), world.calls("batched")) == (1, 11)
        assert sorted(world.fakes.tickets.names) == NAMES
        await world.work_off()
        world.assert_searchable(NAMES)
        assert (world.calls("vision"), world.calls("batched")) == (1, 11)
        spent = world.spent()
        assert spent.captions == 12
        assert spent.tokens == sum(each["usage"]["total_tokens"] for each in world.stand_in.logged_requests())
        [batch] = await world.ended()
        assert (batch.result.status, batch.result.kept, batch.captions) == ("completed", 11, ())
        assert world.said[0] == "11 captions are ordered as a batch"
        assert "11 captions kept; " in world.said[1]
        assert not list(world.stand_in.client.files.list())


async def test_photos_that_wait_for_a_batch_are_held_and_queued_by_nothing_else(world_of: Any) -> None:
    async with world_of() as world:
        world.fakes.storage.put("bad.jpg", b"no photo")
        failure = Failure.of(Ticket("bad.jpg"), "not an image")
        await world.context.failures.write(failure)
        world.stand_in.inject_fault("latency", "batch", seconds=3600, count=1)
        names = await hold_missing(world.context)
        assert names == NAMES

        await world.run(names, holds=True, waits=False)

        held = world.fakes.failures.records[photo_id(NAMES[5])]
        assert held.is_held
        assert held.digest == sha256_hex(jpeg(5))
        assert held.next_attempt_at > datetime.now(UTC).isoformat()
        world.fakes.tickets.sent.clear()  # that of the first
        assert (await reconcile(world.context, grace=timedelta())).queued == 0
        assert not world.fakes.tickets.sent
        await tend_batches(world.context)
        assert not await world.ended()


async def test_what_fails_or_is_no_description_is_left_to_ordinary_attempts(world_of: Any) -> None:
    async with world_of() as world:
        world.stand_in.inject_fault("content_filter", "batched", count=2)
        world.stand_in.inject_fault("truncated", "batched", count=1)
        world.stand_in.inject_fault("malformed", "batched", count=1)

        await world.backlog()

        [batch] = await world.ended()
        assert (batch.result.kept, batch.result.failed) == (7, 4)
        assert world.spent().captions == 8  # what was not made is not counted
        assert world.calls("vision") == 1
        await world.work_off()
        world.assert_searchable(NAMES)
        assert world.calls("vision") == 5


@pytest.mark.parametrize("kind", ["expired", "cancelled"])
async def test_what_was_done_before_a_batch_was_stopped_is_kept(world_of: Any, kind: str) -> None:
    async with world_of() as world:
        world.stand_in.inject_fault(kind, "batch", count=1)

        await world.backlog()

        [batch] = await world.ended()
        assert (batch.result.status, batch.result.kept, batch.result.failed) == (kind, 5, 6)
        assert f"ended as {kind}" in world.said[-1]
        await world.work_off()
        world.assert_searchable(NAMES)
        assert (world.calls("vision"), world.calls("batched")) == (7, 5)


async def test_a_batch_that_the_server_has_lost_is_left_to_ordinary_attempts(world_of: Any) -> None:
    async with world_of() as world:
        await world.run(NAMES, waits=False)
        [batch] = await world.store.all()
        await world.store.write(replace(batch, batch_id="batch_gone"))

        await tend_batches(world.context)

        [batch] = await world.ended()
        assert batch.result.failed == 11
        assert set(NAMES) <= set(world.fakes.tickets.names)


async def test_a_batch_whose_answers_the_server_has_lost_is_left_to_ordinary_attempts(world_of: Any) -> None:
    async with world_of() as world:
        await world.run(NAMES, waits=False)
        await world.until_ended(tends=False)
        [batch] = await world.store.all()
        progress = await world.context.model_batches.progress(batch.batch_id)
        world.stand_in.client.files.delete(progress.output_file)

        await tend_batches(world.context)

        [batch] = await world.ended()
        assert not batch.is_open
        assert (batch.result.status, batch.result.kept, batch.result.failed) == ("completed", 0, 11)
        assert "does not know the answers" in batch.result.reason
        assert set(NAMES) <= set(world.fakes.tickets.names)
        assert world.spent().captions == 1  # what was not made is not counted


async def test_a_batch_that_there_is_no_room_for_is_ordered_again_later(world_of: Any) -> None:
    async with world_of() as world:
        world.stand_in.inject_fault("failed", "batch", count=1)
        await world.run(NAMES, waits=False)

        async def assert_postponed() -> CaptionBatch:
            await tend_batches(world.context)
            batch: CaptionBatch
            [batch] = await world.store.all()
            assert (batch.batch_id, batch.refusals, len(batch.captions)) == ("", 1, 11)
            return batch

        waiting = await eventually(assert_postponed, timeout=45)
        await tend_batches(world.context)
        assert await world.store.all() == [waiting]  # not yet

        await world.store.write(replace(waiting, not_before=datetime.now(UTC)))
        await world.run(NAMES)

        [batch] = await world.ended()
        assert batch.result.kept == 11
        assert world.calls("batched") == 11
        assert world.spent().captions == 12


async def test_a_batch_that_is_refused_is_left_to_ordinary_attempts(
    world_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world_of() as world:
        batches = world.context.model_batches
        monkeypatch.setattr(batches, "_endpoint", lambda api: "/v1/no/such")

        await world.run(NAMES)

        [batch] = await world.ended()
        assert (batch.result.status, batch.result.failed) == ("failed", 11)
        assert sorted(world.fakes.tickets.names) == NAMES
        assert world.spent().captions == 1


async def test_what_failed_in_a_batch_that_ended_meanwhile_is_not_ordered_again(world_of: Any) -> None:
    async with world_of() as world:
        world.stand_in.inject_fault("expired", "batch", count=1)
        await world.run(NAMES, waits=False)
        [batch] = await world.store.all()

        async def assert_ended() -> None:
            assert (await world.context.model_batches.progress(batch.batch_id)).has_ended

        await eventually(assert_ended, timeout=45)
        await world.run(NAMES)

        assert len(await world.store.all()) == 1
        assert (world.calls("vision"), world.calls("batched")) == (1, 5)


@pytest.mark.parametrize("when", ["before it is ordered", "before its name is written down"])
async def test_a_run_that_is_killed_orders_nothing_twice(
    world_of: Any, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world_of() as world:
        write, batches = world.store.write, world.context.model_batches

        async def kill(*_: Any, **__: Any) -> Any:
            raise Killed

        async def write_once(batch: CaptionBatch) -> None:
            if batch.batch_id:
                raise Killed
            await write(batch)

        with monkeypatch.context() as patch:
            if when == "before it is ordered":
                patch.setattr(batches, "create", kill)
            else:
                patch.setattr(world.store, "write", write_once)
            with pytest.raises(Killed):
                await world.run(NAMES)
        [left] = await world.store.all()
        assert (left.batch_id, len(left.captions)) == ("", 11)

        await world.run(NAMES)

        assert [each.id for each in await world.ended()] == [left.id]
        assert (world.calls("vision"), world.calls("batched")) == (1, 11)
        assert world.spent().captions == 12


async def test_answers_that_were_kept_half_are_kept_once(world_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world_of() as world:
        write = world.store.write

        async def write_no_end(batch: CaptionBatch) -> None:
            if batch.result:
                raise Killed
            await write(batch)

        with monkeypatch.context() as patch:
            patch.setattr(world.store, "write", write_no_end)
            with pytest.raises(Killed):
                await world.run(NAMES)
        texts = dict(world.fakes.descriptions.texts)

        await world.run(NAMES)

        assert world.fakes.descriptions.texts == texts
        [batch] = await world.ended()
        assert (batch.result.kept, batch.result.dropped) == (11, 0)
        assert world.spent().captions == 12


async def test_a_photo_that_a_person_brings_meanwhile_is_described_at_once_and_the_answer_dropped(
    world_of: Any,
) -> None:
    async with world_of() as world:
        await world.run(NAMES, waits=False)
        world.fakes.storage.put("by a person.jpg", jpeg(7))

        photo = await ingest("by a person.jpg", world.context)

        assert photo
        assert world.calls("vision") == 2
        kept = world.fakes.descriptions.texts[sha256_hex(jpeg(7)), world.context.recipe]
        await world.run(NAMES)
        [batch] = await world.ended()
        assert (batch.result.kept, batch.result.dropped) == (10, 1)
        assert world.fakes.descriptions.texts[sha256_hex(jpeg(7)), world.context.recipe] == kept


async def test_nothing_is_kept_of_a_photo_that_was_deleted_meanwhile(world_of: Any) -> None:
    async with world_of() as world:
        await world.run(NAMES, waits=False)
        await world.fakes.storage.delete(NAMES[3])

        await world.run(NAMES)

        assert (sha256_hex(jpeg(3)), world.context.recipe) not in world.fakes.descriptions.texts
        await world.work_off()
        world.assert_searchable([each for each in NAMES if each != NAMES[3]])


async def test_photos_of_the_same_bytes_are_asked_about_once(world_of: Any) -> None:
    async with world_of(2) as world:
        copies = ["copy.jpg", "other copy.jpg"]
        for each in copies:
            world.fakes.storage.put(each, jpeg(1))

        await world.run([*NAMES[:2], *copies], waits=False)
        [batch] = await world.store.all()
        assert [each.names for each in batch.captions] == [(NAMES[1], *copies)]
        world.fakes.storage.put("late copy.jpg", jpeg(1))
        await world.run([*NAMES[:2], *copies, "late copy.jpg"])

        assert world.calls("batched") == 1
        await world.work_off()
        world.assert_searchable([*NAMES[:2], *copies, "late copy.jpg"])
        assert (world.calls("vision"), world.calls("batched")) == (1, 1)


async def test_a_copy_that_others_see_is_described_without_the_path_of_the_first(world_of: Any) -> None:
    async with world_of(1) as world:
        rules = Rule(("everyone",), folder=""), Rule(("group:staff",), folder="secret")
        put_rules_in_force(RulesInForce(Rules(rules)))
        for each in ("open/a.jpg", "open/b.jpg", "secret/a.jpg"):
            world.fakes.storage.put(each, jpeg(1))

        await world.run([NAMES[0], "open/a.jpg", "open/b.jpg", "secret/a.jpg"])

        recipe, digest = world.context.recipe, sha256_hex(jpeg(1))
        assert {key for key in world.fakes.descriptions.texts if key[0] == digest} == {
            (digest, recipe),
            (digest, recipe + FOR_ALL_SUFFIX),
        }
        assert world.calls("batched") == 2


async def test_the_days_captions_end_a_run_and_another_day_goes_on(world_of: Any) -> None:
    async with world_of(CAPTIONS_PER_DAY="5") as world:
        await world.run(NAMES)

        assert world.spent().captions == 5
        assert (world.calls("vision"), world.calls("batched")) == (1, 4)
        assert "CAPTIONS_PER_DAY" in " ".join(world.said)
        world.fakes.spending.days.clear()
        await world.run(NAMES)
        assert world.calls("batched") == 8


async def test_a_batch_has_at_most_so_many_photos_and_bytes(world_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world_of() as world:
        monkeypatch.setattr(run, "MAX_PHOTOS", 4)
        await world.run(NAMES)
        assert sorted(each.result.kept for each in await world.ended()) == [3, 4, 4]

    async with world_of() as world:
        monkeypatch.setattr(request_file, "MAX_BYTES", 25_000)
        await world.run(NAMES)
        batches = await world.ended()
        assert 2 < len(batches) < 11
        assert sum(each.result.kept for each in batches) == 11

    async with world_of() as world:
        monkeypatch.setattr(request_file, "MAX_BYTES", 100)
        await world.run(NAMES)
        assert not await world.store.all()
        assert sorted(world.fakes.tickets.names) == NAMES


async def test_recaptioned_photos_get_what_the_batch_says_in_the_recipe_of_the_caption_model(world_of: Any) -> None:
    async with world_of() as world:
        await world.run(NAMES)
        await world.work_off()
        world.context.settings = world.context.settings.model_copy(update={"caption_language": "de"})
        assert await stale_paths(world.context) == NAMES

        await world.run(await stale_paths(world.context))

        await world.work_off()
        world.assert_searchable(NAMES)
        assert {each.caption_language for each in world.fakes.index.photos.values()} == {"de"}
        assert not await stale_paths(world.context)
        assert (world.calls("vision"), world.calls("batched")) == (2, 22)


async def test_what_the_model_refuses_is_learnt_from_the_first_photo(world_of: Any) -> None:
    async with world_of(3) as world:
        world.stand_in.http.post("/__options", json={"as": "gpt-5-mini"})

        await world.run(NAMES[:3])

        assert sum(each.result.kept for each in await world.ended()) == 2


async def test_a_run_gives_way_to_another_and_needs_a_model(world_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world_of() as world:
        monkeypatch.setattr(run, "LOCK_PATIENCE", 0.5)
        async with world.store.lock():
            with pytest.raises(Conflict, match="another run"):
                await world.run(NAMES)
            await tend_batches(world.context)
        assert not await world.store.all()

        world.context.settings = world.context.settings.model_copy(update={"batch_model": ""})
        with pytest.raises(SettingsError, match="BATCH_MODEL"):
            await world.run(NAMES)


async def test_a_server_without_batches_is_named(world_of: Any) -> None:
    async with world_of() as world:
        client = AsyncOpenAI(
            base_url=f"{world.stand_in.url}/none/v1", api_key="any", max_retries=0, http_client=http_client()
        )
        world.context.model_batches = ModelBatches(client, base_url="")
        try:
            with pytest.raises(SettingsError, match="no Batch API"):
                await world.run(NAMES)
        finally:
            await client.close()


async def test_what_came_of_a_batch_is_kept_for_a_week(world_of: Any) -> None:
    async with world_of() as world:
        await world.run(NAMES)
        await tend_batches(world.context)
        [batch] = await world.ended()
        await world.store.write(replace(batch, made_at="2026-01-01T00:00:00Z"))

        await tend_batches(world.context)

        assert not await world.store.all()


async def test_a_batch_counts_half_the_price_and_nothing_twice_against_a_budget(world_of: Any) -> None:
    prices = json.dumps({VISION: {"input": 1, "output": 2}, "embedding": {"input": 0}})
    async with world_of(PRICES=prices) as world:
        ledger = UsageLedger(world.account, prices=world.fakes.context.settings.prices)
        world.fakes.context.usage = ledger

        await world.backlog()

        today = datetime.now(UTC).date()
        [(key, usage)] = (await ledger.read(today, today)).items()
        [batch] = await world.ended()
        tokens = batch.result.prompt_tokens + 2 * batch.result.completion_tokens
        assert (key.model, key.purpose, usage.calls) == (VISION, "caption", 11)
        assert usage.cost == pytest.approx(tokens / 2 / 1_000_000)


async def test_a_batch_is_not_sent_that_the_budget_of_the_day_has_no_room_for(world_of: Any) -> None:
    prices = json.dumps({VISION: {"input": 1000, "output": 1000}, "embedding": {"input": 0}})
    async with world_of(PRICES=prices) as world:
        context = world.fakes.context
        context.budget = DayBudget(world.account, limit=5.0, prices=context.settings.prices)

        await world.backlog()

        assert (world.calls("vision"), world.calls("batched")) == (1, 0)  # the first, by which the model is tried
        assert not await world.store.all()
        assert not list(world.stand_in.client.files.list())
