"""What the app answers, and what postdeploy makes of it."""

from typing import Any

import pytest

from deploy.app_client import AppClient
from deploy.errors import DeployError, NotYet


def client(monkeypatch: pytest.MonkeyPatch, *answers: tuple[int, Any]) -> AppClient:
    """A client that gets these answers, one after another."""
    remaining = list(answers)
    client = AppClient("http://app/", "key")
    monkeypatch.setattr(client, "_send", lambda *_, **__: remaining.pop(0))
    return client


def test_an_app_that_does_not_answer_is_waited_for() -> None:
    with pytest.raises(NotYet, match=r"http://127\.0\.0\.1:9 does not answer"):
        AppClient("http://127.0.0.1:9").check_health()


def test_an_app_that_is_down_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    down = client(monkeypatch, (503, {"error": {"message": "search is down"}}))

    with pytest.raises(NotYet, match="/api/health answers 503: search is down"):
        down.check_health()


def test_a_photo_that_was_given_up_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = {
        "failures": [{"path": "other.jpg", "reason": "no"}, {"path": "a.jpg", "reason": "the model refused it"}]
    }
    app = client(monkeypatch, (404, {}), (200, failures))

    with pytest.raises(DeployError, match=r"a\.jpg cannot be described: the model refused it") as raised:
        app.check_searchable("a.jpg", "id")
    assert not isinstance(raised.value, NotYet)


def test_a_photo_on_its_way_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotYet, match="not searchable yet"):
        client(monkeypatch, (404, {}), (200, {"failures": []})).check_searchable("a.jpg", "id")


def test_what_is_there_is_not_uploaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert client(monkeypatch, (201, {})).upload("a.jpg", b"")
    assert not client(monkeypatch, (412, {})).upload("a.jpg", b"")
    with pytest.raises(DeployError, match=r"the app refused a\.jpg \(401\): no such key"):
        client(monkeypatch, (401, {"error": {"message": "no such key"}})).upload("a.jpg", b"")


def test_a_refusal_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DeployError, match=r"refused /api/status \(401\)"):
        client(monkeypatch, (401, {})).count_photos()
    with pytest.raises(DeployError, match=r"refused /api/originals \(403\)"):
        client(monkeypatch, (403, {})).has_original("a.jpg")
