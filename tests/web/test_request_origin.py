"""Hosts and origins: what web pages of other sites, and names that are not ours, can do with each route."""

import re

import httpx
import pytest

from query.context import query_context
from shared.errors import SettingsError
from shared.settings import load
from tests.web.fake_services import SETTINGS, FakeServices
from web import request_origin
from web.request_origin import cors_origins
from web.routes import ROUTES, Access, Route

READ = {"page", "page_file", "openapi", "me", "models", "model", "response", "catalogue_fields", "vocabulary"} | {
    "photo",
    "history",
    "thumbnail",
    "preview",
    "original",
    "picture",
    "export_file",
    "collections",
    "collection",
    "share_page",
    "shared_picture",
    "mcp_stream",
}
GUARDED = [route for route in ROUTES if route.access is not Access.READ]
POSTED = [route for route in ROUTES if route.method == "POST"]
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://localhost:3000"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost@evil.example"},
    {"Origin": "http://[::1"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]
FOREIGN_HOSTS = [
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.1",
    "evil.example:7071",
    "[",
]
OWN_HOSTS = ["localhost", "LOCALHOST:7071", "localhost.", "127.0.0.1:7071", "127.1.2.3", "[::1]", "[::1]:7071"]


async def send(http: httpx.AsyncClient, route: Route, headers: dict[str, str], content: bytes = b"") -> httpx.Response:
    path = re.sub(r"\{\*?\w+\}", "0" * 32, route.path)
    return await http.request(route.method, f"/{path.lstrip('/')}", headers=headers, content=content)


def test_every_route_says_what_it_does() -> None:
    assert {route.function for route in ROUTES if route.access is Access.READ} == READ
    changing = {route.function for route in ROUTES if route.access is Access.CHANGE}
    trash = {"empty_trash", "delete_for_good", "restore"}
    assert (
        changing
        == {"upload", "edit", "undo", "move", "delete", "delete_original", "retry", "retry_all"}
        | {"delete_failure", "delete_failures"}
        | {
            "set_fields",
            "set_vocabulary",
            "set_access",
            "import_csv",
            "make_job",
            "cancel_job",
            "undo_job",
            "make_collection",
            "change_collection",
            "delete_collection",
            "set_members",
            "add_members",
            "make_share",
            "revoke_share",
            "accept_proposal",
            "dismiss_proposal",
        }
        | trash
    )
    assert all(route.access is not Access.READ for route in ROUTES if route.method != "GET")
    with pytest.raises(TypeError, match="access"):
        Route("new", "GET", "new", ROUTES[0].handler)  # type: ignore[call-arg]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.function)
async def test_no_route_answers_to_a_foreign_host(route: Route, http: httpx.AsyncClient) -> None:
    for host in FOREIGN_HOSTS:
        answer = await send(http, route, {"Host": host})
        assert (answer.status_code, answer.json()["error"]["code"]) == (421, "misdirected_request"), host
        forwarded = await send(http, route, {"Host": "127.0.0.1", "X-Forwarded-Host": host})
        assert forwarded.status_code == 421, host


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.function)
async def test_pages_of_other_origins_change_nothing_and_cost_nothing(
    route: Route, http: httpx.AsyncClient, services: FakeServices
) -> None:
    for headers in FOREIGN:
        answer = await send(http, route, headers | {"Content-Type": "application/json"}, b"{}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign_origin"), headers
    assert services.storage.blobs == {}
    assert services.tickets.sent == []


@pytest.mark.parametrize("route", POSTED, ids=lambda route: route.function)
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
async def test_a_body_must_be_declared_as_json(route: Route, kind: str, http: httpx.AsyncClient) -> None:
    answer = await send(http, route, {"Content-Type": kind} if kind else {}, b'{"messages": []}')

    assert (answer.status_code, answer.json()["error"]["param"]) == (415, "Content-Type")


@pytest.mark.parametrize("host", OWN_HOSTS)
async def test_the_machine_itself_is_answered(host: str, http: httpx.AsyncClient) -> None:
    for origin in ({}, {"Origin": f"http://{host.lower()}"}, {"Sec-Fetch-Site": "none"}):
        assert (await http.get("/api/status", headers={"Host": host, **origin})).status_code == 200, origin


async def test_a_request_without_a_body_needs_no_content_type(http: httpx.AsyncClient) -> None:
    assert (await http.post("/api/failures/retry")).status_code == 202
    json = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert (await http.post("/api/links", headers=json, content=b'{"ids": ["%s"]}' % (b"0" * 32))).status_code == 200


async def test_pages_of_other_origins_may_show_pictures_and_link_to_the_page(http: httpx.AsyncClient) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}

    assert (await http.get("/", headers=elsewhere)).status_code == 200
    assert (await http.get(f"/api/photos/{'0' * 32}/thumbnail", headers=elsewhere)).status_code != 403


async def test_other_names_are_those_of_the_deployment(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBSITE_HOSTNAME", "Photos.azurewebsites.net")
    services.settings = SETTINGS.model_copy(update={"allowed_hosts": ("photos.example.org",)})
    query_context.cache_clear()

    for host in ("photos.azurewebsites.net", "photos.example.org", "Photos.Example.Org:443"):
        headers = {"Host": "127.0.0.1:31337", "X-Forwarded-Host": host, "Origin": f"https://{host.lower()}"}
        assert (await http.get("/api/status", headers=headers)).status_code == 200
    assert (await http.get("/api/status", headers={"Host": "www.photos.example.org"})).status_code == 421


async def test_wrong_settings_open_no_host_and_close_no_page(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise SettingsError("CHAT_MODEL is missing")

    monkeypatch.setattr(request_origin, "services", broken)

    assert (await http.get("/")).status_code == 200
    assert (await http.get("/", headers={"Host": "evil.example"})).status_code == 421


async def test_origins_that_cors_allows_may_do_everything(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBSITE_CORS_ALLOWED_ORIGINS", "https://friend.example, https://other.example")
    cors_origins.cache_clear()
    friend, stranger = (
        {"Origin": "https://friend.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://f.example"},
    )

    try:
        assert (await http.get("/api/status", headers=friend)).status_code == 200
        assert (await http.get("/api/status", headers=stranger)).status_code == 403
    finally:
        cors_origins.cache_clear()


def test_allowed_hosts_are_names_without_scheme_and_port() -> None:
    values = dict.fromkeys(("CAPTION_MODEL", "CHAT_MODEL", "EMBEDDING_MODEL", "PhotoStorage"), "x")
    urls = {"OPENAI_BASE_URL": "http://m", "AZURE_SEARCH_ENDPOINT": "http://s", "EMBEDDING_DIMENSIONS": "2"}

    assert load(values | urls | {"ALLOWED_HOSTS": "Photos.example.org, nas, [fe80::1]"}).allowed_hosts == (
        "photos.example.org",
        "nas",
        "[fe80::1]",
    )
    for wrong in ("https://photos.example.org", "nas:7071", "a,,b", "*"):
        with pytest.raises(SettingsError, match="ALLOWED_HOSTS: use names"):
            load(values | urls | {"ALLOWED_HOSTS": wrong})


PUBLIC = "https://photos.example.org"


@pytest.fixture
def _public_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", f"{PUBLIC}/album")


@pytest.mark.usefixtures("_public_url")
@pytest.mark.parametrize(
    "host", [{"Host": "photos.example.org"}, {"Host": "photos.example.org:443"}, {"Host": "127.0.0.1:7071"}]
)
async def test_the_host_of_public_url_is_ours_whether_the_proxy_passes_it_on_or_not(
    host: dict[str, str], http: httpx.AsyncClient
) -> None:
    assert (await http.get("/api/status", headers=host | {"Origin": PUBLIC})).status_code == 200


@pytest.mark.usefixtures("_public_url")
@pytest.mark.parametrize(
    "origin",
    ["http://photos.example.org", f"{PUBLIC}:8443", "https://example.org", f"{PUBLIC}.evil.example", "", "null"],
)
@pytest.mark.parametrize("host", ["photos.example.org", "127.0.0.1:7071"])
async def test_only_the_whole_origin_of_public_url_is_ours(origin: str, host: str, http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/status", headers={"Host": host, "Origin": origin})).status_code == 403


@pytest.mark.usefixtures("_public_url")
async def test_a_visit_past_the_proxy_still_works(http: httpx.AsyncClient) -> None:
    here = {"Host": "127.0.0.1:7071", "Origin": "http://127.0.0.1:7071"}

    assert (await http.get("/api/status", headers=here)).status_code == 200


async def test_without_public_url_no_forwarded_name_is_believed(http: httpx.AsyncClient) -> None:
    """What the Functions host writes down is what it was asked for; nothing else that a proxy says counts."""
    for forwarded in (
        {"X-Forwarded-Host": "photos.example.org"},
        {"Host": "photos.example.org", "X-Original-Host": "127.0.0.1", "Forwarded": "host=127.0.0.1"},
        {"Host": "photos.example.org", "X-Forwarded-Server": "127.0.0.1", "X-Real-Host": "127.0.0.1"},
    ):
        assert (await http.get("/api/status", headers=forwarded)).status_code == 421
