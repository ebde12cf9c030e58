"""A folder that is imported to be described in batches: the app, which sees each file arrive, leaves it to them."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest import import_command, retries
from ingest.batch_hold import HELD_FOR
from ingest.pipeline import ingest
from ingest.reconcile import reconcile
from shared.errors import Outage, SettingsError
from shared.photo import photo_id
from shared.stores.failures import LONGEST_BACKLOG
from tests.ingest.batch_captions.batch_world import NAMES, BatchWorld, Killed
from tests.ingest.fakes import jpeg


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(jpeg(number))
    (tmp_path / f"{NAMES[3]}.xmp").write_text("<x/>")
    return tmp_path


@pytest.fixture
def empty(world_of: Any) -> Callable[..., Any]:
    @asynccontextmanager
    async def world(**settings: str) -> AsyncIterator[BatchWorld]:
        """A library that is empty, whose app is told of each file as soon as that is there."""
        async with world_of(0, **settings) as world:
            upload = world.fakes.storage.upload

            async def upload_and_arrive(name: str, *arguments: Any, **options: Any) -> Any:
                info = await upload(name, *arguments, **options)
                await ingest(name, world.context, arrives=True)
                return info

            world.fakes.storage.upload = upload_and_arrive
            yield world

    return world


def make_overdue(world: BatchWorld) -> None:
    """Let a day pass, and what reconcile has of patience."""
    for id_, each in world.fakes.failures.records.items():
        due = datetime.fromisoformat(str(each.next_attempt_at)) - HELD_FOR - LONGEST_BACKLOG - timedelta(minutes=1)
        world.fakes.failures.records[id_] = replace(each, next_attempt_at=due.isoformat())


async def run(world: BatchWorld, folder: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    import_command.add_options(parser)
    arguments = parser.parse_args([str(folder), "--batch", *words])
    return await import_command.run_import(arguments, world.context, world.said.append, lambda: None)


async def test_what_is_imported_is_described_by_batch_though_the_app_sees_it_arrive(
    empty: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with empty() as world:
        world.stand_in.inject_fault("content_filter", "batched", count=2)

        assert await run(world, folder, "--no-wait") == 0

        await world.work_off()  # the first
        for name in NAMES:
            await ingest(name, world.context)  # whatever else asks for it
        assert world.calls("vision") == 1
        assert (await reconcile(world.context, grace=timedelta())).queued == 0
        await world.until_ended()
        await world.work_off()
        world.assert_searchable(NAMES)
        assert (world.calls("vision"), world.calls("batched")) == (3, 11)
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "13 uploaded, 0 unchanged, 0 skipped"
        assert lines[1].startswith("12 photos by batch take about ")
        assert lines[2] == "11 captions are ordered as a batch"


async def test_an_import_that_is_killed_goes_on_when_it_is_run_again(
    empty: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with empty() as world:
        upload, uploaded = world.fakes.storage.upload, list[str]()

        async def killed_after_some(name: str, *arguments: Any, **options: Any) -> Any:
            if len(uploaded) == 7:
                raise Killed
            uploaded.append(name)
            return await upload(name, *arguments, **options)

        async def killed(*_: Any) -> Any:
            raise Killed

        before = asyncio.all_tasks()
        with monkeypatch.context() as patch:
            patch.setattr(world.fakes.storage, "upload", killed_after_some)
            with pytest.raises(Killed):
                await run(world, folder, "--no-wait")
            await asyncio.gather(*(asyncio.all_tasks() - before), return_exceptions=True)  # all of them end there
        assert len(world.fakes.storage.blobs) == 7
        with monkeypatch.context() as patch:
            patch.setattr(world.context.model_batches, "upload", killed)
            with pytest.raises(Killed):
                await run(world, folder, "--no-wait")

        assert await run(world, folder, "--no-wait") == 0

        await world.until_ended()
        await world.work_off()
        world.assert_searchable(NAMES)
        assert (world.calls("vision"), world.calls("batched")) == (2, 10)  # the first of each run that orders


async def test_two_imports_of_a_folder_at_once_have_it_described_by_batch(empty: Any, folder: Path) -> None:
    async with empty() as world:
        await asyncio.gather(run(world, folder, "--no-wait"), run(world, folder, "--no-wait"))

        await world.until_ended()
        await world.work_off()
        world.assert_searchable(NAMES)
        assert world.calls("vision") + world.calls("batched") == 12
        assert world.calls("vision") <= 2


async def test_a_photo_that_nobody_has_described_in_a_batch_is_described_after_a_day(empty: Any, folder: Path) -> None:
    async with empty() as world:
        world.stand_in.inject_fault("latency", "batch", seconds=3600, count=1)
        await run(world, folder, "--no-wait")
        await world.work_off()
        make_overdue(world)
        for name, (info, data) in world.fakes.storage.blobs.items():
            world.fakes.storage.blobs[name] = replace(info, last_modified=datetime(2026, 1, 1, tzinfo=UTC)), data

        assert (await reconcile(world.context, grace=timedelta())).queued == 11

        await world.work_off()
        world.assert_searchable(NAMES)
        assert world.calls("vision") == 12


async def test_who_cannot_wait_has_a_photo_tried_at_once(empty: Any, folder: Path) -> None:
    async with empty() as world:
        world.stand_in.inject_fault("latency", "batch", seconds=3600, count=1)
        await run(world, folder, "--no-wait")
        await world.work_off()
        held = await world.context.failures.read(photo_id(NAMES[5]))

        await retries.retry(held, tickets=world.context.tickets, failures=world.context.failures)

        await world.work_off()
        assert photo_id(NAMES[5]) in world.fakes.index.photos
        assert world.calls("vision") == 2


async def test_a_photo_that_a_killed_import_did_not_replace_is_not_retried_for_good(
    empty: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with empty() as world:
        world.fakes.storage.put(NAMES[0], jpeg(99))
        await ingest(NAMES[0], world.context)

        async def killed(*_: Any, **__: Any) -> Any:
            raise Killed

        before = asyncio.all_tasks()
        with monkeypatch.context() as patch:
            patch.setattr(world.fakes.storage, "upload", killed)
            with pytest.raises(Killed):
                await run(world, folder, "--no-wait", "--replace")
            await asyncio.gather(*(asyncio.all_tasks() - before), return_exceptions=True)
        assert world.fakes.failures.records[photo_id(NAMES[0])].is_held
        make_overdue(world)

        await reconcile(world.context, grace=timedelta())

        world.assert_searchable([NAMES[0]])


async def test_what_cannot_be_uploaded_is_not_held(empty: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with empty() as world:
        upload = world.fakes.storage.upload

        async def fail(name: str, *arguments: Any, **options: Any) -> Any:
            if name == NAMES[2]:
                raise Outage("storage is away")
            return await upload(name, *arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(world.fakes.storage, "upload", fail)
            assert await run(world, folder, "--no-wait") == 1

        assert photo_id(NAMES[2]) not in world.fakes.failures.records


async def test_nothing_is_uploaded_where_no_model_is_named(empty: Any, folder: Path) -> None:
    async with empty(BATCH_MODEL="") as world:
        with pytest.raises(SettingsError, match="BATCH_MODEL"):
            await run(world, folder)

        assert not world.fakes.storage.blobs


async def test_a_dry_run_says_what_it_takes_both_ways(
    empty: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with empty() as world:
        assert await run(world, folder, "--dry-run") == 0

        plain, batch = capsys.readouterr().out.splitlines()
        assert plain.startswith("12 photos with ")
        assert batch.startswith("12 photos by batch take about ")
        assert not world.fakes.storage.blobs
