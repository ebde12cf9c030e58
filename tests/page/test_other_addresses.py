"""
The page behind a reverse proxy that ends TLS and takes a base path off, and pages of other origins by CORS.

Pictures pass through the app here (PICTURES=proxy), and storage is asked for nothing.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from playwright.sync_api import Browser, FilePayload, Page, Request, expect, sync_playwright

from tests import reverse_proxy
from tests.bundled_app import bundled_app
from tests.machine import free_port, missing, running_azurite
from tests.page.conftest import CHROMIUM, FLAGS, photos
from tests.reverse_proxy import ReverseProxy
from tests.world import ROOT, World, picture, running_around

# Foreign names that all mean this machine, for this browser alone.
NAMES = "--host-resolver-rules=MAP *.example 127.0.0.1"


class EmptyPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>a page of somebody else</title>")

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def other_site() -> Iterator[int]:
    """A site that is not ours; its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def other_port() -> Iterator[int]:
    with other_site() as port:
        yield port


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, other_port: int) -> Iterator[World]:
    """The app, whose local.settings.json lets one other origin in, and a proxy before it; `http` goes past that."""
    if not CHROMIUM.exists():
        missing("Chromium")
    folder, port = tmp_path_factory.mktemp("world"), free_port()
    app = bundled_app(folder)
    settings = {"Values": {}, "Host": {"CORS": f"http://friend.example:{other_port}"}}
    (app / "local.settings.json").write_text(json.dumps(settings))
    moved = {"PUBLIC_URL": f"https://photos.example:{port}/photos", "PICTURES": "proxy"}
    with running_azurite() as azurite, running_around(azurite, folder, fast=True, moved=moved, app_folder=app) as world:
        for name in ("animals/Chelsea.png", "space/home.jpg"):
            assert world.put(name, (ROOT / "samples" / name).read_bytes()).status_code == 201
        world.wait_until_idle()
        proxy = ReverseProxy(str(world.http.base_url).rstrip("/"), port, "/photos")
        with reverse_proxy.running(proxy, reverse_proxy.tls_context(folder, "photos.example")):
            yield world


@pytest.fixture(scope="module")
def address(world: World) -> str:
    """Where people reach the app."""
    return str(world.get("/api/openapi.json")["servers"][0]["url"])


@pytest.fixture
def outside(address: str) -> Iterator[httpx.Client]:
    """A client on the other side of the proxy."""
    url = httpx.URL(address)
    headers = {"Host": f"{url.host}:{url.port}"}
    here = str(url.copy_with(host="127.0.0.1"))
    with httpx.Client(base_url=here, headers=headers, verify=False, trust_env=False, timeout=60) as client:  # noqa: S501
        yield client


@pytest.fixture(scope="module")
def browser(world: World) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, NAMES])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str, faults: list[str]) -> Iterator[Page]:
    """The page as people reach it. Script errors and requests to elsewhere fail the test."""
    ours = (f"{address}/", "blob:", "data:")

    def watch(request: Request) -> None:
        if not request.url.startswith(ours):
            faults.append(f"a request to {request.url}")

    context = browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(45_000)
    context.on("request", watch)
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{address}/")
    yield page
    assert context.cookies() == []
    context.close()
    assert faults == []


def test_the_library_is_shown_searched_and_linked_below_the_base_path(page: Page, address: str) -> None:
    assert len(photos(page)) >= 2

    page.get_by_role("searchbox").first.fill("cat")

    expect(page).to_have_url(re.compile(rf"^{re.escape(address)}/\?q=cat"))
    page.reload()
    expect(page.get_by_role("searchbox").first).to_have_value("cat")
    page.locator("#brand").click()
    expect(page).to_have_url(f"{address}/")


def test_a_photo_opens_and_its_address_can_be_shared(page: Page) -> None:
    photos(page)
    page.locator(".tile").first.click()
    dialog = page.get_by_role("dialog", name="Photo")
    title = dialog.get_by_role("heading").first.text_content() or ""

    page.goto(page.url)

    expect(page.get_by_role("dialog", name="Photo").get_by_role("heading", name=title.strip()).first).to_be_visible()


def test_a_photo_is_uploaded(page: Page) -> None:
    photos(page)
    file = FilePayload(name="through the proxy.jpg", mimeType="image/jpeg", buffer=picture(91))

    page.locator(".add-photos input[type=file]").first.set_input_files(files=[file])

    row = page.locator("#uploads li").filter(has_text="through the proxy.jpg")
    expect(row).to_contain_text("Searchable", timeout=60_000)


def test_the_chat_answers(page: Page) -> None:
    photos(page)
    page.get_by_label("Your question").fill("Which photos show animals?")
    page.keyboard.press("Enter")

    answer = page.locator(".message.answer").last
    expect(answer.get_by_role("button", name="Copy the answer")).to_be_visible(timeout=60_000)
    expect(answer.locator(".thumbnails img").first).to_be_visible()


def test_the_status_is_shown_and_services_are_asked_below_the_base_path(page: Page) -> None:
    photos(page)
    page.goto(f"{page.url}?view=status")

    expect(page.get_by_role("dialog")).to_contain_text("storage", ignore_case=True)


def test_a_streamed_answer_passes_in_pieces_with_addresses_from_outside(outside: httpx.Client, address: str) -> None:
    body = {"messages": [{"role": "user", "content": "Which photos show animals?"}], "stream": True}

    with outside.stream("POST", "/v1/chat/completions", json=body) as answer:
        pieces = list(answer.iter_bytes())

    text = b"".join(pieces).decode()
    assert len(pieces) > 1
    assert text.rstrip().endswith("data: [DONE]")
    assert f'"{address}/api/photos/' in text.replace('": "', '":"')


def test_records_and_headers_are_those_of_the_public_address(outside: httpx.Client, address: str) -> None:
    answer = outside.get("/api/search", headers={"Origin": address.removesuffix("/photos")})

    [photo, *_] = answer.json()["photos"]
    assert photo["thumbnail"] == f"{address}/api/photos/{photo['id']}/thumbnail"
    redirect = outside.get(photo["thumbnail"].removeprefix(address))
    link = redirect.headers["location"]
    assert link.startswith(f"{address}/api/pictures/thumbnail/{photo['id']}?")
    shown = outside.get(link.removeprefix(address), headers={"Range": "bytes=0-1"})
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (206, b"RI", "image/webp")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("origin", ["http://photos.example:{port}", "https://evil.example", "null"])
def test_the_same_host_without_tls_is_another_origin(outside: httpx.Client, origin: str) -> None:
    origin = origin.replace("{port}", str(outside.base_url.port))

    assert outside.get("/api/status", headers={"Origin": origin}).status_code == 403


def test_what_a_client_says_of_itself_is_not_believed(outside: httpx.Client) -> None:
    """The proxy passes on the host that was asked for; nothing that a client adds stands in for it."""
    lies = {"Host": "evil.example", "X-Forwarded-Host": "127.0.0.1", "Forwarded": "host=127.0.0.1;proto=https"}

    assert outside.get("/api/status", headers=lies).status_code == 421


@pytest.mark.parametrize(
    "path", ["/admin/functions", "/runtime/webhooks/blobs?functionName=Host.Functions.photo_arrived"]
)
def test_the_endpoints_of_the_host_are_not_for_those_outside(outside: httpx.Client, path: str) -> None:
    assert outside.post(path, content=b"{}").status_code == 403


# -- CORS ----------------------------------------------------------------------------------

ASK = """async ([address, headers]) => {
    try {
        const answer = await fetch(`${address}/api/search`, { headers });
        return [answer.status, (await answer.json()).total > 0];
    } catch (error) {
        return [0, error.name];
    }
}"""


@pytest.mark.parametrize("headers", [{}, {"x-functions-key": "any"}, {"Authorization": "Bearer any"}])
def test_a_page_that_cors_lets_in_may_ask_and_read(
    browser: Browser, world: World, other_port: int, headers: dict[str, str]
) -> None:
    """A key in a header is what makes the browser ask for permission first."""
    page = browser.new_page()
    for host, result in (("friend.example", [200, True]), ("stranger.example", [0, "TypeError"])):
        page.goto(f"http://{host}:{other_port}/")

        assert page.evaluate(ASK, [str(world.http.base_url).rstrip("/"), headers]) == result, host
    page.close()


def test_permission_is_given_to_the_one_origin_and_without_cookies(world: World, other_port: int) -> None:
    asks = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "x-functions-key"}
    friend, stranger = f"http://friend.example:{other_port}", "http://stranger.example"

    granted = world.http.options("/api/photos/1", headers={"Origin": friend, **asks})
    refused = world.http.options("/api/photos/1", headers={"Origin": stranger, **asks})

    assert granted.status_code == 204
    assert granted.headers["access-control-allow-origin"] == friend
    assert granted.headers["access-control-allow-headers"] == "x-functions-key"
    assert "access-control-allow-credentials" not in granted.headers
    assert not [name for name in refused.headers if name.startswith("access-control")]


def test_answers_that_differ_by_origin_say_so_beside_how_else_they_differ(world: World, other_port: int) -> None:
    answer = world.http.get("/api/search", headers={"Origin": f"http://friend.example:{other_port}"})

    assert set(answer.headers.get_list("vary", split_commas=True)) == {"Origin", "Accept-Encoding"}
