"""The gallery of `/mcp` in a page that shows apps as the protocol's hosts do: in a sandbox, without a network."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from mcp.server.apps import APP_MIME_TYPE
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Route, expect

from tests.machine import missing
from tests.page.conftest import PATIENCE, until
from tests.page.mcp_host import HOST, HOST_PAGE, POLICY, VIEW, ShownGallery, photo_of, result_of, server_says
from tests.page.test_accessibility import AXE, violations
from tests.world import World
from web.mcp.gallery import DATA_URL, GALLERY_URI, MAX_DATA

WIDE, NARROW = {"width": 760, "height": 900}, {"width": 340, "height": 900}
EVERYTHING: dict[str, Any] = {"name": "search_photos", "arguments": {"top": 20}}
HOSTILE = '<img src="https://elsewhere.example/x" onerror="document.title=1"><b>bold</b>'
Show = Callable[..., ShownGallery]


@pytest.fixture
def show(browser: Browser, world: World) -> Iterator[Show]:
    """Shows the result of a call, or one that is given; a script error or a request to anywhere fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []
    gallery = server_says(world, "resources/read", uri=GALLERY_URI)["contents"][0]
    assert gallery["mimeType"] == APP_MIME_TYPE
    assert "csp" not in gallery["_meta"]["ui"]

    def serve(route: Route) -> None:
        if route.request.url == HOST:
            route.fulfill(path=HOST_PAGE, content_type="text/html")
        elif route.request.url == VIEW:
            headers = {"Content-Security-Policy": POLICY}
            route.fulfill(body=gallery["text"], content_type="text/html; charset=utf-8", headers=headers)
        else:
            faults.append(f"a request to {route.request.url}")
            route.abort()

    def report(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(message.text)

    def show(
        call: dict[str, Any] = EVERYTHING,
        *,
        result: dict[str, Any] | None = None,
        shows_apps: bool = True,
        size: dict[str, int] = WIDE,
        color_scheme: str = "light",
        refuses_links: bool = False,
        **context: Any,
    ) -> ShownGallery:
        shown = result or server_says(world, "tools/call", shows_apps=shows_apps, **call)
        window = browser.new_context(viewport=size, color_scheme=color_scheme)  # type: ignore[arg-type]
        contexts.append(window)
        window.set_default_timeout(PATIENCE * 1000)
        window.route("**/*", serve)
        page = window.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", report)
        page.expose_function("callServer", lambda params: server_says(world, "tools/call", **params))
        settings = {"view": VIEW, "call": call, "result": shown, "context": context, "refusesLinks": refuses_links}
        page.add_init_script(f"window.settings = {json.dumps(settings)};")
        page.goto(HOST)
        view = page.frame(url=VIEW)
        assert view
        return ShownGallery(page, view)

    yield show
    for each in contexts:
        each.close()
    assert faults == []


def count_of(world: World) -> int:
    """How many photos there are: those of other tests may be among them."""
    return int(world.get("/api/search", top=0)["total"])


@pytest.mark.parametrize("shows_apps", [True, False], ids=["thumbnails in the result", "thumbnails asked for"])
def test_photos_that_were_found_are_shown_with_their_pictures(show: Show, world: World, shows_apps: bool) -> None:
    gallery = show(shows_apps=shows_apps)

    expect(gallery.summary).to_have_text(f"{count_of(world)} photos")
    expect(gallery.tiles).to_have_count(count_of(world))
    pictures = gallery.pictures()
    assert all(each.startswith(DATA_URL) for each in pictures)
    assert sum(map(len, pictures)) <= MAX_DATA
    found = server_says(world, "tools/call", **EVERYTHING)["structuredContent"]["photos"]
    asked = [] if shows_apps else [{"name": "gallery_thumbnails", "arguments": {"ids": [each["id"] for each in found]}}]
    assert gallery.said("tools/call") == asked


def test_a_click_asks_the_host_for_the_page_of_the_photo(show: Show, world: World) -> None:
    gallery = show({"name": "search_photos", "arguments": {"folder": "space"}})

    gallery.tiles.click()

    [photo] = world.get("/api/search", folder="space")["photos"]
    gallery.eventually_said("ui/open-link", {"url": f"{str(world.http.base_url).rstrip('/')}/?photo={photo['id']}"})


def test_a_link_that_the_host_refuses_is_told(show: Show) -> None:
    photo = photo_of(1)
    gallery = show(result=result_of(photo), refuses_links=True)

    gallery.tiles.click()

    expect(gallery.summary).to_have_text(f"The photo was not opened. Its address is {photo['url']}")


def test_photos_are_opened_with_the_keyboard(show: Show) -> None:
    photos = [photo_of(number) for number in range(3)]
    gallery = show(result=result_of(*photos))
    expect(gallery.tiles).to_have_count(3)

    gallery.tiles.first.focus()
    gallery.page.keyboard.press("Tab")
    expect(gallery.tiles.nth(1)).to_be_focused()
    gallery.page.keyboard.press("Enter")
    gallery.page.keyboard.press("Tab")
    gallery.page.keyboard.press("Space")

    gallery.eventually_said("ui/open-link", {"url": photos[1]["url"]}, {"url": photos[2]["url"]})
    assert gallery.view.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_theme_is_the_hosts_and_follows_it(show: Show) -> None:
    variables = {"--color-text-primary": "light-dark(rgb(1, 2, 3), rgb(250, 251, 252))"}
    gallery = show(theme="dark", styles={"variables": variables})
    expect(gallery.view.locator("body")).to_have_css("color", "rgb(250, 251, 252)")

    gallery.notify("ui/notifications/host-context-changed", {"theme": "light"})

    expect(gallery.view.locator("body")).to_have_css("color", "rgb(1, 2, 3)")


def test_the_language_is_the_hosts_where_there_is_one(show: Show) -> None:
    gallery = show(locale="de-CH", result=result_of(photo_of(1), total=12_345))
    expect(gallery.summary).to_have_text("1 von 12.345 Fotos")
    for locale, text in {
        "fr": "1 sur 12\u202f345 photos",
        "es-MX": "1 de 12.345 fotos",
        "ja-JP": "1 of 12,345 photos",
    }.items():
        gallery.notify("ui/notifications/host-context-changed", {"locale": locale})
        expect(gallery.summary).to_have_text(text)
    assert gallery.view.evaluate("document.documentElement.lang") == "en"


def test_room_is_left_where_a_phone_covers_the_edges(show: Show) -> None:
    gallery = show(safeAreaInsets={"top": 0, "right": 10, "bottom": 30, "left": 20})

    expect(gallery.view.locator("body")).to_have_css("padding", "12px 22px 42px 32px")


def test_a_search_without_photos_says_so(show: Show) -> None:
    gallery = show({"name": "search_photos", "arguments": {"taken_in": "1931"}})

    expect(gallery.summary).to_have_text("No photos found")
    expect(gallery.tiles).to_have_count(0)
    assert gallery.said("tools/call") == []


def test_an_error_is_told_and_is_no_empty_search(show: Show) -> None:
    gallery = show({"name": "search_photos", "arguments": {"taken_in": "last year"}})

    expect(gallery.summary).to_contain_text("This did not work: taken_in")


def test_a_call_that_is_stopped_is_no_longer_waited_for(show: Show) -> None:
    gallery = show(result={"content": []})
    expect(gallery.summary).to_have_text("No photos found")

    gallery.notify("ui/notifications/tool-cancelled", {"reason": "user action"})

    expect(gallery.summary).to_have_text("The search was stopped")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_host_is_told_the_height_after_the_handshake(show: Show, world: World, size: dict[str, int]) -> None:
    gallery = show(size=size)
    expect(gallery.tiles).to_have_count(count_of(world))

    def is_whole() -> None:
        heights = [each["height"] for each in gallery.said("ui/notifications/size-changed")]
        assert heights[-1] == gallery.view.evaluate("document.documentElement.scrollHeight")
        assert heights[-1] == gallery.view.evaluate("innerHeight") > 300
        assert all(one != other for one, other in pairwise(heights))

    until(gallery.page, is_whole)
    methods = [each.get("method") for each in gallery.page.evaluate("messages")]
    assert methods[:2] == ["ui/initialize", "ui/notifications/initialized"]
    assert gallery.view.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_titles_and_captions_are_text_and_pictures_are_data(show: Show) -> None:
    photo = photo_of(1, title=HOSTILE, caption=HOSTILE)
    elsewhere = {"thumbnails": {photo["id"]: "https://elsewhere.example/x"}}
    gallery = show(result=result_of(photo) | {"_meta": elsewhere})

    expect(gallery.tiles).to_have_text(HOSTILE)
    expect(gallery.tiles).to_have_attribute("title", HOSTILE)
    assert gallery.view.evaluate("[...document.images].map((each) => each.getAttribute('src'))") == [None]
    assert gallery.view.title() == "Photos"


def test_the_host_gets_an_answer_to_every_request(show: Show) -> None:
    gallery = show()
    for number, method in enumerate(["ping", "ui/resource-teardown", "constructor"]):
        gallery.page.evaluate("(message) => send(message)", {"id": f"host {number}", "method": method, "params": {}})

    def are_answered() -> None:
        answers = [each for each in gallery.page.evaluate("messages") if str(each.get("id")).startswith("host")]
        assert [each.get("result") for each in answers] == [{}, {}, None]
        assert answers[2]["error"]["code"] == -32601

    until(gallery.page, are_answered)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_gallery_has_no_accessibility_violation(show: Show, world: World, theme: str, size: dict[str, int]) -> None:
    if not AXE.exists():
        missing("axe-core (npm ci in tests/page)")
    gallery = show(size=size, color_scheme=theme, theme=theme)
    expect(gallery.tiles).to_have_count(count_of(world))
    gallery.pictures()

    assert violations(gallery.view) == []
