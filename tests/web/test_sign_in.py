"""HTTP_AUTH=platform: what each route answers to people with every role, to keys beside them, and to forged names."""

import re
from typing import Any

import httpx
import pytest

from shared.access.caller import Caller, current_caller
from shared.access.roles import Role
from shared.api_keys import ApiKey, digest_key, generate_key
from tests.web.fake_services import SETTINGS, FakeServices
from tests.web.principals import HEADER, claim, signed_in
from web import me
from web.routes import ROUTES, Access, Route

KEY = generate_key()
CLOSED = [route for route in ROUTES if not route.anonymous]


@pytest.fixture(autouse=True)
def _platform(services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> None:
    """App Service authentication is on, and the app goes by it."""
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "True")
    services.settings = SETTINGS.model_copy(
        update={
            "http_auth": "platform",
            "role_groups": {"g-editors": Role.EDITOR},
            "access_contact": "photos@example.org",
        }
    )
    services.api_keys.keys = (ApiKey("reader", "read", digest_key(KEY)),)


@pytest.fixture
def callers(monkeypatch: pytest.MonkeyPatch) -> list[Caller]:
    """Whoever has asked /api/me."""
    seen: list[Caller] = []
    answer = me.me

    async def spy(request: Any) -> Any:
        seen.append(current_caller())
        return await answer(request)

    monkeypatch.setattr("web.me.me", spy)
    return seen


async def send(http: httpx.AsyncClient, route: Route, **options: Any) -> httpx.Response:
    return await http.request(route.method, "/" + re.sub(r"\{\*?\w+\}", "0" * 32, route.path).lstrip("/"), **options)


@pytest.mark.parametrize("route", CLOSED, ids=lambda route: route.function)
async def test_nobody_and_no_key_is_asked_to_sign_in(route: Route, http: httpx.AsyncClient) -> None:
    answer = await send(http, route)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["sign_in"]) == (401, "sign_in_required", "/.auth/login/aad")
    assert answer.headers["www-authenticate"] == 'Bearer realm="photos"'


@pytest.mark.parametrize("route", CLOSED, ids=lambda route: route.function)
async def test_who_has_no_role_is_told_whom_to_ask(route: Route, http: httpx.AsyncClient) -> None:
    answer = await send(http, route, headers=signed_in(roles=["Other"], groups=["g-others"]))

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["sign_out"]) == (403, "no_role", "/.auth/logout")
    assert error["message"] == "'ann@example.org' has signed in and has no role here: ask photos@example.org for one"


@pytest.mark.parametrize("route", CLOSED, ids=lambda route: route.function)
async def test_people_reach_what_their_role_may_reach(route: Route, http: httpx.AsyncClient) -> None:
    assert (await send(http, route, headers=signed_in(roles=["admin"]))).status_code not in {401, 403}
    viewer = await send(http, route, headers=signed_in(roles=["viewer"]))
    if route.role > Role.VIEWER:
        assert (viewer.status_code, viewer.json()["error"]["code"]) == (403, "insufficient_rights")
    else:
        assert viewer.status_code not in {401, 403}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.function)
@pytest.mark.parametrize("mode", ["function", "key", "platform"])
async def test_a_forged_identity_opens_nothing_and_is_refused_everywhere(
    mode: str, route: Route, http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEBSITE_AUTH_ENABLED")
    services.settings = services.settings.model_copy(update={"http_auth": mode})

    for headers in (signed_in(roles=["admin"]), {"x-ms-client-principal-id": "ann"}):
        answer = await send(http, route, headers=headers | {"api-key": KEY})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forged_identity")


async def test_where_the_app_does_not_go_by_the_platform_its_identity_gives_no_rights(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    """Whoever has put App Service authentication in front of HTTP_AUTH=key still needs a key."""
    services.settings = services.settings.model_copy(update={"http_auth": "key"})

    assert (await http.get("/api/me", headers=signed_in(roles=["admin"]))).status_code == 401
    answer = await http.get("/api/me", headers=signed_in(roles=["admin"]) | {"api-key": KEY})
    assert (answer.json()["name"], answer.json()["role"]) == ("reader", "viewer")


async def test_without_the_platform_only_keys_open_the_app(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "False")

    answer = await http.get("/api/me")
    assert (answer.status_code, "sign_in" in answer.json()["error"]) == (401, False)
    assert "App Service authentication, which is off here" in answer.json()["error"]["message"]
    assert (await http.get("/api/me", headers={"api-key": KEY})).status_code == 200


@pytest.mark.parametrize("on", [True, False])
async def test_status_says_that_nobody_can_sign_in(
    on: bool, http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.limitations.sentences = []
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", str(on))

    status = (await http.get("/api/status", headers={"api-key": KEY})).json()

    assert status["health"] == ("ok" if on else "degraded")
    assert any("nobody can sign in" in each for each in status["warnings"]) is not on


async def test_a_person_is_known_to_whatever_answers(http: httpx.AsyncClient, callers: list[Caller]) -> None:
    answer = await http.get("/api/me", headers=signed_in("ann-id", roles=["contributor"], groups=["g-editors", "b"]))

    assert callers == [Caller("ann@example.org", Role.EDITOR, "ann-id", frozenset({"g-editors", "b"}))]
    assert answer.json() == {
        "name": "ann@example.org",
        "role": "editor",
        "right": "read",
        "signed_in": True,
        "sign_out": "/.auth/logout",
        "feedback": "off",
        "search_by_picture": False,
        "groups_missing": False,
    }


async def test_an_app_s_token_is_as_good_as_a_person_s(http: httpx.AsyncClient, callers: list[Caller]) -> None:
    claims = [claim("azp", "client")]
    headers = signed_in("app-id", name="", roles=["viewer"], more=claims) | {"Authorization": "Bearer eyJ0.eyJ0.c2ln"}
    answer = await http.get("/api/me", headers=headers)

    assert answer.status_code == 200
    assert [(each.id, each.role) for each in callers] == [("app-id", Role.VIEWER)]


@pytest.mark.parametrize("place", ["api-key", "x-functions-key", "code"])
async def test_a_key_that_is_sent_on_purpose_counts_before_the_session(
    place: str, http: httpx.AsyncClient, callers: list[Caller]
) -> None:
    key: dict[str, Any] = {"params": {"code": KEY}} if place == "code" else {}
    headers = signed_in(roles=["admin"]) | ({} if key else {place: KEY})

    assert (await http.get("/api/me", headers=headers, **key)).status_code == 200
    assert callers == [Caller("reader", Role.VIEWER)]
    wrong = await http.get("/api/me", headers=signed_in(roles=["admin"]) | {"api-key": "wrong"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "invalid_api_key")


async def test_groups_that_a_token_leaves_out_are_told_and_app_roles_still_count(http: httpx.AsyncClient) -> None:
    overage = [claim("hasgroups", "true")]
    without = await http.get("/api/me", headers=signed_in(more=overage))
    assert "more groups than a token names" in without.json()["error"]["message"]

    with_role = await http.get("/api/me", headers=signed_in(roles=["viewer"], more=overage))
    assert with_role.json()["role"] == "viewer"


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ([claim("hasgroups", "true")], True),
        ([claim("_claim_names", '{"groups":"src1"}')], True),
        ([claim("groups:src1", "https://graph.example/x")], True),
        ([claim("_claim_names", '{"other":"src1"}')], False),
        ([claim("groups", "g-editors")], False),
    ],
)
async def test_whoever_is_in_more_groups_than_a_token_names_is_told_that_none_counts(
    more: list[Any],
    missing: bool,
    http: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("web.authentication._told_of", set())

    for _ in range(2):
        answer = await http.get("/api/me", headers=signed_in("ann-id", roles=["viewer"], more=more))
        assert answer.json()["groups_missing"] is missing
    by_key = await http.get("/api/me", headers=signed_in("ann-id", more=more) | {"api-key": KEY})

    assert by_key.json()["groups_missing"] is False
    told = [each for each in caplog.messages if "more groups than a token names" in each]
    assert len(told) == missing  # once, however often they ask
    assert "ann" not in "".join(told)


async def test_an_identity_that_cannot_be_read_is_nobody_s(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/me", headers={HEADER: "%%%"})

    assert (answer.status_code, "cannot be read" in answer.text) == (401, True)


@pytest.mark.parametrize("route", CLOSED, ids=lambda route: route.function)
async def test_a_session_that_a_foreign_page_makes_a_browser_send_changes_nothing(
    route: Route, http: httpx.AsyncClient, services: FakeServices
) -> None:
    """What only reads may be shown elsewhere, so it must have no effect; everything else is refused."""
    headers = signed_in(roles=["admin"]) | {"Sec-Fetch-Site": "cross-site", "Content-Type": "application/json"}

    answer = await send(http, route, headers=headers)

    assert (answer.status_code == 403) is (route.access is not Access.READ)
    assert services.storage.blobs == {}
    assert services.tickets.sent == []
