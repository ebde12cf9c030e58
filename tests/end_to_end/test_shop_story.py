"""`docs/a-shops-catalogue.md` as its reader follows it: every command, and what it says one sees."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.world import ROOT, World, running_world

STORY = ROOT / "docs" / "a-shops-catalogue.md"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The story has 200; fewer take the same ways. Each command takes a second or two, so 0 leaves the story out.
PHOTOS = int(os.environ.get("SHOP_PHOTOS", "20"))
UNSORTED, KINDS, PHOTOGRAPHERS = 10, 5, 3
OF_THE_READER = ("make run", "rm -rf")  # blocks that start and remove what a test has of its own
NEXT = "<the next block>"


@dataclass(frozen=True)
class Step:
    """The commands of a block, and the lines that the story says they print."""

    commands: str
    prints: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of its own, as the shop's fields and vocabulary would be those of every other test."""
    with running_world(tmp_path_factory.mktemp("shop")) as world:
        yield world


def steps() -> list[Step]:
    """What the story has its reader type, and what it says comes of it."""
    steps: list[Step] = []
    for kind, content in BLOCK.findall(STORY.read_text(encoding="utf-8")):
        if kind == "sh":
            steps.append(Step(content))
        else:
            steps[-1] = Step(steps[-1].commands, tuple(content.splitlines()))
    return [step for step in steps if not any(word in step.commands for word in OF_THE_READER)]


def counts() -> dict[str, int]:
    """The numbers of the story, and what they are with as many photos as here."""
    of_a_kind = (PHOTOS - UNSORTED) // KINDS
    return {
        "200": PHOTOS,
        "199": PHOTOS - 1,
        "201": PHOTOS + 1,
        "66": PHOTOS // PHOTOGRAPHERS,
        "38": of_a_kind,
        "48": of_a_kind + UNSORTED,
        "162": PHOTOS - of_a_kind,
        "161": PHOTOS - of_a_kind - 1,
    }


def scaled(text: str) -> str:
    """The text with the numbers that there are here."""
    return re.sub(r"(?<![\d.])\d+(?![\d.,]*\d)", lambda number: str(counts().get(number[0], number[0])), text)


def pattern(line: str) -> str:
    """What matches a line of the story; how many tokens pictures take depends on them."""
    return re.sub(r"about\\ [\d,]+\\ tokens", r"about [\\d,]+ tokens", re.escape(scaled(line)))


def script(world: World) -> str:
    """All commands as one script, so that what one block defines the next one knows."""
    blocks = f"echo '{NEXT}'\n".join(step.commands for step in steps())
    here = {".venv/bin/python": sys.executable, "http://127.0.0.1:7071": str(world.http.base_url).rstrip("/")}
    for there, moved in here.items():
        blocks = blocks.replace(there, moved)
    return f"set -euo pipefail\n{scaled(blocks)}"


@pytest.mark.skipif(not PHOTOS, reason="SHOP_PHOTOS is 0")
def test_every_command_of_the_story_prints_what_the_story_says(world: World, tmp_path: Path) -> None:
    (tmp_path / "docs").symlink_to(STORY.parent)
    environment = {**os.environ, **world.host.environment, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}

    done = subprocess.run(
        ["bash", "-c", script(world)],
        cwd=tmp_path,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=600 + PHOTOS * 10,
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{world.host.tail(15)}"
    printed = [block.splitlines() for block in done.stdout.split(f"{NEXT}\n")]
    for step, lines in zip(steps(), printed, strict=True):
        rest = iter(lines)
        for line in step.prints:  # in this order, with others between them
            assert any(re.fullmatch(pattern(line), each.strip()) for each in rest), (step.commands, line, lines)
