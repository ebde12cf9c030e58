"""The settings of a laptop reach commands."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared import local_settings
from shared.errors import SettingsError
from shared.local_settings import load_local_settings
from tests.machine import ROOT


def test_local_settings_fill_the_gaps_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"Values": {"SETTINGS_TEST_SET": "file", "SETTINGS_TEST_UNSET": 3}}), encoding="utf-8")
    monkeypatch.setattr(local_settings, "LOCAL_SETTINGS", file)
    monkeypatch.setenv("SETTINGS_TEST_SET", "environment")
    monkeypatch.setenv("SETTINGS_TEST_UNSET", "")
    monkeypatch.delenv("SETTINGS_TEST_UNSET")

    load_local_settings()

    assert (os.environ["SETTINGS_TEST_SET"], os.environ["SETTINGS_TEST_UNSET"]) == ("environment", "3")


def test_an_app_without_local_settings_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_settings, "LOCAL_SETTINGS", tmp_path / "none.json")
    before = dict(os.environ)

    load_local_settings()

    assert dict(os.environ) == before


def test_they_lie_beside_the_app() -> None:
    assert ROOT / "local.settings.json" == local_settings.LOCAL_SETTINGS


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], int]]:
    """Lets a library run: something listens on its port, and a note says so. Returns the port."""
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"Values": {"SETTINGS_TEST_ADDRESS": "the sample's"}}), encoding="utf-8")
    monkeypatch.setattr(local_settings, "LOCAL_SETTINGS", file)
    for name in (*local_settings.PORTS, "STATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SETTINGS_TEST_ADDRESS", "")
    monkeypatch.delenv("SETTINGS_TEST_ADDRESS")
    folder = tmp_path / ".local" / "running"
    folder.mkdir(parents=True)
    listeners = []

    def run(state: str) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        port: int = listener.getsockname()[1]
        note = {"state": str(tmp_path / state), "ports": {"PORT": port}, "settings": {"SETTINGS_TEST_ADDRESS": state}}
        (folder / f"{port}.json").write_text(json.dumps(note), encoding="utf-8")
        return port

    yield run
    for listener in listeners:
        listener.close()


def test_commands_work_on_the_library_that_runs_and_say_which(
    running: Callable[[str], int], capsys: pytest.CaptureFixture[str]
) -> None:
    port = running("shop")

    load_local_settings()

    assert os.environ["SETTINGS_TEST_ADDRESS"] == "shop"
    captured = capsys.readouterr()
    assert f"on the library at http://127.0.0.1:{port} (" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("by", ["PORT", "STATE"])
def test_of_several_libraries_one_is_chosen(
    running: Callable[[str], int], by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running("mine")
    port = running("shop")
    with pytest.raises(SettingsError, match=r"several libraries run here: choose with PORT or STATE among .*, "):
        load_local_settings()
    monkeypatch.setenv(by, str(port) if by == "PORT" else str(tmp_path / "shop"))

    load_local_settings()

    assert os.environ["SETTINGS_TEST_ADDRESS"] == "shop"


def test_another_library_is_never_meant(running: Callable[[str], int], monkeypatch: pytest.MonkeyPatch) -> None:
    running("mine")
    monkeypatch.setenv("PORT", "1")

    with pytest.raises(SettingsError, match="no library runs here with the ports"):
        load_local_settings()


def test_what_no_longer_listens_and_what_is_set_otherwise_is_left_alone(
    running: Callable[[str], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    note = {"state": "old", "ports": {"PORT": port}, "settings": {"SETTINGS_TEST_ADDRESS": "old"}}
    (tmp_path / ".local" / "running" / "1.json").write_text(json.dumps(note), encoding="utf-8")
    (tmp_path / ".local" / "running" / "2.json").write_text("{}", encoding="utf-8")
    load_local_settings()
    assert os.environ["SETTINGS_TEST_ADDRESS"] == "the sample's"
    running("mine")
    monkeypatch.setenv("SETTINGS_TEST_ADDRESS", "mine")

    load_local_settings()

    assert os.environ["SETTINGS_TEST_ADDRESS"] == "mine"
    assert capsys.readouterr().err == ""
