"""Keys: what each function that the host is told of answers, in each mode, to no key and to every kind of key."""

import inspect
import logging
import re
import runpy
from pathlib import Path
from typing import Any, get_args

import azure.functions as func
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route as StarletteRoute

from shared.access.caller import Caller
from shared.access.roles import Role
from shared.api_keys import ApiKey, Right, digest_key, generate_key
from shared.errors import Outage, SettingsError
from shared.settings import load
from tests.web.fake_services import SETTINGS, FakeServices
from web.authentication import WAYS, authenticate
from web.routes import ROUTES, Route

ROOT = Path(__file__).parents[2]
OPEN = {
    "page", "page_file", "health", "picture", "export_file", "share_page", "shared", "unlock_shared", "shared_photos",
    "shared_original", "shared_picture", "mcp_stream", "mcp_end",
}  # fmt: skip
NEEDS: dict[Role, set[str]] = {
    Role.VIEWER: {
        "openapi", "me", "chat_completions", "models", "model", "search", "search_by_picture", "photo", "similar",
        "map", "thumbnail", "preview", "original", "original_at", "picture_links", "status", "responses", "response",
        "feedback", "history", "catalogue_fields", "vocabulary", "export", "export_ids", "collections", "collection",
        "collection_photos", "large_export", "cancel_job", "descriptions", "large", "review", "mcp",
    },
    Role.CONTRIBUTOR: {
        "upload", "delete", "delete_original", "failures", "retry", "retry_all", "delete_failure", "delete_failures",
    },
    Role.EDITOR: {
        "edit", "undo", "move", "set_vocabulary", "import_csv", "trash", "restore", "make_collection",
        "change_collection", "delete_collection", "set_members", "add_members", "make_job", "jobs", "job", "undo_job",
        "proposals", "proposal", "accept_proposal", "dismiss_proposal", "make_share", "shares", "revoke_share",
    },
    Role.ADMIN: {"empty_trash", "delete_for_good", "access", "set_access", "set_fields", "audit", "estimate_job"},
}  # fmt: skip
CLOSED = set[str]().union(*NEEDS.values())
NOT_HTTP = {
    "photo_arrived", "retry_due", "refresh_due", "photo_deleted", "arrival_given_up", "retry_given_up",
    "refresh_given_up", "reconcile", "upload_due", "upload_given_up",
    "delete_given_up", "job_due", "job_given_up",
}  # fmt: skip
KEYS = {role: generate_key() for role in Role}
NAMES = [role.label for role in KEYS]
READER, OWNER = generate_key(), generate_key()  # as they were made before there were roles
SETTING, REVOKED = "a-key-of-somebody-elses-making-0", generate_key()
REFUSALS = {
    "": f"a key is missing: send one {WAYS}",
    "nonsense": "wrong, or was revoked",
    REVOKED: "wrong, or was revoked",
    READER[:-1]: "mistyped or cut off",
    digest_key(READER): "wrong, or was revoked",  # what is kept of a key is not one
    "schlüssel": "wrong, or was revoked",
}
PLACES = ["Authorization", "api-key", "x-functions-key", "code"]


def registered(setting: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Every function that the host would be told of with this HTTP_AUTH."""
    monkeypatch.setenv("HTTP_AUTH", setting)
    app = runpy.run_path(str(ROOT / "function_app.py"))["app"]
    return {each.get_function_name(): each for each in app.get_functions()}


def triggers(functions: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The HTTP triggers by function."""
    all_ = {name: each.get_trigger().get_dict_repr() for name, each in functions.items()}
    return {name: each for name, each in all_.items() if each["type"] == "httpTrigger"}


@pytest.fixture
def keys(services: FakeServices) -> FakeServices:
    """Services with HTTP_AUTH=key, one key from the settings and two that were made."""
    setting = ApiKey("setting", "full", digest_key(SETTING))
    services.settings = SETTINGS.model_copy(update={"http_auth": "key", "api_keys": (setting,)})
    services.api_keys.keys = (
        ApiKey("reader", "read", digest_key(READER)),
        ApiKey("owner", "full", digest_key(OWNER)),
        *(ApiKey(role.label, role.label, digest_key(key)) for role, key in KEYS.items()),
    )
    return services


@pytest.fixture
def app(keys: FakeServices, monkeypatch: pytest.MonkeyPatch) -> httpx.AsyncClient:
    """A client of every HTTP function that is registered with HTTP_AUTH=key, as a host that lets all in."""
    functions = registered("key", monkeypatch)
    routes = []
    for name, trigger in triggers(functions).items():
        path = "/" + re.sub(r"\{\*(\w+)\}", r"{\1:path}", trigger["route"]).lstrip("/")
        methods = [each.value for each in trigger["methods"]]
        routes.append(StarletteRoute(path, functions[name].get_user_function(), methods=methods, name=name))
    return httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=routes)), base_url="http://localhost")


def with_key(key: str, place: str = "x-functions-key") -> dict[str, Any]:
    """Where a request carries a key."""
    if place == "code":
        return {"params": {"code": key}}
    value = f"Bearer {key}" if place == "Authorization" else key
    return {"headers": {place: value.encode()}}


async def send(app: httpx.AsyncClient, function: str, **options: Any) -> httpx.Response:
    [route] = [each for each in ROUTES if each.function == function]
    path = re.sub(r"\{\*?\w+\}", "0" * 32, route.path).lstrip("/")
    return await app.request(route.method, f"/{path}", **options)


def test_every_function_has_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    functions = registered("key", monkeypatch)

    assert triggers(functions).keys() == OPEN | CLOSED
    assert functions.keys() == OPEN | CLOSED | NOT_HTTP
    assert {each.function for each in ROUTES if each.anonymous} == OPEN
    assert {each.function: each.role for each in ROUTES if not each.anonymous} == {
        function: role for role, functions in NEEDS.items() for function in functions
    }
    assert sum(map(len, NEEDS.values())) == len(CLOSED)


@pytest.mark.parametrize("setting", ["", "function", "platform", "KEY", "keys", " key ", "key"])
def test_the_host_lets_everyone_in_only_where_the_app_checks_keys(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels = {name: each["authLevel"] for name, each in triggers(registered(setting, monkeypatch)).items()}
    let_in = {name for name, level in levels.items() if level == func.AuthLevel.ANONYMOUS}
    environment = {"PhotoStorage": "UseDevelopmentStorage=true", "OPENAI_BASE_URL": "http://m", "HTTP_AUTH": setting}
    environment |= {"CAPTION_MODEL": "v", "CHAT_MODEL": "c", "EMBEDDING_MODEL": "e", "EMBEDDING_DIMENSIONS": "2"}
    try:
        checked_by_app = load(environment | {"AZURE_SEARCH_ENDPOINT": "http://s"}).checks_keys
    except SettingsError as error:
        assert "HTTP_AUTH" in str(error)  # noqa: PT017 - one of two outcomes
        checked_by_app = False

    assert let_in == (levels.keys() if checked_by_app else OPEN)


@pytest.mark.parametrize("function", sorted(CLOSED))
async def test_without_a_valid_key_nothing_answers(function: str, app: httpx.AsyncClient) -> None:
    for key, reason in REFUSALS.items():
        for place in PLACES:
            answer = await send(app, function, **with_key(key, place))

            error = answer.json()["error"]
            assert (answer.status_code, error["code"], error["type"]) == (
                401,
                "invalid_api_key",
                "invalid_request_error",
            )
            assert reason in error["message"]
            bearer = 'Bearer realm="photos"'
            assert answer.headers["www-authenticate"] == (f'{bearer}, error="invalid_token"' if key else bearer)
            assert not key or key not in error["message"]


@pytest.mark.parametrize("function", sorted(CLOSED))
async def test_each_role_may_call_what_needs_it_or_less(
    function: str, app: httpx.AsyncClient, keys: FakeServices
) -> None:
    [needed] = [role for role, functions in NEEDS.items() if function in functions]
    for place in PLACES:
        for role, key in [*KEYS.items(), (Role.VIEWER, READER), (Role.ADMIN, OWNER), (Role.ADMIN, SETTING)]:
            keys.storage.blobs.clear()  # an upload of another caller is theirs alone
            answer = await send(app, function, **with_key(key, place))
            if role >= needed:
                assert answer.status_code not in {401, 403}, role
            else:
                assert (answer.status_code, answer.json()["error"]["code"]) == (403, "insufficient_rights"), role
                assert f"has the role {role}" in answer.json()["error"]["message"]
                assert f"a key with the role {needed}" in answer.json()["error"]["message"]


def test_a_route_cannot_be_written_without_a_role() -> None:
    assert inspect.signature(Route).parameters["role"].default is inspect.Parameter.empty


@pytest.mark.parametrize("function", sorted(OPEN))
async def test_what_is_open_is_open_to_all(function: str, app: httpx.AsyncClient) -> None:
    for key in REFUSALS:
        assert (await send(app, function, **with_key(key))).status_code not in {401, 403}


@pytest.mark.parametrize("function", sorted(OPEN | CLOSED))
async def test_where_the_host_checks_keys_the_app_asks_for_none(function: str, http: httpx.AsyncClient) -> None:
    for options in ({}, with_key("a key of the host")):
        assert (await send(http, function, **options)).status_code not in {401, 403}


@pytest.mark.parametrize(
    ("error", "status"), [(Outage("storage cannot be reached"), 503), (SettingsError("damaged"), 500)]
)
async def test_keys_that_cannot_be_read_open_nothing_and_are_not_called_wrong(
    error: Outage | SettingsError, status: int, app: httpx.AsyncClient, keys: FakeServices
) -> None:
    keys.api_keys.error = error

    for key in (OWNER, READER, "wrong"):
        answer = await send(app, "status", **with_key(key))
        assert (answer.status_code, answer.json()["error"]["message"]) == (status, str(error))
    assert (await send(app, "models", **with_key(SETTING))).status_code == 200  # known without storage
    assert (await send(app, "models")).status_code == 401


async def test_two_different_keys_are_refused_and_the_same_one_twice_is_fine(app: httpx.AsyncClient) -> None:
    both = {"headers": {"api-key": READER, "x-functions-key": OWNER}}
    answer = await send(app, "models", **both)
    assert (answer.status_code, "two different keys" in answer.text) == (401, True)
    assert (await send(app, "models", params={"code": OWNER}, headers={"api-key": READER})).status_code == 401
    assert (await send(app, "models", params={"code": [OWNER, READER]})).status_code == 401

    same = {"params": {"code": OWNER}, "headers": {"Authorization": f"bearer  {OWNER}", "api-key": OWNER}}
    assert (await send(app, "models", **same)).status_code == 200
    other_scheme = {"headers": {"Authorization": "Basic YTpi", "api-key": OWNER}}
    assert (await send(app, "models", **other_scheme)).status_code == 200


async def test_a_key_in_the_address_reaches_no_handler_no_error_and_no_log(
    app: httpx.AsyncClient, keys: FakeServices, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    queries: list[str] = []

    async def broken(request: Request) -> None:
        queries.append(str(request.url))
        raise RuntimeError(f"broken at {request.url} {dict(request.query_params)}")

    monkeypatch.setattr("web.status.status", broken)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("httpx").disabled = True  # the client's, which may log what it sends
        answer = await app.get(f"/api/status?a=%20b&code={OWNER}&c")
        bad = await app.get(f"/api/search?near=nowhere&code={OWNER}")
        logging.getLogger("httpx").disabled = False

    assert queries == ["http://localhost/api/status?a=+b&c="]
    assert (answer.status_code, bad.status_code) == (500, 400)
    assert OWNER not in answer.text + bad.text + caplog.text


@pytest.mark.parametrize(
    ("mode", "key", "caller"),
    [
        *(("key", key, Caller(role.label, role)) for role, key in KEYS.items()),
        ("key", READER, Caller("reader", Role.VIEWER)),
        ("key", SETTING, Caller("setting", Role.ADMIN)),
        ("function", "any", Caller("function key", Role.ADMIN)),
    ],
    ids=[*NAMES, "made", "of the settings", "of the host"],  # keys differ in every process
)
async def test_me_is_the_name_and_the_right_of_the_key(
    mode: str, key: str, caller: Caller, keys: FakeServices, http: httpx.AsyncClient
) -> None:
    keys.settings = keys.settings.model_copy(update={"http_auth": mode})

    answer = await http.get("/api/me", headers={"api-key": key})

    assert answer.json() == {
        "name": caller.name,
        "role": caller.role.label,
        "right": caller.right,
        "signed_in": False,
        "sign_out": None,
        "feedback": "off",
        "search_by_picture": False,
        "groups_missing": False,
    }
    assert caller.right in get_args(Right)
    assert answer.headers["cache-control"] == "no-store"


async def test_open_routes_have_a_caller_too() -> None:
    [page] = [each for each in ROUTES if each.function == "page"]
    scope = {"type": "http", "method": "GET", "headers": [], "query_string": b"", "path": "/"}

    assert await authenticate(page, Request(scope)) == Caller("no key", Role.VIEWER)
