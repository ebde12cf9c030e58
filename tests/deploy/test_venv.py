"""The virtual environment of postdeploy: made once, brought up to date when the requirements change."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy import __main__ as command, package, venv
from deploy.venv import ensure_python


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What is run, without running it."""
    commands: list[str] = []

    def run(arguments: list[Any], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(" ".join(map(str, arguments[1:4])))
        if "venv" in arguments:
            (tmp_path / ".venv" / "bin").mkdir(parents=True)
            (tmp_path / ".venv" / "bin" / "python").touch()
        return subprocess.CompletedProcess([], 3)

    files = (tmp_path / "requirements.txt", tmp_path / "requirements.lock")
    for each in files:
        each.touch()
    monkeypatch.setattr(venv, "REQUIREMENTS", files)
    monkeypatch.setattr("deploy.venv.subprocess.run", run)
    return commands


def test_it_is_made_once(commands: list[str], tmp_path: Path) -> None:
    python = ensure_python(tmp_path / ".venv")

    assert python == str(tmp_path / ".venv" / "bin" / "python")
    assert commands == [f"-m venv {tmp_path / '.venv'}", "-m pip install"]
    ensure_python(tmp_path / ".venv")
    assert len(commands) == 2


def test_changed_requirements_are_installed(commands: list[str], tmp_path: Path) -> None:
    ensure_python(tmp_path / ".venv")
    later = (tmp_path / ".venv" / "deploy.stamp").stat().st_mtime + 60
    os.utime(tmp_path / "requirements.lock", (later, later))

    ensure_python(tmp_path / ".venv")

    assert commands[2:] == ["-m pip install"]


def test_that_of_make_will_do(commands: list[str], tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    (tmp_path / ".venv" / "run.stamp").touch()

    ensure_python(tmp_path / ".venv")

    assert commands == []


def test_a_python_that_is_too_old_is_named(
    commands: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venv, "OLDEST", (9, 9))

    with pytest.raises(SystemExit, match=r"Python 9\.9 or newer is needed, and this is 3\."):
        ensure_python(tmp_path / ".venv")


def test_the_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(venv, "run_module", lambda module: 7 if module == "deploy.postdeploy" else 0)
    monkeypatch.setattr(package, "main", lambda arguments: 8 if arguments == ["--build"] else 0)

    assert command.main(["postdeploy"]) == 7
    assert command.main(["package", "--build"]) == 8
    assert command.main(["else"]) == 2
    assert "python -m deploy package" in capsys.readouterr().err
