"""What `/mcp` tells clients that could sign somebody in, and what it asks of the tokens they come back with."""

from typing import Any

import httpx
import pytest

from shared.api_keys import ApiKey, digest_key, generate_key
from tests.web.fake_services import SETTINGS, FakeServices
from tests.web.principals import claim, signed_in
from web.protected_resource import SETTING

KEY = generate_key()
SCOPE = "api://client-id/user_impersonation"
METADATA = "/.well-known/oauth-protected-resource"
LONG_SCOPE = "http://schemas.microsoft.com/identity/claims/scope"
TOKEN = {"Authorization": "Bearer of Entra"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}


@pytest.fixture(autouse=True)
def _platform(services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> None:
    """App Service authentication is on and publishes metadata, and the app goes by it."""
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "True")
    monkeypatch.setenv(SETTING, SCOPE)
    services.settings = SETTINGS.model_copy(update={"http_auth": "platform", "access_contact": "ann@x"})
    services.api_keys.keys = (ApiKey("reader", "read", digest_key(KEY)),)


async def ask(http: httpx.AsyncClient, headers: dict[str, str] | None = None, path: str = "/mcp") -> httpx.Response:
    accept = {"Accept": "application/json, text/event-stream"}
    return await http.post(path, json=INITIALIZE, headers=accept | (headers or {}))


def holder(*more: dict[str, object], **options: Any) -> dict[str, str]:
    """A request with a token that the platform has checked."""
    return signed_in(roles=["viewer"], more=more, **options) | TOKEN


@pytest.mark.parametrize(
    ("public_url", "address"),
    [
        ("", f"http://localhost{METADATA}/mcp"),
        ("https://photos.example", f"https://photos.example{METADATA}/mcp"),
        ("https://example.org/photos", f"https://example.org{METADATA}/photos/mcp"),
    ],
)
async def test_nobody_is_led_to_the_metadata_of_the_address_that_clients_know(
    public_url: str, address: str, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", public_url)

    answer = await ask(http)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        f'Bearer realm="photos", resource_metadata="{address}", scope="{SCOPE}"'
    )


async def test_other_routes_and_wrong_keys_lead_nowhere(http: httpx.AsyncClient) -> None:
    responses = [
        await ask(http, path="/v1/chat/completions"),
        await ask(http, {"api-key": "wrong"}),
        await http.get("/api/search"),
    ]

    assert [each.status_code for each in responses] == [401, 401, 401]
    assert not [each for each in responses if "resource_metadata" in each.headers["www-authenticate"]]


@pytest.mark.parametrize(
    ("setting", "auth", "is_on"), [("", "platform", "True"), (SCOPE, "key", "True"), (SCOPE, "platform", "False")]
)
async def test_nothing_is_told_where_the_platform_signs_nobody_in_for_us(
    setting: str,
    auth: str,
    is_on: str,
    http: httpx.AsyncClient,
    services: FakeServices,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(SETTING, setting)
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", is_on)
    services.settings = services.settings.model_copy(update={"http_auth": auth})

    assert (await ask(http)).headers["www-authenticate"] == 'Bearer realm="photos"'


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ([claim("azp", "agent"), claim("scp", "user_impersonation")], 200),
        ([claim("appid", "agent"), claim(LONG_SCOPE, "other user_impersonation")], 200),
        ([claim("azp", "backup")], 200),  # an app that acts for itself
        ([claim("azp", "agent"), claim("scp", "openid profile")], 403),
        ([], 403),  # an ID token: it only says who somebody is
    ],
    ids=str,
)
async def test_a_client_needs_leave_to_use_the_photos_for_somebody(
    claims: list[dict[str, object]], status: int, http: httpx.AsyncClient
) -> None:
    answer = await ask(http, holder(*claims))

    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["code"] == "insufficient_scope"
        assert answer.headers["www-authenticate"].startswith(
            'Bearer realm="photos", error="insufficient_scope", resource_metadata='
        )


async def test_leave_is_asked_of_tokens_for_agents_alone(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_leave = holder()

    assert (await http.get("/api/me", headers=without_leave)).status_code == 200
    assert (await ask(http, signed_in(roles=["viewer"]))).status_code == 200  # a session
    assert (await ask(http, without_leave | {"api-key": KEY})).status_code == 200
    monkeypatch.setenv(SETTING, "")
    assert (await ask(http, without_leave)).status_code == 200


async def test_leave_is_no_role(http: httpx.AsyncClient) -> None:
    leave = [claim("azp", "agent"), claim("scp", "user_impersonation")]

    answer = await ask(http, signed_in(more=leave) | TOKEN)

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "no_role")
    assert "ask ann@x" in answer.json()["error"]["message"]
