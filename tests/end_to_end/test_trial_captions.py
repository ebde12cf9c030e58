"""Another model describes a library beside the descriptions in use, is looked at, and is accepted or rejected."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine import eventually
from tests.world import ROOT, World, picture, running_world

NOW, OTHER = "stand-in-vision", "stand-in-chat"  # both describe pictures
PHOTOS = [f"trial/{number}.jpg" for number in range(12)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A library that the model of now has described, one photo with a title that somebody wrote."""
    with running_world(tmp_path) as world:
        ids = [world.put(path, picture(number)).json()["id"] for number, path in enumerate(PHOTOS)]
        eventually(lambda: assert_found(world), timeout=90)
        edited = world.http.patch(f"/api/photos/{ids[0]}", json={"title": "The title of somebody"})
        assert edited.status_code == 200
        world.wait_until_settled()
        world.forget_calls()
        yield world


def assert_found(world: World) -> None:
    assert world.paths() == set(PHOTOS)


def start(world: World, *words: str, model: str = NOW) -> subprocess.Popen[str]:
    """The command, where CAPTION_MODEL is this model."""
    return subprocess.Popen(
        [sys.executable, "-m", "ingest", "recaption", "--to", OTHER, *words],
        cwd=ROOT,
        env=os.environ | world.host.environment | {"CAPTION_MODEL": model},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def run(world: World, *words: str, model: str = NOW, exit_code: int = 0) -> str:
    process = start(world, *words, model=model)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == exit_code, output
    return output


def descriptions_paid(world: World) -> Counter[str]:
    """How many calls described a picture, by the model."""
    return Counter(call["model"] for call in world.calls("vision"))


def records(world: World) -> dict[str, dict[str, object]]:
    return {each["path"]: each for each in world.all_photos()}


def test_another_models_descriptions_are_looked_at_and_accepted_and_each_is_paid_for_once(
    world: World, tmp_path: Path
) -> None:
    before, page = records(world), tmp_path / "side by side.html"
    assert "3 photos described by" in run(world, "--sample", "3", "--page", str(page))
    assert page.read_text(encoding="utf-8").count("<img") == 3

    world.misbehave(kind="latency", on="vision", seconds=1)
    killed = start(world, "--yes")
    eventually(lambda: assert_paid_for_more_than(world, 3), timeout=60)
    killed.kill()
    killed.communicate()
    world.calm()
    begun = descriptions_paid(world)[OTHER]
    output = run(world, "--yes")

    assert "what searches use is as it was" in output
    assert records(world) == before
    # Of what was asked for when it was killed, each answer may have been lost, and be asked for again.
    assert len(PHOTOS) <= descriptions_paid(world)[OTHER] <= len(PHOTOS) + begun - 3
    world.forget_calls()

    assert "CAPTION_MODEL is stand-in-vision" in run(world, "--accept", exit_code=2)
    world.host.stop()
    world.host.environment = {**world.host.environment, "CAPTION_MODEL": OTHER}
    world.host.start()
    assert f"{len(PHOTOS)} photos are queued" in run(world, "--accept", model=OTHER)

    def all_are_of_the_other_model() -> None:
        recipes = {path: each["recipe"] for path, each in records(world).items()}
        assert all(recipes[path] != before[path]["recipe"] for path in PHOTOS)
        assert len(set(recipes.values())) == 1

    eventually(all_are_of_the_other_model, timeout=90)
    world.wait_until_settled()
    assert descriptions_paid(world) == {}
    assert records(world)[PHOTOS[0]]["title"] == "The title of somebody"


def assert_paid_for_more_than(world: World, count: int) -> None:
    assert descriptions_paid(world)[OTHER] > count


def test_rejected_descriptions_are_gone_and_nothing_has_changed(world: World) -> None:
    before = records(world)
    run(world, "--yes")

    assert f"{len(PHOTOS)} descriptions by {OTHER} are deleted" in run(world, "--reject")

    assert records(world) == before
    assert f"{len(PHOTOS)} of {len(PHOTOS)} photos are out of date" in run(world, "--dry-run")
    assert descriptions_paid(world) == {OTHER: len(PHOTOS)}
