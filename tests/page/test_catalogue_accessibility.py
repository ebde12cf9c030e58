"""What the page offers of the catalogue, for everybody: no accessibility violations, and nothing sticks out."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.machine import missing
from tests.page.conftest import PHONE, WIDE, Visit, box_of, photos, tool
from tests.page.test_accessibility import AXE, violations
from tests.page.test_collections import forget_collections
from tests.page.test_proposals import CHANGES, proposal, proposing
from tests.page.test_trash import trashed, with_trash
from tests.world import World


@pytest.fixture(scope="module")
def collection(world: World) -> Iterator[str]:
    """The id of one with every photo."""
    ids = [each["id"] for each in world.get("/api/search")["photos"]]
    made = world.http.post("/api/collections", json={"name": "A " * 60, "description": "Word " * 99, "ids": ids})
    yield made.json()["id"]
    forget_collections(world)


@pytest.mark.parametrize("look", [("dark", WIDE), ("light", PHONE)], ids=["dark", "phone"])
def test_no_view_of_the_catalogue_has_an_accessibility_violation(
    visit: Visit, look: tuple[str, dict[str, int]], collection: str
) -> None:
    if not AXE.exists():
        missing("axe-core (npm ci in tests/page)")
    scheme, size = look
    page = visit(size=size, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    photos(page)

    check_proposal(page)
    page.goto(f"/?collection={collection}")
    check_collection(page)
    with_trash(page, trashed(1), trashed(2, restorable=False))
    page.goto("/?view=trash")
    check_trash(page)


def check(page: Page) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")


def check_proposal(page: Page) -> None:
    card = proposing(page, **proposal(*CHANGES))
    check(page)
    box, chat = box_of(card), box_of(page.locator("#chat"))
    assert box["x"] + box["width"] <= chat["x"] + chat["width"]
    page.get_by_role("button", name="Close the chat").click()


def check_collection(page: Page) -> None:
    photos(page)
    if page.locator("#chat").is_visible():
        page.get_by_role("button", name="Close the chat").click()
    expect(page.locator("#collection")).to_be_visible()
    tool(page, "Export").click()
    check(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Filters").click()
    expect(page.locator("#facet-collection")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Filters").click()
    page.locator(".tile a").first.click()
    page.get_by_role("button", name="Add to collection…").click()
    expect(page.get_by_label("Name of the new collection")).to_be_visible()
    check(page)


def check_trash(page: Page) -> None:
    expect(page.locator("#trash strong")).to_have_count(2)
    check(page)
    page.get_by_role("button", name="Empty the trash").click()
    check(page)
