"""The command line of the catalogue: what it stores, prints and refuses, against Azurite."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from catalogue import __main__ as command
from shared import local_settings
from shared.catalogue.in_force import catalogue, vocabulary
from shared.errors import SettingsError
from shared.search.index import PhotoIndex
from shared.services import services
from shared.stores import vocabulary as vocabulary_store
from tests.machine import Azurite
from tests.shared.catalogue.definitions import content, shop
from tests.web.test_main import SETTINGS


@pytest.fixture(autouse=True)
def refusals(azurite: Azurite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Why the index cannot hold fields, if a test says so; settings in a file, and a container of this test's own."""
    container, reasons = f"settings-{uuid.uuid4().hex[:12]}", list[str]()
    values = SETTINGS | {"PhotoStorage": azurite.connection_string, "CATALOGUE": f"{container}/catalogue.json"}
    for name in values:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"Values": values}), encoding="utf-8")
    monkeypatch.setattr(local_settings, "LOCAL_SETTINGS", file)
    monkeypatch.setattr(vocabulary_store, "CONTAINER", container)

    async def hold(self: PhotoIndex, new: Any) -> None:
        if reasons:
            raise SettingsError(reasons[0])

    for name in ("adopt", "can_hold"):
        monkeypatch.setattr(PhotoIndex, name, hold)
    return reasons


def run(*arguments: str | Path) -> int:
    services.cache_clear()
    try:
        return command.main([str(each) for each in arguments])
    finally:
        services.cache_clear()


def test_fields_are_checked_set_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "catalogue.json"
    file.write_bytes(content())

    assert run("fields", "check", file) == 0
    assert capsys.readouterr().out.startswith(
        "product_type             choice        3 values, searchable, facet, filled"
    )
    assert run("fields", "show") == 0
    assert "no fields of its own" in capsys.readouterr().out
    assert run("fields", "set", file) == 0
    out = capsys.readouterr().out
    assert "6 fields are in force" in out
    assert "python -m ingest recaption --dry-run" in out
    assert catalogue() == shop()

    file.write_bytes(content(labels={}))
    assert run("fields", "set", file) == 0
    assert "recaption" not in capsys.readouterr().out


def test_a_wrong_file_is_not_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str], refusals: list[str]) -> None:
    file = tmp_path / "catalogue.json"
    file.write_bytes(b'{"fields": [{"name": "a", "type": "colour"}]}')
    for arguments in (("fields", "check", file), ("fields", "set", file)):
        assert run(*arguments) == 2
        assert "fields[0].type" in capsys.readouterr().err

    file.write_bytes(content())
    refusals.append("the field price cannot change its type")
    for arguments in (("fields", "check", file), ("fields", "set", file)):
        assert run(*arguments) == 2
        assert "cannot change its type" in capsys.readouterr().err
    assert run("fields", "set", tmp_path / "missing.json") == 2
    refusals.clear()
    assert run("fields", "show") == 0


def test_a_vocabulary_goes_in_and_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, thesaurus = tmp_path / "animals.csv", tmp_path / "animals.rdf"
    table.write_text("tag,synonyms,broader\nanimal,,\ndog,hound,animal\n", encoding="utf-8")

    assert run("vocabulary", "import", table) == 0
    out = capsys.readouterr().out
    assert "2 terms are in force" in out
    assert "python -m catalogue vocabulary apply" in out
    before = vocabulary()
    assert run("vocabulary", "export", thesaurus) == 0
    assert run("vocabulary", "import", thesaurus) == 0
    assert [each.tag for each in vocabulary().terms] == [each.tag for each in before.terms]
    assert "recaption" not in capsys.readouterr().out.partition("2 terms")[2]
    assert run("vocabulary", "export") == 0
    assert "dog,hound,animal," in capsys.readouterr().out

    table.write_text("tag,broader\na,b\nb,a\n", encoding="utf-8")
    assert run("vocabulary", "import", table) == 2
    assert "a > b > a: a term cannot be broader than itself" in capsys.readouterr().err
    assert len(vocabulary().terms) == 2
