"""The values of azd reach commands, and those of a laptop do not get in between."""

import argparse
import json
import os
from pathlib import Path

import pytest

from ingest import __main__ as ingest_command
from query import __main__ as query_command
from shared import azd_environment, local_settings
from shared.azd_environment import load_settings, parse_dotenv, read_azd_environment
from shared.errors import SettingsError
from web import __main__ as web_command

VALUES = """\
AZURE_ENV_NAME="dev"
AZURE_SEARCH_ENDPOINT="https://srch-x.search.windows.net"
OPENAI_BASE_URL="https://oai-x.openai.azure.com/openai/v1"
PhotoStorage__blobServiceUri="https://stx.blob.core.windows.net/"
EMBEDDING_DIMENSIONS=1536
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of azd with an environment, on a laptop with settings of its own."""
    folder = tmp_path / ".azure"
    (folder / "dev").mkdir(parents=True)
    (folder / "dev" / ".env").write_text(VALUES, encoding="utf-8")
    (folder / "config.json").write_text('{"version": 1, "defaultEnvironment": "dev"}', encoding="utf-8")
    local = tmp_path / "local.settings.json"
    values = {"PhotoStorage": "UseDevelopmentStorage=true", "OPENAI_API_KEY": "local", "AZURE_SEARCH_ENDPOINT": "x"}
    local.write_text(json.dumps({"Values": values}), encoding="utf-8")
    monkeypatch.setattr(azd_environment, "AZD_FOLDER", folder)
    monkeypatch.setattr(local_settings, "LOCAL_SETTINGS", local)
    monkeypatch.setattr(os, "environ", {"PhotoStorage": "of a shell", "LINK_MINUTES": "7"})
    return folder


def test_values_of_azd_win_over_those_of_a_laptop(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load_settings(argparse.Namespace(azd=True))

    assert os.environ["AZURE_SEARCH_ENDPOINT"] == "https://srch-x.search.windows.net"
    assert os.environ["EMBEDDING_DIMENSIONS"] == "1536"
    assert os.environ["LINK_MINUTES"] == "7"
    assert os.environ["HTTP_AUTH"] == "key"
    assert os.environ["AZURE_TOKEN_CREDENTIALS"] == "dev"
    assert not {"PhotoStorage", "OPENAI_API_KEY"} & os.environ.keys(), "a key of the laptop would name its services"
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(
        "azd environment dev: storage https://stx.blob.core.windows.net/, search https://srch-x"
    )


def test_without_the_option_the_laptop_has_its_own(folder: Path) -> None:
    load_settings(argparse.Namespace())

    assert os.environ["AZURE_SEARCH_ENDPOINT"] == "x"


def test_the_name_in_the_environment_wins_over_the_default(folder: Path) -> None:
    (folder / "prod").mkdir()
    (folder / "prod" / ".env").write_text('A="b"', encoding="utf-8")

    assert read_azd_environment().name == "dev"
    assert read_azd_environment(environment={"AZURE_ENV_NAME": "prod"}).values == {"A": "b"}


def test_an_environment_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"no azd environment 'gone' here \(dev in .*azd env select"):
        read_azd_environment(environment={"AZURE_ENV_NAME": "gone"})


def test_a_folder_without_azd_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no azd environment is chosen: run azd up"):
        read_azd_environment(tmp_path, {})


def test_a_value_that_provisioning_sets_is_asked_for_by_name(folder: Path) -> None:
    with pytest.raises(
        SettingsError, match="SERVICE_API_URI is missing from the azd environment dev: run azd provision"
    ):
        read_azd_environment()["SERVICE_API_URI"]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('A="b"', "b"),
        ("A=12", "12"),
        ('A=""', ""),
        ("export A='b c'", "b c"),
        (r'A="a \"b\" \$c \\ d\n"', 'a "b" $c \\ d\n'),
        ('A="x=y"', "x=y"),
    ],
)
def test_values_are_read_as_azd_writes_them(line: str, value: str) -> None:
    assert parse_dotenv(f"# a comment\n\n{line}\n") == {"A": value}


@pytest.mark.parametrize(
    ("parser", "words"),
    [
        (ingest_command._parser(), ["import", "DIR"]),
        (ingest_command._parser(), ["status"]),
        (query_command._parser(), ["doctor"]),
        (web_command._parser(), ["keys", "list"]),
        (web_command._parser(), ["keys", "make", "phone", "--right", "read"]),
    ],
)
def test_commands_take_the_option_before_and_after(parser: argparse.ArgumentParser, words: list[str]) -> None:
    assert parser.parse_args([*words, "--azd"]).azd
    assert parser.parse_args(["--azd", *words]).azd
    assert not hasattr(parser.parse_args(words), "azd")


@pytest.mark.parametrize(
    ("main", "words"),
    [(ingest_command.main, ["status"]), (query_command.main, ["doctor"]), (web_command.main, ["keys", "list"])],
)
def test_commands_say_that_there_is_no_environment(
    main: object, words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(main)
    (folder / "config.json").unlink()

    assert main([*words, "--azd"]) == 2

    assert "no azd environment is chosen" in capsys.readouterr().err
