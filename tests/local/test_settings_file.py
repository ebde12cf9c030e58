"""local.settings.json: who can read it, and which old defaults it holds on to."""

import json
import stat
from pathlib import Path

import pytest

from local import settings_file
from local.settings_file import CHANGED_DEFAULTS, prepare_settings_file
from shared.settings import Settings


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings_file, "SETTINGS_FILE", tmp_path / "local.settings.json")
    return tmp_path / "local.settings.json"


def prepare() -> list[str]:
    """What the person at the terminal is told."""
    lines: list[str] = []
    prepare_settings_file(lines.append)
    return lines


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def write(path: Path, mode: int, **values: str) -> None:
    path.write_text(json.dumps({"Values": values}))
    path.chmod(mode)


def test_a_new_file_is_the_sample_and_its_owners_alone(path: Path) -> None:
    assert prepare() == []

    assert path.read_bytes() == settings_file.SAMPLE_SETTINGS_FILE.read_bytes()
    assert rights(path) == 0o600


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604, 0o777])
def test_a_file_that_others_can_read_is_closed_with_a_word(path: Path, mode: int) -> None:
    write(path, mode, OPENAI_API_KEY="mine")

    [line] = prepare()

    assert "can be read by you alone now" in line
    assert rights(path) == mode & 0o700
    assert "mine" in path.read_text()
    assert prepare() == []


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_that_is_closed_stays_as_it_is(path: Path, mode: int) -> None:
    write(path, mode, MAX_PHOTO_PIXELS="80000000")

    assert prepare() == []
    assert rights(path) == mode


def test_an_old_default_is_named_and_kept(path: Path) -> None:
    write(path, 0o600, MAX_PHOTO_PIXELS="100000000", VECTOR_WEIGHT="7")
    before = path.read_bytes()

    [line] = prepare()

    assert "sets MAX_PHOTO_PIXELS to 100000000" in line
    assert "now that is 250000000" in line
    assert path.read_bytes() == before


def test_the_new_defaults_are_those_of_the_settings() -> None:
    defaults = {each.alias: each.default for each in Settings.model_fields.values()}

    for name, (*old, new) in CHANGED_DEFAULTS.items():
        assert float(new) == defaults[name]
        assert new not in old
