"""How to get to the views of many photos: the wall, what is searched and selected, and what is there instead."""

import re

from playwright.sync_api import Page, expect

from tests.page.conftest import NARROW, box_of
from tests.page.screenshots.controls import click, loaded, open_tools, said
from tests.page.test_everywhere import EMPTY


def filters(page: Page) -> None:
    loaded(page)
    click(page, "Filters")
    expect(page.locator("#facets")).to_be_visible()


def searched(page: Page) -> None:
    loaded(page)
    expect(page.locator("#total")).to_contain_text(re.compile(r"\d"))


def selection(page: Page) -> None:
    loaded(page)
    for number in range(3):
        page.locator(".tile").nth(number).hover()
        page.locator(".tile a").nth(number).focus()
        page.keyboard.press("x")
    expect(page.locator("#selection-count")).to_contain_text("3")


def selection_menu(page: Page) -> None:
    selection(page)
    click(page, "More")
    expect(page.locator("#selection-more")).to_be_visible()


def selection_tags(page: Page) -> None:
    selection(page)
    click(page, "Tags")
    expect(page.locator("dialog[open]")).to_be_visible()


def set_a_field(page: Page) -> None:
    selection(page)
    click(page, "More")
    page.get_by_text(said(page, "Set a field…")).click()
    expect(page.locator("dialog[open]")).to_be_visible()


def timeline(page: Page) -> None:
    loaded(page)
    box = box_of(page.locator("#timeline"))
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2, steps=4)
    page.wait_for_load_state("networkidle")
    expect(page.locator(".timeline-label")).to_have_css("opacity", "1")
    loaded(page)


def collection(page: Page) -> None:
    loaded(page)
    expect(page.locator("#collection")).to_be_visible()


def ordering(page: Page) -> None:
    collection(page)
    expect(page.locator("#toolbar select")).to_have_value("collection")
    page.locator(".tile a").first.focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator(".toast")).to_be_visible()


def add_to_collection(page: Page) -> None:
    selection(page)
    click(page, "Add to collection")
    expect(page.locator("dialog[open]")).to_be_visible()


def tools(page: Page) -> None:
    loaded(page)
    open_tools(page)
    expect(page.locator("#export")).to_be_visible()


def filtered(page: Page) -> None:
    filters(page)
    page.locator('[data-facet="folder=animals"]').click()
    expect(page.locator("#filter-chips button").first).to_be_visible()
    if page.viewport_size and page.viewport_size["width"] < NARROW:
        click(page, "Filters")
    loaded(page)


def nothing_found(page: Page) -> None:
    expect(page.get_by_role("heading", name=said(page, "Nothing found"))).to_be_visible()


def none_likely(page: Page) -> None:
    expect(page.get_by_role("heading", name=said(page, "No photo is likely to show this"))).to_be_visible()


def less_likely(page: Page) -> None:
    loaded(page)
    page.locator("#less-likely button").scroll_into_view_if_needed()
    page.locator("#less-likely button").click()
    expect(page.get_by_role("heading", name=said(page, "Less likely"))).to_be_visible()
    loaded(page)


def empty(page: Page) -> None:
    page.route("**/api/search*", lambda route: route.fulfill(json=EMPTY))
    page.reload()
    expect(page.get_by_role("heading", name=said(page, "No photos yet"))).to_be_visible()


def broken_search(page: Page) -> None:
    error = {"error": {"code": "upstream", "message": "The search service can't be reached right now.", "param": None}}
    page.route("**/api/search*", lambda route: route.fulfill(status=503, json=error))
    page.reload()
    expect(page.get_by_role("heading", name=said(page, "The photos could not be loaded"))).to_be_visible()


def offline(page: Page) -> None:
    loaded(page)
    page.route("**/api/**", lambda route: route.abort())
    page.get_by_role("searchbox").fill("a red bike")
    expect(page.locator("#offline-banner")).to_be_visible()
