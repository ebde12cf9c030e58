"""What people come to do, in Firefox as well: `firefox/flows.mjs` has the flows."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.photo import photo_id
from tests.machine import missing
from tests.page.test_collections import forget_collections
from tests.page.test_sign_in import PEOPLE
from tests.world import ROOT, World, running_beside

HERE = Path(__file__).with_name("firefox")
FLOWS = (
    "search", "open a photo and go on", "ask, and follow a citation", "upload", "correct a title",
    "select and tag", "a collection", "review", "delete and undo", "sign in and out",
)  # fmt: skip
UPLOADED = "from-firefox.png"
EDITABLE = {"title": None, "tags": None, "reviewed": None}


@pytest.fixture(scope="module")
def outcomes(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str | None]]:
    """What went wrong in each flow; all are done in one Firefox."""
    firefox, node = shutil.which("firefox-esr") or shutil.which("firefox"), shutil.which("node")
    if firefox is None or node is None or not (HERE.parent / "node_modules" / "puppeteer-core").exists():
        missing("Firefox, Node.js or puppeteer-core")
    folder = tmp_path_factory.mktemp("firefox")
    (folder / "people.json").write_text(json.dumps(PEOPLE))
    file = folder / UPLOADED
    shutil.copy(ROOT / "samples" / "animals" / "Chelsea.png", file)
    file.write_bytes(file.read_bytes() + b"once more")  # other bytes of the same picture
    before = world.paths()
    app = str(world.http.base_url).rstrip("/")
    arguments = ("--people", str(folder / "people.json"))
    with running_beside(world, folder, *arguments, settings={"HTTP_AUTH": "platform"}) as guarded:
        told = json.dumps({"app": app, "guarded": guarded.url, "file": str(file)})
        command = [node, str(HERE / "run.mjs"), firefox, told]
        environment = os.environ | {"HOME": str(folder)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    yield {each["name"]: each["error"] for each in map(json.loads, done.stdout.splitlines())}
    for photo in world.all_photos():
        world.http.patch(f"/api/photos/{photo['id']}", json=EDITABLE).raise_for_status()
    forget_collections(world)
    if UPLOADED in world.paths() - before:
        world.http.delete(f"/api/photos/{photo_id(UPLOADED)}").raise_for_status()
    world.wait_until_idle()


@pytest.mark.parametrize("flow", FLOWS)
def test_in_firefox(outcomes: dict[str, str | None], flow: str) -> None:
    assert outcomes[flow] is None, outcomes[flow]


def test_every_flow_is_named(outcomes: dict[str, str | None]) -> None:
    assert tuple(outcomes) == FLOWS
