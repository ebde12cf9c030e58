"""App Service authentication as this host plays it: sessions, tokens, and headers that only the host may add."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.host.errors import HostStartupError
from local.host.sign_in.people import Account, read_people
from local.host.sign_in.principal import principal_headers
from local.host.sign_in.tokens import TokenClaims, Tokens
from tests.local.host.conftest import new_sandbox
from tests.machine import ROOT, Azurite
from tests.web.principals import signed_in

PEOPLE = {
    "people": [
        {"id": "ann", "name": "Ann", "email": "ann@x", "roles": ["admin"], "groups": ["family"]},
        {"id": "bob", "name": "Bob", "email": "bob@x", "groups": ["g-guests"]},
        {"id": "eve", "name": "Eve", "email": "eve@x"},
        {"id": "max", "name": "Max", "email": "max@x", "roles": ["viewer"], "groups": [f"g{n}" for n in range(201)]},
    ],
    "apps": [{"id": "robot", "name": "Robot", "roles": ["viewer"]}],
}
KEY = "k" * 40


@pytest.fixture(scope="module")
def url(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The whole app, with people from a file."""
    folder = tmp_path_factory.mktemp("sign-in")
    file = folder / "people.json"
    file.write_text(json.dumps(PEOPLE))
    sample = json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))["Values"]
    storage = dict.fromkeys(("AzureWebJobsStorage", "PhotoStorage"), azurite.connection_string)
    with new_sandbox(azurite, folder) as sandbox:
        settings = {
            **sample,
            **storage,
            "PHOTO_CONTAINER": sandbox.name,
            "HTTP_AUTH": "platform",
            "API_KEYS": f"key:full:{KEY}",
            "ROLE_GROUPS": "viewer=g-guests",
            "ACCESS_CONTACT": "ann@x",
        }
        yield sandbox.start(ROOT, "--people", str(file), **settings).url


@contextmanager
def browser(url: str, person: str = "") -> Iterator[httpx.Client]:
    """A browser of its own, where this person has signed in."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        if person:
            form = {"person": person, "post_login_redirect_uri": "/?q=dogs#x"}
            answer = client.post("/.auth/login/local", data=form)
            assert (answer.status_code, answer.headers["location"]) == (302, "/?q=dogs#x")
            cookie = answer.headers["set-cookie"]
            assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Path=/"))
        yield client


def token(url: str, person: str) -> str:
    return str(httpx.post(f"{url}/.auth/local/token", data={"person": person}, timeout=60).json()["access_token"])


def test_several_people_work_at_once_and_leave_one_by_one(url: str) -> None:
    with browser(url, "ann") as ann, browser(url, "bob") as bob, browser(url) as nobody:
        assert [each.get("/api/me").status_code for each in (ann, bob, nobody)] == [200, 200, 401]
        me = ann.get("/api/me").json()
        assert (me["name"], me["role"], me["signed_in"]) == ("ann@x", "admin", True)
        assert bob.get("/api/me").json()["role"] == "viewer"
        assert nobody.get("/api/me").json()["error"]["sign_in"] == "/.auth/login/local"
        assert [each.get("/api/failures").status_code for each in (bob, nobody)] == [403, 401]

        left = ann.get("/.auth/logout")
        assert (left.status_code, left.headers["location"]) == (302, "/.auth/logout/complete")
        assert [each.get("/api/me").status_code for each in (ann, bob)] == [401, 200]
        assert "signed out" in ann.get("/.auth/logout/complete").text


def test_who_has_no_role_is_told_whom_to_ask(url: str) -> None:
    with browser(url, "eve") as eve:
        answer = eve.get("/api/search")
    assert (answer.status_code, "ask ann@x" in answer.text) == (403, True)


def test_a_header_from_outside_is_taken_away(url: str) -> None:
    forged = signed_in(roles=["admin"]) | {"X-MS-CLIENT-PRINCIPAL-NAME": "ann@x", "X-MS-TOKEN-AAD-ID-TOKEN": "t"}
    with browser(url, "bob") as bob, browser(url) as nobody:
        assert nobody.get("/api/me", headers=forged).status_code == 401
        assert bob.get("/api/me", headers=forged).json()["name"] == "bob@x"


@pytest.mark.parametrize("name", ["x-odd", "api-key", "cookie", "authorization"])
def test_a_header_that_is_no_text_is_as_any_that_is_wrong(url: str, name: str) -> None:
    odd = [(name.encode(), b"Bearer \xff\xfe \xc3\xbc")]
    with browser(url, "bob") as bob, browser(url) as nobody:
        answers = [each.get("/api/me", headers=[*each.headers.raw, *odd]).status_code for each in (bob, nobody)]
    assert (answers[0] in {200, 401}, answers[1]) == (True, 401)


def test_a_session_that_was_made_up_or_is_a_token_is_nobody_s(url: str) -> None:
    for value in ("x", "a.b.c", token(url, "ann"), Tokens().make(TokenClaims("ann"), "session")):
        assert httpx.get(f"{url}/api/me", cookies={"AppServiceAuthSession": value}).status_code == 401


@pytest.mark.parametrize(("id_", "name"), [("ann", "ann@x"), ("robot", "robot")])
def test_a_token_is_as_good_as_a_session(url: str, id_: str, name: str) -> None:
    answer = httpx.get(f"{url}/api/me", headers={"Authorization": f"bearer {token(url, id_)}"}, timeout=60)
    assert (answer.status_code, answer.json()["name"]) == (200, name)


@pytest.mark.parametrize("value", ["x", KEY, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ."])
def test_another_token_is_refused_before_the_app_sees_it_and_a_key_goes_elsewhere(url: str, value: str) -> None:
    answer = httpx.get(f"{url}/api/health", headers={"Authorization": f"Bearer {value}"})
    metadata = f"{url}/.well-known/oauth-protected-resource/api/health"
    assert (answer.status_code, answer.headers["www-authenticate"]) == (
        401,
        f'Bearer error="invalid_token", resource_metadata="{metadata}"',
    )
    assert httpx.get(f"{url}/api/me", headers={"api-key": KEY}).json()["name"] == "key"


def test_the_page_offers_everybody_and_leads_nowhere_else(url: str) -> None:
    with browser(url) as client:
        page = client.get("/.auth/login/local", params={"post_login_redirect_uri": '/?q="><script>'})
        assert all(f'value="{name}"' in page.text for name in ("ann", "bob", "eve"))
        assert "<script" not in page.text
        assert client.get("/.auth/login/aad?post_login_redirect_uri=/x").headers["location"] == (
            "/.auth/login/local?post_login_redirect_uri=/x"
        )
        for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", ""):
            form = {"person": "ann", "post_login_redirect_uri": elsewhere}
            assert client.post("/.auth/login/local", data=form).headers["location"] == "/"
        for nobody in ("", "mallory", "robot"):
            assert client.post("/.auth/login/local", data={"person": nobody}).status_code == 400


def test_pages_of_other_origins_sign_nobody_in_or_out(url: str) -> None:
    foreign = {"Origin": "https://evil.example"}
    with browser(url, "ann") as ann:
        assert ann.post("/.auth/login/local", data={"person": "bob"}, headers=foreign).status_code == 403
        assert ann.post("/.auth/local/token", data={"person": "ann"}, headers=foreign).status_code == 403
        assert ann.get("/.auth/logout", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert ann.get("/.auth/me", headers={"Host": "evil.example"}).status_code == 403


def test_the_host_says_who_has_signed_in(url: str) -> None:
    with browser(url, "bob") as bob, browser(url) as nobody:
        [me] = bob.get("/.auth/me").json()
        assert (me["provider_name"], me["user_id"]) == ("aad", "bob@x")
        assert {"typ": "groups", "val": "g-guests"} in me["user_claims"]
        assert (bob.get("/.auth/refresh").status_code, nobody.get("/.auth/me").status_code) == (200, 401)
        assert bob.get("/.auth/nothing").status_code == 404


def test_a_body_passes_the_sign_in_as_it_is(url: str) -> None:
    with browser(url, "ann") as ann:
        answer = ann.put("/api/photos/a.jpg", content=b"x" * 300_000)
        assert (answer.status_code, answer.json()["path"]) == (201, "a.jpg")


def test_more_than_two_hundred_groups_are_left_out(url: str) -> None:
    with browser(url, "max") as max_:
        assert max_.get("/api/me").json()["role"] == "viewer"
    many = Account(id="max", name="Max", email="max@x", groups=tuple(f"g{n}" for n in range(201)))
    content = json.loads(base64.b64decode(principal_headers(many, TokenClaims("max"))["X-MS-CLIENT-PRINCIPAL"]))
    assert not [each for each in content["claims"] if each["typ"] == "groups"]
    assert '"groups"' in next(each["val"] for each in content["claims"] if each["typ"] == "_claim_names")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        ("{", "the file: Invalid JSON"),
        ({"people": [{"id": "a b", "name": "A"}]}, "people.0.id"),
        ({"people": [{"id": "a", "name": "A", "role": "admin"}]}, "people.0.role"),
        ({"people": [{"id": "a", "name": "A"}], "apps": [{"id": "a", "name": "A"}]}, "two of them have the id 'a'"),
    ],
)
def test_a_file_with_a_fault_is_refused(content: Any, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    if content is not None:
        file.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(HostStartupError, match=reason):
        read_people(file)


def test_the_file_that_comes_with_the_app_is_good() -> None:
    people = read_people(ROOT / "local" / "people.json")
    assert {role for each in people.people for role in each.roles} == {"admin", "editor", "contributor", "viewer"}


def test_tokens_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens()
    made = tokens.make(TokenClaims("ann"), "session")
    assert (tokens.read(made, "session"), tokens.read(made, "access")) == (TokenClaims("ann"), None)
    monkeypatch.setattr("local.host.sign_in.tokens.time.time", lambda: 4e9)
    assert tokens.read(made, "session") is None
