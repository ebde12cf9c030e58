"""The command line of keys: what it prints, keeps and refuses, against Azurite."""

import json
import uuid
from pathlib import Path
from typing import get_args

import pytest

from shared import local_settings
from shared.api_keys import KeyRole, digest_key, is_mistyped
from shared.services import services
from shared.stores import api_keys, audit
from tests.machine import Azurite
from web import __main__ as command

SETTINGS = {
    "OPENAI_BASE_URL": "http://models/v1",
    "CAPTION_MODEL": "vision",
    "CHAT_MODEL": "chat",
    "EMBEDDING_MODEL": "embedding",
    "EMBEDDING_DIMENSIONS": "2",
    "AZURE_SEARCH_ENDPOINT": "http://search",
    "HTTP_AUTH": "key",
    "API_KEYS": "first:full:" + "k" * 40,
}


@pytest.fixture(autouse=True)
def _settings(azurite: Azurite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings in a file, and a container of this test's own."""
    file = tmp_path / "local.settings.json"
    values = SETTINGS | {"PhotoStorage": azurite.connection_string}
    for name in values:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    file.write_text(json.dumps({"Values": values}), encoding="utf-8")
    monkeypatch.setattr(local_settings, "LOCAL_SETTINGS", file)
    monkeypatch.setattr(api_keys, "CONTAINER", f"keys-{uuid.uuid4().hex[:12]}")
    monkeypatch.setattr(audit, "CONTAINER", f"audit-{uuid.uuid4().hex[:12]}")


def run(*arguments: str) -> int:
    return main("keys", *arguments)


def main(*arguments: str) -> int:
    services.cache_clear()
    try:
        return command.main([*arguments])
    finally:
        services.cache_clear()


def test_a_key_is_made_shown_once_listed_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("make", "phone", "--right", "read") == 0
    key = capsys.readouterr().out.strip()
    assert not is_mistyped(key)

    assert run("list") == 0
    listed = capsys.readouterr().out
    assert [line.split()[:2] for line in listed.splitlines()] == [["first", "full"], ["phone", "read"]]
    assert key not in listed
    assert digest_key(key) not in listed

    assert run("revoke", "phone") == 0
    assert "within 10 seconds" in capsys.readouterr().out
    assert run("list") == 0
    assert "phone" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("make", "two words", "--right", "read"), "is not a name"),
        (("make", "first", "--right", "read"), "is in the setting API_KEYS"),
        (("revoke", "first"), "is in the setting API_KEYS"),
        (("revoke", "nobody"), "there is no key named 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: tuple[str, ...], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    assert reason in capsys.readouterr().err


def test_keys_that_nothing_checks_are_said_to_be_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_AUTH", "function")
    assert run("make", "phone", "--right", "full") == 0
    assert "only where HTTP_AUTH=key or platform" in capsys.readouterr().err


@pytest.mark.parametrize("role", get_args(KeyRole))
def test_a_key_has_the_role_that_it_is_made_with(role: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("make", "phone", "--role", role) == 0
    assert run("list") == 0

    assert capsys.readouterr().out.splitlines()[-1].split()[:2] == ["phone", role]


def test_who_made_and_revoked_keys_is_written_down_and_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("make", "phone", "--role", "editor") == 0
    assert run("revoke", "phone") == 0
    capsys.readouterr()

    assert main("audit", "--action", "keys_changed") == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["by"], each["about"]) for each in records] == [("command line", "key:phone")] * 2
    assert main("audit", "--format", "csv", "--by", "somebody else") == 0
    assert capsys.readouterr().out.splitlines() == ["at,action,by,by_id,role,photos,about,count,job"]
    assert main("audit", "--after", "yesterday") == 2
    assert "after must be a day or a time" in capsys.readouterr().err
