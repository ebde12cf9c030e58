"""The command line: a file out, and back in."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import pytest

from catalogue import __main__ as command, transfer_command
from shared.access import audit
from shared.access.audit import AuditWriter
from shared.photo import photo_id
from tests.catalogue.export_photos import full_photo
from tests.catalogue.library import ExportIndex, catalogue_of


@pytest.fixture
def append() -> AsyncMock:
    """What the audit log is told."""
    return AsyncMock()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, append: AsyncMock) -> ExportIndex:
    """A library of two photos behind the commands."""
    index = ExportIndex([full_photo("rome/a.jpg"), full_photo("b.jpg")])

    async def close() -> None:
        pass

    catalogue, log = SimpleNamespace(refresh=close), SimpleNamespace(append=append)
    services = SimpleNamespace(index=index, storage=None, close=close, catalogue=catalogue, audit=log)
    replacements: dict[str, Any] = {
        "services": lambda: services,
        "load_settings": lambda _: None,
        "redact_crashes": lambda: None,
    }
    for name, value in replacements.items():
        monkeypatch.setattr(command, name, value)
    monkeypatch.setattr(transfer_command, "catalogue_context", lambda: catalogue_of(index))
    monkeypatch.setattr(audit, "services", lambda: services)
    monkeypatch.setattr(audit, "audit_writer", AuditWriter)  # its lock is of one event loop
    return index


def test_a_file_goes_out_is_edited_and_comes_back(
    index: ExportIndex, append: AsyncMock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "photos.csv"
    assert command.main(["export", str(file), "--filter", "folder=rome"]) == 0
    table = file.read_text(encoding="utf-8-sig")
    assert table.count("\nDogs on a wall") == 0
    assert "rome/a.jpg" in table
    assert "b.jpg" not in table
    file.write_text(table.replace("Dogs & <cats>", "Cats").replace(",4,", ",nice,"), encoding="utf-8")

    assert command.main(["import", str(file)]) == 1
    assert "row 2 rome/a.jpg: rating: must be a whole number" in capsys.readouterr().out
    file.write_text(table.replace("Dogs & <cats>", "Cats"), encoding="utf-8")
    assert command.main(["import", str(file), "--dry-run"]) == 0
    assert "row 2 rome/a.jpg: title 'Dogs & <cats>' -> 'Cats'" in capsys.readouterr().out
    assert {photo.title for photo in index.photos.values()} == {"Dogs & <cats>"}
    assert command.main(["import", str(file)]) == 0

    assert {photo.title for photo in index.photos.values()} == {"Dogs & <cats>", "Cats"}
    assert "changed: 1, unchanged: " in capsys.readouterr().out
    written = [record for call in append.await_args_list for record in call.args[0]]
    assert [(each.action, each.by, each.photos) for each in written] == [
        ("exported", "command line", (photo_id("rome/a.jpg"),)),
        ("edited", "command line", (photo_id("rome/a.jpg"),)),
    ]


def test_the_place_follows_from_a_new_location(index: ExportIndex, tmp_path: Path) -> None:
    file = tmp_path / "photos.csv"
    assert command.main(["export", str(file), "--filter", "folder=rome"]) == 0
    file.write_text(file.read_text(encoding="utf-8-sig").replace("41.9028, -12.4964", "47.37, 8.54"), encoding="utf-8")

    assert command.main(["import", str(file)]) == 0

    assert {(photo.city, photo.country) for photo in index.photos.values()} == {
        ("Zürich", "Switzerland"),
        ("Rome", "Italy"),
    }


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["export", "x", "--filter", "folder"], "NAME=VALUE"),
        (["export", "x", "--filter", "colour=red"], "colour"),
        (["export", "x", "--filter", "collection=The best"], "GET /api/export?collection=NAME"),
        (["import", "/nowhere.csv"], "nowhere"),
    ],
)
def test_what_cannot_be_run_says_why(
    arguments: list[str], reason: str, index: ExportIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments) == 2
    assert reason in capsys.readouterr().err


def test_lists_of_filters_take_several_values() -> None:
    filters = transfer_command.parse_filters(["tags=dog", "tags=cat", "folder=rome"])

    assert (filters.tags, filters.folder) == (["dog", "cat"], "rome")
