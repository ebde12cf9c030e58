"""Photos that look the same: they are counted, shown as one, and can be opened, one by one or all at once."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.page.conftest import Visit
from tests.world import World

STACK = 4


@pytest.fixture
def page(visit: Visit, world: World) -> Page:
    """A search that finds six photos, four of which look the same."""
    found = world.get("/api/search", top=6)["photos"]
    first, rest = found[:STACK], found[STACK:]
    references = ("id", "path", "title", "alt_text", "caption_language")
    alike = [{name: each[name] for name in references} for each in first[1:]]

    def search(route: Route) -> None:
        params = parse_qs(urlsplit(route.request.url).query)
        photos: list[dict[str, Any]] = found
        if params.get("fold") != ["false"]:
            photos = [{**first[0], "alike": alike}, *rest]
        body = {"total": len(found), "total_is_exact": True, "less_likely": 0, "facets": {}, "photos": photos}
        route.fulfill(content_type="application/json", body=json.dumps(body))

    page = visit("about:blank")
    page.route("**/api/search*", search)
    page.goto("/?q=boats")
    return page


def test_the_total_counts_them_and_all_can_be_shown(page: Page) -> None:
    expect(page.locator("#total")).to_have_text("6 photos found")
    expect(page.locator(".tile")).to_have_count(3)

    page.get_by_role("button", name="Show 3 that look the same").click()
    expect(page.locator(".tile")).to_have_count(6)
    expect(page.locator(".tile .stack")).to_have_count(0)
    page.get_by_role("button", name="Stack what looks the same").click()

    expect(page.locator(".tile")).to_have_count(3)
    expect(page.locator("#total")).to_have_text("6 photos found")


def test_the_badge_of_a_tile_opens_them(page: Page) -> None:
    page.get_by_role("button", name="4 photos that look the same").click()

    view = page.get_by_role("dialog", name="Photo")
    expect(view.locator(".position")).to_have_text("1 of 4")
    expect(view.get_by_role("heading", name="4 photos that look the same")).to_be_visible()
    view.locator("section", has_text="4 photos that look the same").locator(".thumbnail").nth(2).click()
    expect(view.locator(".position")).to_have_text("3 of 4")
