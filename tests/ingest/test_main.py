"""The command line: what it prints, and its exit codes."""

import argparse
import asyncio
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest import __main__ as command
from ingest.caption_once import today
from ingest.handlers import photo_arrived
from ingest.pipeline import ingest
from shared import local_settings
from shared.errors import Outage, PreconditionFailed, SettingsError
from shared.photo import photo_id
from shared.stores.failures import Failure
from shared.stores.reconcile_rounds import ReconcileRecord, ReconcileRound
from shared.stores.spending_page import ChatSpending, Spending
from shared.stores.tickets import Ticket
from tests.ingest.fake_rounds import with_rounds
from tests.ingest.fakes import Fakes, fakes, jpeg
from tests.machine import patch_sleep


class FakeServices:
    closed = 0

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, services: FakeServices, tmp_path: Path) -> Fakes:
    """A command line on fakes, without local settings."""
    world = fakes()
    monkeypatch.setattr(command, "ingest_context", lambda: world.context)
    monkeypatch.setattr("ingest.handlers.ingest_context", lambda: world.context)
    monkeypatch.setattr(command, "services", lambda: services)
    monkeypatch.setattr(local_settings, "LOCAL_SETTINGS", tmp_path / "none.json")
    return world


def failing(world: Fakes, name: str, reason: str = "why", due: datetime | None = None) -> None:
    failure = Failure.of(Ticket(name), reason, due=due)
    world.failures.records[failure.id] = failure


def test_a_command_closes_its_connections(world: Fakes, services: FakeServices) -> None:
    assert command.main(["status"]) == 0
    assert services.closed == 1


@pytest.mark.parametrize("error", [Outage("storage cannot be reached"), SettingsError("CHAT_MODEL is missing")])
def test_a_command_that_cannot_run_says_why_and_closes_too(
    world: Fakes,
    services: FakeServices,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def fail(_: Any) -> Any:
        raise error

    monkeypatch.setattr(command, "status", fail)

    assert command.main(["status"]) == 2
    assert capsys.readouterr().err == f"{error}\n"
    assert services.closed == 1


def test_a_command_that_is_interrupted_says_how_to_go_on(
    world: Fakes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def interrupt(_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_run", interrupt)

    assert command.main(["status"]) == 2
    assert "stopped; run it again to continue" in capsys.readouterr().err


def test_a_bug_is_not_hidden(world: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: Any) -> Any:
        raise TypeError("ours")

    monkeypatch.setattr(command, "status", fail)

    with pytest.raises(TypeError):
        command.main(["status"])


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["import"]])
def test_an_unknown_command_is_explained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(arguments)
    assert "usage: python -m ingest" in capsys.readouterr().err


def test_every_command_reads_the_local_settings(world: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"Values": {"INGEST_TEST_COMMAND": "x"}}), encoding="utf-8")
    monkeypatch.setattr(local_settings, "LOCAL_SETTINGS", file)
    monkeypatch.setenv("INGEST_TEST_COMMAND", "")
    monkeypatch.delenv("INGEST_TEST_COMMAND")

    command.main(["status"])

    assert os.environ["INGEST_TEST_COMMAND"] == "x"


# -- import -------------------------------------------------------------------------------


def test_an_import_without_waiting(world: Fakes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "trip"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(jpeg())
    (folder / "notes.txt").write_text("hello")

    assert command.main(["import", str(folder), "--into", "in", "--no-wait"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"[{'#' * 30}] 2 of 2 files, 1 uploaded",
        "skipped notes.txt: this is a text file, not an image",
        "1 uploaded, 0 unchanged, 1 skipped",
    ]
    assert list(world.storage.blobs) == ["in/a.jpg"]


def test_an_import_waits_and_tells_what_failed(
    world: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "trip"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(jpeg())
    (folder / "cut.jpg").write_bytes(jpeg(1, (600, 400))[:-1500])

    async def arrive(_: float) -> None:
        for name in ("a.jpg", "cut.jpg"):
            await photo_arrived(name)

    patch_sleep(monkeypatch, arrive)

    assert command.main(["import", str(folder)]) == 1

    out = capsys.readouterr().out
    assert "2 uploaded, 0 unchanged, 0 skipped" in out
    assert "1 of 2 searchable, 0 retrying, 1 failed" in out
    assert "failed cut.jpg: the last two fifths of the picture are missing" in out


def test_an_upload_that_fails_is_told_and_not_waited_for(
    world: Fakes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.context.settings = fakes(MAX_PHOTO_BYTES="10").context.settings
    (tmp_path / "a.jpg").write_bytes(jpeg())

    assert command.main(["import", str(tmp_path)]) == 1
    assert "failed a.jpg: the file is too large" in capsys.readouterr().out


def test_what_would_be_replaced_is_listed_and_replaced_only_if_asked(
    world: Fakes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.storage.put("a.jpg", jpeg(1))
    (tmp_path / "a.jpg").write_bytes(jpeg(2))
    (tmp_path / "b.jpg").write_bytes(jpeg(3))

    assert command.main(["import", str(tmp_path), "--no-wait"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == [
        "1 uploaded, 0 unchanged, 0 skipped",
        "not replaced a.jpg: the container has other bytes under this name",
        "1 left alone; to overwrite what is there, run it again with --replace",
    ]
    assert world.storage.blobs["a.jpg"][1] == jpeg(1)

    assert command.main(["import", str(tmp_path), "--no-wait", "--replace"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["1 uploaded, 1 unchanged, 0 skipped"]
    assert world.storage.blobs["a.jpg"][1] == jpeg(2)


def test_what_changes_while_it_is_to_be_replaced_is_left_alone(
    world: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def refuse(*_: Any, **__: Any) -> None:
        raise PreconditionFailed("the photo has changed or is gone")

    (tmp_path / "a.jpg").write_bytes(jpeg(2))
    monkeypatch.setattr(world.storage, "upload", refuse)

    assert command.main(["import", str(tmp_path), "--no-wait", "--replace"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == (
        "1 left alone, because what is there changed during the import; run it again"
    )


def test_a_folder_that_is_not_there_is_a_clear_message(world: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["import", "/no/such/folder"]) == 2
    assert capsys.readouterr().err == "/no/such/folder is not a folder\n"


# -- status, retry ------------------------------------------------------------------------


def test_the_status_lists_counts_and_failures(world: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(1200):
        world.storage.put(f"{number}.jpg", b"x")
    failing(world, "a.jpg", "busy", datetime(2026, 5, 1, tzinfo=UTC))
    world.spending.days[today()] = Spending(chat={"page": ChatSpending(2, 9000)})

    assert command.main(["status"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "indexed          0",
        "waiting          1,199",
        "retrying         1",
        "failed           0",
        "refreshing       0",
        "attached         0",
        "ignored          0",
        "trash            0",
        "captions_today   0",
        "captions_per_day 0",
        "tokens_today     0",
        "chat_tokens_per_day 5,000,000",
        "chat of page: 2 answers, 9,000 tokens today",
        "limitation: chat works without filters and counts: m refused tools: no",
        "retrying a.jpg: busy (next attempt 2026-05-01T00:00:00Z)",
    ]

    failing(world, "b.jpg", "broken")
    assert command.main(["status"]) == 1
    assert capsys.readouterr().out.splitlines()[-2] == "failed b.jpg: broken"


def test_the_status_says_when_container_and_index_were_compared(
    world: Fakes, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds = with_rounds(world)
    ended = ReconcileRound(began_at="2026-01-01T00:00:00Z", container="photos", ended_at="2026-01-01T00:01:00Z")
    rounds.record = ReconcileRecord(last=ended, current=replace(ended, began_at="2026-01-02T00:00:00Z"), pause=900.0)

    command.main(["status"])

    lines = capsys.readouterr().out.splitlines()
    assert "container and index were last compared until 2026-01-01T00:01:00Z" in lines
    assert "container and index are being compared since 2026-01-02T00:00:00Z" in lines
    assert any(each.startswith("the container was last compared with the index") for each in lines)


def test_all_failed_photos_are_tried_again(world: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    failing(world, "a.jpg")
    failing(world, "b.jpg")
    failing(world, "c.jpg", due=datetime.now(UTC))

    assert command.main(["retry"]) == 0
    assert capsys.readouterr().out == "2 photos will be tried again\n"
    assert world.tickets.names == ["a.jpg", "b.jpg"]


def test_one_photo_is_tried_again_by_its_path(world: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    failing(world, "a.jpg")
    failing(world, "b.jpg")

    assert command.main(["retry", "b.jpg"]) == 0
    assert capsys.readouterr().out == "b.jpg will be tried again\n"
    assert world.tickets.names == ["b.jpg"]
    assert world.failures.records[photo_id("b.jpg")].state == "retrying"


def test_a_photo_that_is_not_failing_cannot_be_retried(world: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["retry", "fine.jpg"]) == 2
    assert "no failure is recorded" in capsys.readouterr().err


# -- recaption, reconcile -----------------------------------------------------------------


def test_recaption_counts_before_it_queues(world: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.jpg", "b.jpg"):
        world.storage.put(name, jpeg(len(world.storage.blobs)))
        asyncio.run(ingest(name, world.context))
    world.models.caption_model = "better vision"

    assert command.main(["recaption", "--dry-run"]) == 0
    assert not world.tickets.sent
    assert command.main(["recaption"]) == 0

    line = "2 of 2 photos are out of date; describing them takes about 2,000 tokens"
    assert capsys.readouterr().out.splitlines() == [line, line, "2 photos are queued"]
    assert world.tickets.names == ["a.jpg", "b.jpg"]


def outdated(world: Fakes, *names: str) -> None:
    """These photos, indexed by an older version."""
    for number, name in enumerate(names):
        world.storage.put(name, jpeg(number))
        photo = asyncio.run(ingest(name, world.context))
        assert photo
        world.index.photos[photo.id] = replace(photo, facts_version=0)
    world.models.requests.clear()


def test_refresh_says_what_it_takes_before_it_reads(world: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    outdated(world, "a.jpg", "b.jpg")
    world.storage.reads.clear()

    assert command.main(["refresh", "--dry-run"]) == 0
    assert not world.storage.reads
    assert command.main(["refresh"]) == 0

    line, again, progress, result = capsys.readouterr().out.splitlines()
    assert line == again
    assert line.startswith("2 of 2 photos are out of date; reading them again takes")
    assert (progress, result) == (
        "2 of 2 photos read again",
        "2 up to date, 0 left to reconcile, 0 kept as they were, 0 failed",
    )
    assert not world.models.requests
    assert command.main(["refresh"]) == 0
    assert capsys.readouterr().out.startswith("0 of 2 photos are out of date")


def test_refresh_names_what_it_could_not_read_and_what_the_index_cannot_follow(
    world: Fakes, capsys: pytest.CaptureFixture[str]
) -> None:
    outdated(world, "a.jpg")
    world.context.settings = fakes(MAX_PHOTO_BYTES="10").context.settings
    world.index.differences = ["caption is cut into terms otherwise"]

    assert command.main(["refresh"]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "caption is cut into terms otherwise"
    assert lines[-2].startswith("kept a.jpg as it was: the file has")
    assert lines[-1] == "0 up to date, 0 left to reconcile, 1 kept as they were, 0 failed"


def test_reconcile_leaves_no_grace(world: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    world.storage.put("young.jpg", jpeg(), modified=datetime.now(UTC))

    assert command.main(["reconcile"]) == 0
    assert "1 originals, 1 missing" in capsys.readouterr().out
    assert world.tickets.names == ["young.jpg"]


# -- the line -----------------------------------------------------------------------------


def test_a_progress_line_overwrites_itself_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    line = command.ProgressLine()

    line.show("long text")
    line.show("short")
    line.end()
    line.end()

    assert capsys.readouterr().out == "\rlong text\rshort    \n"


def test_elsewhere_only_the_last_text_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    line = command.ProgressLine()

    for text in ("one", "two"):
        line.show(text)
    line.end()
    line.end()

    assert capsys.readouterr().out == "two\n"


def test_the_parser_knows_every_command() -> None:
    assert command._parser().parse_args(["retry", "a", "b"]) == argparse.Namespace(command="retry", path=["a", "b"])
    parsed = command._parser().parse_args(["import", "x"])
    assert (parsed.folder, parsed.into, parsed.no_wait) == (Path("x"), "", False)


def test_status_of_an_id_tells_the_path_the_state_and_the_reason(
    world: Fakes, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = Failure.of(Ticket("2024/a.jpg"), "the file is empty")
    world.failures.records[failure.id] = failure

    assert command.main(["status", failure.id]) == 1
    assert capsys.readouterr().out == "failed 2024/a.jpg: the file is empty\n"


@pytest.mark.parametrize(
    ("id_", "advice"), [("2024/a.jpg", "32 hexadecimal digits"), ("0" * 32, "no photo with the id")]
)
def test_status_of_what_is_no_id_or_nobodys_says_so(
    id_: str, advice: str, world: Fakes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["status", id_]) == 2
    assert advice in capsys.readouterr().err
