"""The page over plain http under a name that is not this machine's own, where browsers offer less."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.page.conftest import CHROMIUM, FLAGS, Visit, photos
from tests.world import World, running_beside

HOST = "photos.example"


@pytest.fixture(scope="module")
def origin(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What `make run ADDRESS=0.0.0.0` sets, of a host that listens on this machine alone."""
    settings = {"PICTURES": "proxy", "ALLOWED_HOSTS": HOST}
    with running_beside(world, tmp_path_factory.mktemp("network"), settings=settings) as host:
        yield host.url.removesuffix("/api/health").replace("127.0.0.1", HOST)


@pytest.fixture(scope="module")
def browser(world: World) -> Iterator[Browser]:
    world.wait_until_idle()
    rules = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, rules])
        yield browser
        browser.close()


def test_the_page_works_where_the_browser_offers_less(visit: Visit) -> None:
    page = visit(service_workers="allow")
    photos(page)
    offers = "[crypto.randomUUID, navigator.clipboard, navigator.serviceWorker, window.caches]"
    assert page.evaluate(f"[isSecureContext, ...{offers}.map((each) => typeof each)]") == [False, *["undefined"] * 4]

    page.locator(".tile a").first.click()
    page.get_by_role("button", name="Copy alt text").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    page.keyboard.press("Escape")

    question = page.get_by_label("Your question")
    if not question.is_visible():
        page.locator("#chat-button").click()
    question.fill("How many photos are there?")
    question.press("Enter")
    expect(page.get_by_role("button", name="Copy the answer")).to_be_visible()
