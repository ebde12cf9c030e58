"""Half the price: photos described in batches by the command, with the app running, a kill, and a person meanwhile."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.photo import photo_id
from tests.machine import eventually
from tests.world import ROOT, World, picture, running_world, settings

PATHS = [f"shelf/{number}.jpg" for number in range(12)]
BATCH = {"BATCH_MODEL": "stand-in-vision-batch"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path, BATCH_MODEL=BATCH["BATCH_MODEL"]) as world:
        yield world


def start(world: World, *words: str, **more: str) -> subprocess.Popen[str]:
    environment = os.environ | settings(world.azurite, world.models_url, world.search_url) | BATCH | more
    command = [sys.executable, "-m", "ingest", *words]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def run(world: World, *words: str, **more: str) -> str:
    process = start(world, *words, **more)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


def fault(world: World, kind: str, on: str, **more: Any) -> None:
    httpx.post(
        f"{world.models_url}/__faults", json={"kind": kind, "on": on, **more}, trust_env=False
    ).raise_for_status()


def calls(world: World, on: str) -> int:
    return [each["on"] for each in httpx.get(f"{world.models_url}/__calls", trust_env=False).json()].count(on)


def batches(world: World) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = httpx.get(f"{world.models_url}/v1/batches", trust_env=False).json()["data"]
    return listed


def assert_described(world: World, language: str, paths: set[str]) -> None:
    photos = world.all_photos()
    assert {each["path"] for each in photos} == paths
    assert {each["caption_language"] for each in photos} == {language}


def test_a_library_is_described_again_by_batch_while_a_person_uploads_and_a_run_is_killed(world: World) -> None:
    for number, path in enumerate(PATHS):
        assert world.put(path, picture(number)).status_code == 201
    eventually(lambda: assert_described(world, "en", set(PATHS)), timeout=90)
    world.wait_until_settled()
    german = {"CAPTION_LANGUAGE": "de"}
    world.host.stop()
    world.host.environment = {**world.host.environment, **german}
    world.host.start()
    world.forget_calls()
    fault(world, "content_filter", "batched", count=2)
    fault(world, "latency", "batch", seconds=20, count=1)

    process = start(world, "recaption", "--batch", **german)
    eventually(lambda: assert_ordered(world), timeout=90)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    new = "by a person.jpg"
    last = max(range(len(PATHS)), key=lambda number: photo_id(PATHS[number]))  # in the order of ids
    assert world.put(new, picture(last)).status_code == 201
    eventually(lambda: assert_new(world, new), timeout=45)
    output = run(world, "recaption", "--batch", **german)

    assert "8 captions kept, 1 not needed any more, 2 left to ordinary attempts" in output
    eventually(lambda: assert_described(world, "de", {*PATHS, new}), timeout=90)
    world.wait_until_settled()
    assert len(batches(world)) == 1
    # The first photo, that of the person, and the two that failed in the batch.
    assert (calls(world, "vision"), calls(world, "batched")) == (4, 11)
    assert not world.failures()
    assert "0 of 13 photos are out of date" in run(world, "recaption", "--dry-run", **german)


def assert_ordered(world: World) -> None:
    assert len(batches(world)) == 1


def assert_new(world: World, path: str) -> None:
    [photo] = [each for each in world.all_photos() if each["path"] == path]
    assert photo["caption_language"] == "de"


def assert_counted(world: World, captions: set[int]) -> None:
    assert world.get_spending() in captions


def test_what_lies_in_the_container_is_described_by_a_batch_that_expires_before_the_app_runs(world: World) -> None:
    world.host.stop()
    for number, path in enumerate(PATHS):
        world.drop(path, picture(number))
    world.forget_calls()
    fault(world, "expired", "batch", count=1)

    output = run(world, "reconcile", "--batch")

    assert "12 photos by batch take about" in output
    assert "ended as expired: 5 captions kept, 6 left to ordinary attempts" in output
    assert (calls(world, "vision"), calls(world, "batched")) == (1, 5)
    world.host.start()
    eventually(lambda: assert_described(world, "en", set(PATHS)), timeout=90)
    eventually(lambda: assert_calls(world), timeout=45)
    world.wait_until_settled()
    assert not world.failures()
    eventually(lambda: assert_counted(world, {12}), timeout=45)


def assert_calls(world: World) -> None:
    assert (calls(world, "vision"), calls(world, "batched")) == (7, 5)


def test_a_folder_is_imported_by_batch_while_the_app_runs_and_the_import_is_killed(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "shelf"
    folder.mkdir()
    for number, path in enumerate(PATHS):
        (folder / Path(path).name).write_bytes(picture(number))
    world.forget_calls()
    fault(world, "latency", "batch", seconds=15, count=1)

    process = start(world, "import", str(folder), "--into", "shelf", "--batch")
    eventually(lambda: assert_ordered(world), timeout=90)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    output = run(world, "import", str(folder), "--into", "shelf", "--batch")

    assert "0 uploaded, 12 unchanged, 0 skipped" in output
    assert "11 captions kept" in output
    eventually(lambda: assert_described(world, "en", set(PATHS)), timeout=90)
    world.wait_until_settled()
    assert len(batches(world)) == 1
    assert (calls(world, "vision"), calls(world, "batched")) == (1, 11)
    assert not world.failures()
    # What the killed import described at once, it had perhaps not yet counted.
    eventually(lambda: assert_counted(world, {11, 12}), timeout=45)
