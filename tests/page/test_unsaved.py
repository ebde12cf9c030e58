"""What somebody writes of a photo is not lost, whatever closes the form before it is saved, or while it is."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.page.conftest import until
from tests.page.test_photo_editing import view
from tests.world import World

WRITTEN = ("title", "tags")  # by the tests of this module
LATE = "Written late"


@pytest.fixture
def boats(page: Page, world: World) -> Iterator[str]:
    """The id of a photo that is open; what was written about it is taken back."""
    [photo] = world.get("/api/search", folder="family archive")["photos"]
    page.goto("/?folder=family archive")
    page.locator(".tile.loaded a").first.click()
    expect(page.locator("#photo-title")).to_be_visible()
    yield photo["id"]
    world.http.patch(f"/api/photos/{photo['id']}", json=dict.fromkeys(WRITTEN))
    world.wait_until_idle()


def edit(page: Page) -> Locator:
    """The title in the form of the photo."""
    view(page).get_by_role("button", name="Edit", exact=True).click()
    return view(page).get_by_label("Title", exact=True)


def go_on(page: Page, reason: str = "Your changes were not saved.") -> None:
    offer = page.locator(".toast", has_text="Go on editing")
    expect(offer).to_contain_text(reason)
    offer.get_by_role("button", name="Go on editing").click()


def held(page: Page) -> list[Route]:
    """The writing requests that wait for an answer from now on."""
    waiting: list[Route] = []
    page.route(
        "**/api/photos/*", lambda route: waiting.append(route) if route.request.method == "PATCH" else route.fallback()
    )
    return waiting


def wait_for(page: Page, waiting: list[Route]) -> Route:
    def assert_there() -> None:
        assert waiting

    until(page, assert_there)
    return waiting.pop()


def test_what_was_written_is_offered_again_whatever_closed_it(page: Page, world: World, boats: str) -> None:
    title = edit(page)
    title.fill("Half")
    title.press("Escape")
    expect(view(page).get_by_role("button", name="Edit", exact=True)).to_be_visible()  # it left the form alone
    go_on(page)
    expect(title).to_have_value("Half")

    view(page).get_by_role("button", name="Close", exact=True).first.click()
    expect(view(page)).to_be_hidden()
    go_on(page)
    expect(title).to_have_value("Half")

    title.fill("Whole")
    page.go_back()
    expect(view(page)).to_be_hidden()
    go_on(page)
    expect(title).to_have_value("Whole")
    title.press("Control+Enter")
    expect(page.locator("#photo-title")).to_have_text("Whole")
    assert world.get(f"/api/photos/{boats}")["title"] == "Whole"


@pytest.mark.usefixtures("boats")
def test_what_was_left_on_purpose_or_never_changed_is_not_offered(page: Page) -> None:
    edit(page).fill("No, not that")
    view(page).get_by_role("button", name="Cancel").click()
    expect(edit(page)).not_to_have_value("No, not that")
    page.go_back()
    expect(view(page)).to_be_hidden()

    expect(page.locator(".toast")).to_have_count(0)


def test_the_grid_follows_a_save_that_ends_after_the_photo_was_closed(page: Page, boats: str) -> None:
    waiting = held(page)
    title = edit(page)
    title.fill(LATE)
    title.press("Control+Enter")
    route = wait_for(page, waiting)
    view(page).get_by_role("button", name="Close", exact=True).first.click()
    expect(view(page)).to_be_hidden()
    route.continue_()

    expect(page.locator(f'.tile a[href*="{boats}"] .name')).to_have_text(LATE)
    expect(page.locator(".toast", has_text="Saved")).to_be_visible()
    expect(page.locator(".toast", has_text="Go on editing")).to_have_count(0)


@pytest.mark.usefixtures("boats")
def test_a_save_that_fails_after_the_photo_was_closed_is_told(page: Page) -> None:
    waiting = held(page)
    title = edit(page)
    title.fill(LATE)
    title.press("Control+Enter")
    route = wait_for(page, waiting)
    page.go_back()
    expect(view(page)).to_be_hidden()
    route.fulfill(status=400, json={"error": {"message": "It was refused."}})

    go_on(page, "Your changes were not saved. It was refused.")

    expect(title).to_have_value(LATE)


def test_what_is_begun_while_another_field_is_saved_goes_on(page: Page, world: World, boats: str) -> None:
    waiting = held(page)
    view(page).get_by_role("button", name="Correct: Title").click()
    view(page).get_by_label("Title", exact=True).fill(LATE)
    page.keyboard.press("Enter")
    route = wait_for(page, waiting)
    view(page).get_by_role("button", name="Correct: Tags").click()
    view(page).get_by_label("Tags", exact=True).fill("begun")
    route.continue_()
    page.unroute_all()

    expect(view(page).get_by_role("heading", name="Edit this photo")).to_be_visible()
    expect(view(page).get_by_label("Tags", exact=True)).to_have_value("begun")
    view(page).get_by_role("button", name="Save").click()
    expect(page.locator("#photo-title")).to_have_text(LATE)
    saved = world.get(f"/api/photos/{boats}")
    assert (saved["title"], saved["tags"]) == (LATE, ["begun"])
