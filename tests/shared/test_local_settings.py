"""The settings of a laptop reach commands."""

import json
import os
from pathlib import Path

import pytest

from shared import local_settings
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
