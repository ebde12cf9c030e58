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
from tests.query.conftest import QueryWorld, running_query_world, world
from tests.world import World

__all__ = ["world"]

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
INSTALL = bool(os.environ.get("CI") or os.environ.get("INSTALL_CLIENTS"))


@pytest.fixture(scope="module")
def query_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueryWorld]:
    """The world of all clients."""
    with running_query_world(tmp_path_factory.mktemp("clients")) as query_world:
        yield query_world


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    """A world of its own for a test that uploads and deletes."""
    with running_query_world(tmp_path) as query_world:
        yield query_world.world


@pytest.fixture(scope="session")
def python_clients() -> Path:
    """The folder of programs of a virtual environment with the Python clients."""
    return programs(ROOT / ".venv-clients", HERE / "requirements.txt")


@pytest.fixture(scope="session")
def instructor_client() -> Path:
    """The same with Instructor, which holds back the openai package."""
    return programs(ROOT / ".venv-clients-instructor", HERE / "requirements-instructor.txt")


def programs(venv: Path, requirements: Path) -> Path:
    """The folder of programs of a virtual environment, installed if that is allowed."""
    entry = venv / f"{hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]}.entry"
    if not entry.exists():
        if not INSTALL:
            missing("the Python clients (INSTALL_CLIENTS=1 installs them)")
        install(venv, requirements)
        entry.touch()
    return venv / "bin"


def install(venv: Path, requirements: Path) -> None:
    """Install with uv, which takes seconds, or with pip, which takes minutes and knows the indexes that pip is told."""
    python = venv / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
    uv: list[str | Path] = [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", python, "-r", requirements]
    if subprocess.run(uv, check=False).returncode:
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True)


@pytest.fixture(scope="session")
def node_clients() -> Path:
    """Node, with the clients installed beside the scripts."""
    node = shutil.which("node")
    if node is None:
        missing("node")
    if not all((HERE / "node_modules" / name).exists() for name in ("openai", "ai")):
        if not INSTALL:
            missing("the clients for Node (INSTALL_CLIENTS=1 installs them)")
        subprocess.run(["npm", "ci", "--prefix", HERE, "--silent"], check=True)
    return Path(node)
