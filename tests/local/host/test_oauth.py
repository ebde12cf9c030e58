"""Clients that sign people in to `/mcp`, over the platform's metadata and Entra ID as this host plays them."""

import asyncio
import base64
import json
from collections.abc import Iterator

import httpx
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from local.host.sign_in.protected_resource import WELL_KNOWN
from local.host.sign_in.registration import APP, APP_ID_URI, METADATA_SCOPES
from tests.local.host.conftest import HostSandbox, new_sandbox
from tests.local.host.oauth import (
    AUTHORIZE,
    ENTRA,
    KEY,
    METADATA,
    SECRET,
    TOKEN,
    ConsentingPerson,
    Program,
    ask_mcp,
    bearer,
    sdk_client,
    start,
)
from tests.machine import Azurite
from tests.web.principals import signed_in

FOREIGN = {"Origin": "https://evil.example"}


@pytest.fixture(scope="module")
def sandbox(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostSandbox]:
    with new_sandbox(azurite, tmp_path_factory.mktemp("oauth")) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def url(sandbox: HostSandbox) -> str:
    """The whole app, with people and clients from a file."""
    return start(sandbox)


def local_token(url: str, person: str, **fields: str) -> str:
    answer = httpx.post(f"{url}/.auth/local/token", data={"person": person} | fields, timeout=60)
    return str(answer.json()["access_token"])


def name_of(url: str, token: str) -> str:
    return str(httpx.get(f"{url}/api/me", headers=bearer(token), timeout=60).json()["name"])


@pytest.mark.parametrize(("person", "may_propose"), [("ed", True), ("vic", False)])
@pytest.mark.parametrize("secret", ["", SECRET], ids=["public client", "client with a secret"])
async def test_the_sdks_client_finds_the_sign_in_by_itself_and_is_who_signed_in(
    url: str, person: str, may_propose: bool, secret: str
) -> None:
    visitor = ConsentingPerson(person)
    http_client, memory = sdk_client(url, visitor, secret=secret)

    async with http_client, Client(streamable_http_client(f"{url}/mcp", http_client=http_client)) as client:
        tools = {each.name for each in (await client.list_tools()).tools}

    assert "search_photos" in tools
    assert ("propose_edit" in tools) is may_propose
    asked = httpx.URL(visitor.sent_to).params
    assert (asked["resource"], asked["code_challenge_method"]) == (f"{url}/mcp", "S256")
    assert set(asked["scope"].split()) == {METADATA_SCOPES, "offline_access"}
    assert memory.tokens
    assert memory.tokens.scope == METADATA_SCOPES
    assert await asyncio.to_thread(name_of, url, memory.tokens.access_token) == f"{person}@x"


def test_whoever_has_no_role_is_told_whom_to_ask(url: str) -> None:
    answer = ask_mcp(url, **bearer(Program(url).sign_in("nora")["access_token"]))

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "no_role")
    assert "ask ann@x" in answer.json()["error"]["message"]
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize("path", ["", "/mcp", "/else/where"])
def test_what_a_resource_is_may_be_read_by_everybody(url: str, path: str) -> None:
    answer = httpx.get(url + WELL_KNOWN + path)

    assert answer.json() == {
        "resource": url + path,
        "authorization_servers": [f"{url}{ENTRA}/v2.0"],
        "scopes_supported": [METADATA_SCOPES],
    }
    assert httpx.post(url + WELL_KNOWN + path).status_code == 405


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", [f"{WELL_KNOWN}/mcp", METADATA, AUTHORIZE, TOKEN])
def test_pages_of_other_origins_and_hosts_that_are_not_ours_get_nothing(url: str, path: str, method: str) -> None:
    for headers in (FOREIGN, {"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}):
        assert httpx.request(method, url + path, headers=headers).status_code == 403
    if path != AUTHORIZE or method == "POST":
        assert httpx.request(method, url + path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_foreign_page_and_a_foreign_host_do_not_reach_the_photos_with_a_token_either(url: str) -> None:
    token = bearer(local_token(url, "ed"))

    assert ask_mcp(url, **token, **FOREIGN).json()["error"]["code"] == "foreign_origin"
    assert ask_mcp(url, **token, Host="evil.example").status_code == 421
    assert ask_mcp(url, **token).status_code == 200


def test_nobody_is_told_where_to_sign_in_and_not_sent_there(url: str) -> None:
    answer = ask_mcp(url)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "sign_in_required")
    assert answer.headers["www-authenticate"] == (
        f'Bearer realm="photos", resource_metadata="{url}{WELL_KNOWN}/mcp", scope="{METADATA_SCOPES}"'
    )
    other = httpx.get(f"{url}/api/search", timeout=60)
    assert (other.status_code, other.headers["www-authenticate"]) == (401, 'Bearer realm="photos"')


def test_who_has_signed_out_is_nobody(url: str) -> None:
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as browser:
        browser.post("/.auth/login/local", data={"person": "vic"})
        assert browser.get("/api/me").status_code == 200
        browser.get("/.auth/logout")
        assert (browser.get("/api/me").status_code, len(browser.cookies)) == (401, 0)
        assert "resource_metadata" in browser.post("/mcp", json={}).headers["www-authenticate"]


@pytest.mark.parametrize("audience", [APP, APP_ID_URI, "{url}/mcp"])
def test_a_token_may_be_for_the_app_by_each_of_its_names(url: str, audience: str) -> None:
    assert ask_mcp(url, **bearer(local_token(url, "vic", audience=audience.format(url=url)))).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"audience": "00000003-0000-0000-c000-000000000000"},
        {"audience": "{url}/mcp/"},
        {"audience": "https://evil.example/mcp"},
        {"audience": ""},
        {"seconds": "-1"},
        {"seconds": "0"},
    ],
    ids=str,
)
def test_a_token_of_another_app_or_time_is_refused_and_its_client_led_to_the_sign_in(
    url: str, fields: dict[str, str]
) -> None:
    token = local_token(url, "ed", **{name: value.format(url=url) for name, value in fields.items()})
    answer = ask_mcp(url, **bearer(token))

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        f'Bearer error="invalid_token", resource_metadata="{url}{WELL_KNOWN}/mcp"'
    )


def test_a_token_that_was_changed_is_refused(url: str) -> None:
    head, body, signature = local_token(url, "vic").split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "ed"}).encode()).decode().rstrip("=")

    assert "resource_metadata" not in ask_mcp(url, **bearer("x"), Host="evil.example").headers["www-authenticate"]
    for token in (f"{head}.{changed}.{signature}", f"{head}.{changed}.", f"{head}.{body}"):
        assert ask_mcp(url, **bearer(token)).status_code == 401


@pytest.mark.parametrize("scope", ["", "openid", "user_impersonations"])
def test_a_client_that_was_not_given_leave_is_told_what_to_ask_for(url: str, scope: str) -> None:
    token = bearer(local_token(url, "ed", scope=scope))
    answer = ask_mcp(url, **token)

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "insufficient_scope")
    assert answer.headers["www-authenticate"] == (
        f'Bearer realm="photos", error="insufficient_scope", '
        f'resource_metadata="{url}{WELL_KNOWN}/mcp", scope="{METADATA_SCOPES}"'
    )


def test_an_app_that_acts_for_itself_needs_a_role_and_no_leave(url: str) -> None:
    assert ask_mcp(url, **bearer(local_token(url, "robot"))).status_code == 200


def test_a_forged_name_gets_nowhere(url: str) -> None:
    forged = signed_in(roles=["admin"])

    assert ask_mcp(url, **forged).status_code == 401
    tools = ask_mcp(url, **forged, **bearer(local_token(url, "vic"))).json()["result"]["tools"]
    assert "propose_edit" not in {each["name"] for each in tools}


def test_keys_go_on_beside_it_but_not_as_a_token(url: str) -> None:
    assert [ask_mcp(url, **{name: KEY}).status_code for name in ("api-key", "x-functions-key")] == [200, 200]
    assert (ask_mcp(url, **bearer(KEY)).status_code, ask_mcp(url, **{"api-key": "wrong"}).status_code) == (401, 401)


def test_without_the_platforms_setting_nothing_is_published(sandbox: HostSandbox) -> None:
    url = start(sandbox, WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES="")

    assert httpx.get(f"{url}{WELL_KNOWN}/mcp", timeout=60).status_code == 404
    assert ask_mcp(url).headers["www-authenticate"] == 'Bearer realm="photos"'
    assert ask_mcp(url, **bearer(local_token(url, "vic", scope=""))).status_code == 200
    refused = ask_mcp(url, **bearer("x"))
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'
