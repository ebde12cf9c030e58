"""A running world with a few photos, and Chromium to open its page."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FileChooser,
    FloatRect,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.bundled_app import bundled_app
from tests.machine import eventually, missing, running_azurite
from tests.world import ROOT, World, running_around

# The headless shell is the same engine without the window around it, for a third of the processor time.
BROWSERS = [Path("/usr/bin") / name for name in ("chromium-headless-shell", "chromium")]
CHROMIUM = next((each for each in BROWSERS if each.exists()), BROWSERS[-1])
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SAMPLES = [
    "animals/Chelsea.png",
    "animals/resting.webp",
    "animals/at last.webp",
    "animals/DSC_0046.jpg",
    "holiday/sign by the lake.jpg",
    "holiday/P1010012.jpg",
    "space/home.jpg",
    "family archive/boats.jpg",
]
BUNDLED = os.environ.get("PAGE") != "sources"  # as it is deployed; its many sources take most of the time of a visit
MARKUP = 'tests/<img src=x onerror="document.title=`gotcha`">.jpg'
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROW = 1370  # pixels of a window, with the chat, from which on the toolbar has all its buttons side by side

PATIENCE = 45  # seconds, for a machine that does much else
expect.set_options(timeout=PATIENCE * 1000)

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if not CHROMIUM.exists():
        missing("Chromium")
    folder = tmp_path_factory.mktemp("world")
    app_folder = bundled_app(folder) if BUNDLED else ROOT
    with (
        running_azurite() as azurite,
        running_around(azurite, folder, fast=True, moved={}, app_folder=app_folder) as world,
    ):
        for name in SAMPLES:
            assert world.put(name, (ROOT / "samples" / name).read_bytes()).status_code == 201
        assert world.put(MARKUP, (ROOT / "samples/space/far away.jpg").read_bytes()).status_code == 201
        world.wait_until_idle()
        yield world


# One for each module: while Playwright runs, no other test of this thread can have an event loop.
@pytest.fixture(scope="module")
def browser(world: World) -> Iterator[Browser]:
    world.wait_until_idle()  # whatever the module before has restored is there again
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def faults() -> list[str]:
    """
    Script errors, violations of the security policy and requests to elsewhere.

    Any left at the end fails the test, so no view of the page may cause one.
    """
    return []


@pytest.fixture(scope="module")
def origin(world: World) -> str:
    """Where the page lies; a module may have another one."""
    return str(world.http.base_url).rstrip("/")


@pytest.fixture
def visit(browser: Browser, world: World, origin: str, faults: list[str]) -> Iterator[Visit]:
    """Opens an address in its own window."""
    contexts: list[BrowserContext] = []

    def report(message: ConsoleMessage) -> None:
        if "Security Policy" in message.text:
            faults.append(message.text)

    ours = (f"{origin}/", f"http://127.0.0.1:{world.azurite.blob_port}/", "blob:", "data:", "about:")

    def watch(request: Request) -> None:
        if not request.url.startswith(ours):
            faults.append(f"a request to {request.url}")

    def visit(address: str = "/", *, size: dict[str, int] | None = None, **options: object) -> Page:
        options.setdefault("service_workers", "block")  # each would fetch all of the page once more
        context = browser.new_context(
            base_url=origin,
            viewport=size or WIDE,  # type: ignore[arg-type]
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE * 1000)
        context.on("request", watch)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", report)
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def page(visit: Visit) -> Page:
    """The library on a wide screen, with its photos."""
    page = visit()
    photos(page)
    return page


@contextmanager
def added(world: World, path: str, data: bytes) -> Iterator[str]:
    """The id of a file that is in the library for a while: afterwards it is gone, also where a test has failed."""
    id_ = str(world.put(path, data).raise_for_status().json()["id"])
    try:
        world.wait_until_idle()
        yield id_
    finally:
        world.http.delete(f"/api/photos/{id_}").raise_for_status()
        eventually(lambda: _assert_gone(world, path), PATIENCE)
        world.wait_until_idle()


def _assert_gone(world: World, path: str) -> None:
    assert path not in world.paths()
    assert path not in world.failures()


def photos(page: Page) -> list[str]:
    """The names of the photos in the grid, once there are some and their pictures are shown."""
    page.wait_for_selector(".tile.loaded")
    return page.locator(".tile .name").all_text_contents()


def tool(page: Page, name: str) -> Locator:
    """A button of the toolbar, which on a narrow screen is in a menu that is opened."""
    if page.viewport_size and page.viewport_size["width"] < NARROW:
        page.locator("#more-tools").click()
    return page.locator("#toolbar").get_by_role("button", name=name, exact=True)


def file_dialog(page: Page, opening: Callable[[], None]) -> FileChooser:
    """The file dialog that this opens; it is answered in place of a person."""
    with page.expect_file_chooser() as chooser:
        page.evaluate("0")  # by then the browser knows that it is to show none, which Playwright does not wait for
        opening()
    return chooser.value


def until(page: Page, assertion: Callable[[], None], timeout: float = PATIENCE) -> None:
    """
    Call the assertion until it holds, while the browser goes on.

    Playwright tells of requests, and answers those that a test has routed, only within a call of its own.
    """

    def attempt() -> None:
        page.wait_for_timeout(20)
        assertion()

    eventually(attempt, timeout)


def box_of(element: Locator) -> FloatRect:
    """Where an element is once it rests there: while it is drawn anew, it has no place, or one that it soon leaves."""

    def rests() -> FloatRect:
        before = element.bounding_box()
        element.page.wait_for_timeout(50)
        now = element.bounding_box()
        assert now
        assert now == before
        return now

    return eventually(rests, PATIENCE)
