"""Searching by a picture on the page: chosen in the search box, shown as a chip, and gone with it."""

import json
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.page.conftest import Visit
from tests.world import ROOT, World

BOATS = ROOT / "samples/family archive/boats.jpg"


def with_image_model(page: Page, world: World, bodies: list[dict[str, Any]]) -> None:
    """Let the page believe that there is an image model, which finds the boats in every picture."""
    found = world.get("/api/search", q="boats.jpg", top=1)

    def me(route: Route) -> None:
        route.fulfill(json={"name": "a", "right": "full", "search_by_picture": True})

    def search(route: Route) -> None:
        if route.request.method != "POST":
            route.fallback()
            return
        bodies.append(json.loads(route.request.post_data or ""))
        route.fulfill(json={**found, "total": 1})

    page.route("**/api/me", me)
    page.route("**/api/search**", search)


def test_without_an_image_model_there_is_no_button(visit: Visit) -> None:
    page = visit()

    expect(page.locator("#scroller a").first).to_be_visible()
    expect(page.get_by_role("button", name="Search by a picture")).to_have_count(0)


def test_a_picture_is_searched_by_until_its_chip_is_removed(visit: Visit, world: World) -> None:
    bodies: list[dict[str, Any]] = []
    page = visit()
    with_image_model(page, world, bodies)
    page.reload()

    expect(page.get_by_role("button", name="Search by a picture")).to_be_visible()
    page.locator("#search input[type=file]").set_input_files(BOATS)

    chip = page.get_by_role("button", name="Search without the picture")
    expect(chip.locator("img")).to_be_visible()
    expect(page.locator("#scroller a")).to_have_count(1)
    assert bodies[0]["image"].startswith("data:image/jpeg;base64,")

    chip.press("Enter")
    expect(chip).to_have_count(0)
    expect(page.locator("#scroller a").nth(1)).to_be_visible()
