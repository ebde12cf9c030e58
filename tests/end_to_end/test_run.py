"""`python -m local`: starts in order, mends what dies, says what is wrong, stops cleanly."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from local.plan import AZURITE
from tests.machine import eventually, free_port, missing

ROOT = Path(__file__).parents[2]
NAMES = ("PORT", "SEARCH_PORT", "MODELS_PORT", "BLOB_PORT", "QUEUE_PORT")


@dataclass
class Run:
    """A world started as a person would start it."""

    process: subprocess.Popen[bytes]
    log: Path
    app: str

    def said(self, words: str) -> None:
        assert words in self.log.read_text(), self.log.read_text()

    def part(self, module: str) -> psutil.Process:
        children = psutil.Process(self.process.pid).children()
        return next(each for each in children if module in each.cmdline())


def start(folder: Path, environment: dict[str, str]) -> Run:
    log = folder / "run.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "local"], cwd=ROOT, stdout=out, stderr=out, env={**os.environ, **environment}
        )
    return Run(process, log, f"http://127.0.0.1:{environment['PORT']}")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    if sys.version_info < (3, 13):
        pytest.skip("the Functions worker library needs Python 3.13")
    if not AZURITE.exists():
        missing("Azurite (npm install in local/)")
    return {name: str(free_port()) for name in NAMES} | {"SAMPLES": "0", "STATE": str(tmp_path / "state")}


@pytest.fixture
def run(tmp_path: Path, environment: dict[str, str]) -> Iterator[Run]:
    run = start(tmp_path, environment)
    yield run
    run.process.terminate()
    run.process.wait(timeout=60)


def test_it_starts_mends_and_stops(run: Run) -> None:
    eventually(lambda: run.said("Ready after"), timeout=90)
    assert httpx.get(f"{run.app}/api/health", timeout=30, trust_env=False).status_code == 200

    host = run.part("local.host")
    host.send_signal(signal.SIGKILL)
    eventually(lambda: run.said("the app ended (-9); starting it again"), timeout=30)
    eventually(lambda: healthy(run), timeout=60)

    children = psutil.Process(run.process.pid).children(recursive=True)
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(timeout=60) == 0
    assert [each for each in children if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []


def healthy(run: Run) -> None:
    assert httpx.get(f"{run.app}/api/health", timeout=30, trust_env=False).status_code == 200


def test_a_busy_port_ends_it_with_a_clear_line(tmp_path: Path, environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["SEARCH_PORT"])))
        taken.listen()
        run = start(tmp_path, environment)

        assert run.process.wait(timeout=30) == 1
        run.said(f"port {environment['SEARCH_PORT']} (SEARCH_PORT) is in use")
        run.said("SEARCH_PORT=")
