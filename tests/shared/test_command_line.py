"""Commands whose reader goes away, and hints that can be typed."""

import subprocess
import sys
from pathlib import Path

import pytest

from shared.command_line import CLOSED, command
from tests.machine import ROOT

ENDLESS = """
import sys
from shared.command_line import run_piped

def main():
    for number in range(100_000):
        print("row", number)
    return 0

sys.exit(run_piped(main))
"""


def test_a_reader_may_go_away() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()

        assert process.stderr.read() == b""
    assert process.returncode == CLOSED


def test_hints_name_the_interpreter_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    assert command("ingest status") == "python -m ingest status"

    monkeypatch.chdir(tmp_path)

    assert command("ingest status") == ".venv/bin/python -m ingest status"
