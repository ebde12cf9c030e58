"""Entra ID as this host plays it: what it announces, whom it sends back where, and who gets a token for what."""

from collections.abc import Iterator
from urllib.parse import quote_plus

import httpx
import pytest

from local.host.sign_in.registration import APP_ID_URI, METADATA_SCOPES, SCOPE
from tests.local.host.conftest import new_sandbox
from tests.local.host.oauth import (
    AUTHORIZE,
    CONNECTOR_CALLBACK,
    ENTRA,
    METADATA,
    SECRET,
    TOKEN,
    Program,
    ask_mcp,
    bearer,
    returned,
    start,
)
from tests.machine import Azurite


@pytest.fixture(scope="module")
def url(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The whole app, with people and clients from a file."""
    with new_sandbox(azurite, tmp_path_factory.mktemp("entra")) as sandbox:
        yield start(sandbox)


def test_the_sign_in_announces_what_entra_does(url: str) -> None:
    content = httpx.get(url + METADATA).json()

    assert content["issuer"] == f"{url}{ENTRA}/v2.0"
    assert (content["authorization_endpoint"], content["token_endpoint"]) == (url + AUTHORIZE, url + TOKEN)
    assert not {"registration_endpoint", "code_challenge_methods_supported"} & content.keys()
    for path in (f"/.well-known/oauth-authorization-server{ENTRA}/v2.0", f"{ENTRA}/v2.0/else"):
        assert httpx.get(url + path, timeout=60).status_code == 404


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"resource": "https://evil.example/mcp"}, "invalid_target"),
        ({"resource": "{url}/mcp/"}, "invalid_target"),
        ({"scope": SCOPE}, "invalid_target"),
        ({"scope": "openid"}, "invalid_target"),
        ({"scope": "openid", "resource": None}, "invalid_scope"),
        ({"scope": f"{METADATA_SCOPES} https://graph.microsoft.com/.default"}, "invalid_scope"),
        ({"scope": None, "resource": None}, "invalid_scope"),
    ],
    ids=str,
)
def test_what_entra_refuses_is_refused_without_a_code(url: str, changes: dict[str, str | None], error: str) -> None:
    filled = {name: value and value.format(url=url) for name, value in changes.items()}
    back = returned(Program(url).authorize("vic", **filled))

    assert (back["error"], back["state"], "code" in back) == (error, "s&1", False)


@pytest.mark.parametrize("scope", [f"{APP_ID_URI}/.default", "{url}/mcp/user_impersonation openid profile"])
@pytest.mark.parametrize("resource", [None, APP_ID_URI, "{url}/mcp"])
def test_a_scope_goes_with_each_name_of_the_app(url: str, scope: str, resource: str | None) -> None:
    asked = {"scope": scope.format(url=url), "resource": resource and resource.format(url=url)}

    assert Program(url).sign_in("vic", **asked)["scope"] == METADATA_SCOPES


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://localhost:1/else"},
        {"redirect_uri": "http://localhost@evil.example/callback"},
        {"redirect_uri": CONNECTOR_CALLBACK},
        {"redirect_uri": "http://[::1"},
        {"redirect_uri": None},
        {"client_id": "unknown"},
        {"client_id": None},
    ],
    ids=str,
)
def test_nobody_is_sent_to_an_address_that_was_not_registered(url: str, changes: dict[str, str | None]) -> None:
    answer = Program(url).authorize("vic", **changes)
    posted = httpx.post(url + AUTHORIZE, data=Program(url).question(**changes) | {"person": "vic"}, timeout=60)

    assert (answer.status_code, posted.status_code) == (400, 400)
    assert not {"location"} & {*answer.headers, *posted.headers}


@pytest.mark.parametrize("person", ["robot", "mallory", ""])
def test_only_a_person_of_the_file_can_be_chosen(url: str, person: str) -> None:
    assert returned(Program(url).authorize(person))["error"] == "access_denied"


def test_a_code_is_good_once_and_for_whoever_asked_for_it(url: str) -> None:
    program, other = Program(url), Program(url, "connector", SECRET, CONNECTOR_CALLBACK)

    def code() -> str:
        return returned(program.authorize("vic"))["code"]

    used = code()
    assert program.redeem(used).status_code == 200
    wrong = [
        program.redeem(used),
        program.redeem("made up"),
        program.redeem(code(), code_verifier="x" * 43),
        program.redeem(code(), code_verifier=""),
        program.redeem(code(), redirect_uri="http://localhost:1/callback"),
        other.redeem(code(), code_verifier=program.verifier),
    ]
    assert [(each.status_code, each.json()["error"]) for each in wrong] == [(400, "invalid_grant")] * len(wrong)
    assert program.redeem(code(), resource="https://evil.example").json()["error"] == "invalid_target"
    assert program.ask_token(grant_type="password").json()["error"] == "unsupported_grant_type"


def test_a_client_proves_who_it_is(url: str) -> None:
    connector = Program(url, "connector", SECRET, CONNECTOR_CALLBACK)
    assert connector.sign_in("vic")["token_type"] == "Bearer"
    by_basic = httpx.post(
        url + TOKEN, data={"grant_type": "refresh_token"}, auth=("connector", quote_plus(SECRET)), timeout=60
    )
    assert by_basic.json()["error"] == "invalid_grant"  # who it is was believed

    wrong = [
        Program(url, "connector", "", CONNECTOR_CALLBACK).redeem("x"),
        Program(url, "connector", "wrong", CONNECTOR_CALLBACK).redeem("x"),
        Program(url, "agent", "a public client has none").redeem("x"),
        Program(url, "unknown").redeem("x"),
        httpx.post(url + TOKEN, headers={"Authorization": "Basic %%%"}, timeout=60),
    ]
    assert [(each.status_code, each.json()["error"]) for each in wrong] == [(401, "invalid_client")] * len(wrong)


def test_a_token_is_followed_by_another_without_anybody_signing_in(url: str) -> None:
    program = Program(url)
    first = program.sign_in("vic", scope=f"{METADATA_SCOPES} offline_access")
    next_ = program.ask_token(grant_type="refresh_token", refresh_token=first["refresh_token"])

    assert ask_mcp(url, **bearer(next_.json()["access_token"])).status_code == 200
    assert "refresh_token" not in program.sign_in("vic")
    for token in (first["access_token"], "made up"):
        assert program.ask_token(grant_type="refresh_token", refresh_token=token).json()["error"] == "invalid_grant"
    other = Program(url, "connector", SECRET)
    stolen = other.ask_token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert ask_mcp(url, **bearer(first["refresh_token"])).status_code == 401
