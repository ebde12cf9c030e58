"""The clients people use, in environments of their own, and the running app they talk to."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine import missing
from tests.query.conftest import query_world, running_query_world, world
from tests.world import World

__all__ = ["query_world", "world"]

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
VENV = ROOT / ".venv-clients"
REQUIREMENTS = HERE / "requirements.txt"
INSTALL = bool(os.environ.get("CI") or os.environ.get("INSTALL_CLIENTS"))


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    """A world of its own for a test that uploads and deletes."""
    with running_query_world(tmp_path) as query_world:
        yield query_world.world


@pytest.fixture(scope="session")
def python_clients() -> Path:
    """The folder of programs of a virtual environment with the Python clients, installed if that is allowed."""
    entry = VENV / f"{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]}.entry"
    if not entry.exists():
        if not INSTALL:
            missing("the Python clients (INSTALL_CLIENTS=1 installs them)")
        install()
        entry.touch()
    return VENV / "bin"


def install() -> None:
    """Install with uv if it is there, which takes seconds; pip takes a minute or two."""
    python = VENV / "bin" / "python"
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv:
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, VENV], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", python, "-r", REQUIREMENTS], check=True)
    else:
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", REQUIREMENTS], check=True)


@pytest.fixture(scope="session")
def node_clients() -> Path:
    """Node, with the openai package installed beside the script."""
    node = shutil.which("node")
    if node is None:
        missing("node")
    if not (HERE / "node_modules" / "openai").exists():
        if not INSTALL:
            missing("the openai package for Node (INSTALL_CLIENTS=1 installs it)")
        subprocess.run(["npm", "ci", "--prefix", HERE, "--silent"], check=True)
    return Path(node)
