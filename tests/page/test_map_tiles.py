"""The map with a server of tiles (MAP_TILES): the page's policy lets these through, and nothing else."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.machine import missing
from tests.page.conftest import PATIENCE, PHONE, WIDE, box_of, until
from tests.page.test_accessibility import AXE, violations
from tests.world import World, running_beside

ATTRIBUTION = "© People who map https://tiles.example/copyright"


def _tile() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (256, 256), (180, 210, 180)).save(out, "PNG")
    return out.getvalue()


class Tiles(BaseHTTPRequestHandler):
    """The same tile everywhere; `asked` has the paths, and who the browser said is asking."""

    content = _tile()
    asked: list[tuple[str, str | None]] = []  # noqa: RUF012 - one server at a time

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Referer")))
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def tiles_of(server: str) -> dict[str, str]:
    """The settings of an app whose map has the tiles of this server."""
    return {"MAP_TILES": f"{server}/{{z}}/{{x}}/{{y}}.png", "MAP_ATTRIBUTION": ATTRIBUTION}


@contextmanager
def running_tiles() -> Iterator[str]:
    """The origin of a server of tiles."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Tiles) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def tiles() -> Iterator[str]:
    with running_tiles() as address:
        yield address


@pytest.fixture(scope="module")
def origin(world: World, tmp_path_factory: pytest.TempPathFactory, tiles: str) -> Iterator[str]:
    with running_beside(world, tmp_path_factory.mktemp("tiles"), settings=tiles_of(tiles)) as host:
        yield host.url


@pytest.fixture
def page(browser: Browser, origin: str) -> Iterator[Page]:
    context = browser.new_context(base_url=origin, viewport=WIDE)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE * 1000)
    yield context.new_page()
    context.close()


def test_tiles_are_shown_and_named_and_get_no_address_of_the_page(page: Page, origin: str) -> None:
    Tiles.asked.clear()  # other tests ask as well, and may have come first
    refused: list[str] = []
    page.on("console", lambda each: refused.append(each.text) if "Security Policy" in each.text else None)
    page.goto("/?view=map&folder=holiday")

    def is_covered() -> None:
        images = page.locator(".map-tiles img")
        assert images.count() >= 12  # a window of 1440 by 900
        widths = images.evaluate_all("(all) => all.map((each) => each.naturalWidth)")
        assert set(widths) == {256}

    until(page, is_covered)
    credit = page.get_by_role("link", name="© People who map")
    expect(credit).to_have_attribute("href", "https://tiles.example/copyright")
    assert refused == []
    assert {referrer for _, referrer in Tiles.asked} == {f"{origin}/"}
    zooms = {int(path.split("/")[1]) for path, _ in Tiles.asked}
    assert max(zooms) <= 12  # a city, and not the one pixel where a photo was taken


def test_another_server_is_refused(page: Page, tiles: str) -> None:
    page.goto("/")
    loads = """(src) => new Promise((done) => {
        const image = new Image();
        image.onload = () => done(true);
        image.onerror = () => done(false);
        image.src = src;
    })"""

    assert page.evaluate(loads, f"{tiles}/1/0/0.png")
    assert not page.evaluate(loads, f"{tiles.replace('127.0.0.1', 'localhost')}/1/0/0.png")


@pytest.mark.parametrize("look", [("dark", WIDE), ("light", PHONE)], ids=["dark", "phone"])
def test_the_map_with_tiles_has_no_accessibility_violation(
    browser: Browser, origin: str, look: tuple[Any, Any]
) -> None:
    if not AXE.exists():
        missing("axe-core (npm ci in tests/page)")
    scheme, size = look
    with browser.new_context(base_url=origin, viewport=size, color_scheme=scheme, bypass_csp=True) as context:
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        page.goto("/?view=map&folder=holiday")
        expect(page.locator(".map-attribution")).to_be_visible()
        expect(page.locator(".map-cluster, .map-photo").first).to_be_visible()

        assert violations(page) == []
        credit, button = box_of(page.locator(".map-attribution")), box_of(page.locator(".map-show"))
        assert button["y"] + button["height"] <= credit["y"] or button["x"] + button["width"] <= credit["x"]


def test_tiles_have_no_seams_between_them(page: Page) -> None:
    page.goto("/?view=map&folder=holiday")
    expect(page.locator(".map-cluster, .map-photo").first).to_be_visible()
    page.locator(".map-canvas").focus()
    for _ in range(3):
        page.keyboard.press("+")
    edges = """(all) => all.map((each) => {
        const ground = each.parentElement.getBoundingClientRect();
        const { left, top, right, bottom } = each.getBoundingClientRect();
        return [left - ground.left, top - ground.top, right - ground.left, bottom - ground.top];
    })"""

    def is_seamless() -> None:
        tiles = page.locator(".map-tiles img").evaluate_all(edges)
        assert len(tiles) > 1
        assert [tile for tile in tiles if any(abs(edge - round(edge)) > 0.02 for edge in tile)] == []
        assert {round(right) for _, _, right, _ in tiles} & {round(left) for left, _, _, _ in tiles}

    until(page, is_seamless)
