"""The check of Bicep files: whatever the compiler says is a failure, and so is having none in CI."""

from pathlib import Path

import pytest

from infra import check
from infra.check import INFRA, compile_template, faults_in, parse_errors, unreachable_files

GOOD = "param name string\noutput name string = name\n"


def test_a_mere_warning_is_a_failure(bicep: list[str], tmp_path: Path) -> None:
    file = tmp_path / "main.bicep"
    file.write_text(
        "resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {\n  name: 'a'\n}\n"
        "output tier string = account.properties.acessTier\n"
    )

    with pytest.raises(ValueError, match="acessTier"):
        compile_template(bicep, file)


def test_a_file_that_is_right_compiles(bicep: list[str], tmp_path: Path) -> None:
    file = tmp_path / "main.bicep"
    file.write_text(GOOD)

    assert compile_template(bicep, file)["outputs"]["name"]["type"] == "string"


def test_without_a_compiler_files_are_parsed(tmp_path: Path) -> None:
    good, bad = tmp_path / "main.bicep", tmp_path / "events.bicep"
    good.write_text(GOOD)
    bad.write_text("param name string\nresource account {\n")

    faults = faults_in([good, bad], None)

    assert parse_errors(good) == []
    assert faults
    assert all(each.startswith(f"{bad}:2: ") for each in faults)


def test_every_bicep_file_is_parsed_without_error() -> None:
    assert faults_in(sorted(INFRA.glob("*.bicep")), None) == []


def test_a_file_that_nothing_deploys_is_named(tmp_path: Path) -> None:
    main, used, spare = (tmp_path / f"{name}.bicep" for name in ("main", "used", "spare"))
    main.write_text("module used 'used.bicep' = {}\n")
    used.write_text(GOOD)
    spare.write_text(GOOD)

    assert unreachable_files([main, used, spare]) == [spare]


@pytest.fixture
def without_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "compiler", lambda: None)


@pytest.mark.usefixtures("without_compiler")
def test_a_laptop_without_compiler_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("CI", raising=False)

    assert check.main() == 0
    assert "PARSED ONLY" in capsys.readouterr().out


@pytest.mark.usefixtures("without_compiler")
def test_ci_needs_a_compiler(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.delenv("BICEP", raising=False)

    assert check.main() == 1
    assert "no Bicep compiler" in capsys.readouterr().err


def test_ci_may_say_that_it_has_none(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("BICEP", "none")

    assert check.main() == 0
    assert "PARSED ONLY" in capsys.readouterr().out


def test_the_compiler_is_what_bicep_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BICEP", "/opt/bicep --quiet")

    assert check.compiler() == ["/opt/bicep", "--quiet", "build", "--stdout"]
