"""The review on the page: photos nobody has looked at, corrected and accepted by keyboard, and nothing lost."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.machine import eventually, missing
from tests.page.conftest import PHONE, WIDE, Visit, photos, until
from tests.page.test_accessibility import AXE, violations
from tests.page.test_proposals import CHANGES, proposal
from tests.world import World

WRITTEN = ("reviewed", "title", "alt_text", "tags")  # by the tests of this module


@pytest.fixture
def unreviewed(world: World) -> Iterator[list[str]]:
    """The ids of the queue; what was accepted is taken back before and afterwards."""
    eventually(lambda: _take_back(world))  # a page that was closed may have been saving still
    yield [each["id"] for each in world.get("/api/review", top=50)["photos"]]
    eventually(lambda: _take_back(world))


def _take_back(world: World) -> None:
    reviewed = world.get("/api/search", reviewed="true", top=100)["photos"]
    for each in reviewed:
        world.http.patch(f"/api/photos/{each['id']}", json=dict.fromkeys(WRITTEN))
    world.wait_until_idle()
    assert not reviewed


def review(page: Page) -> Any:
    return page.get_by_role("dialog", name="Review")


def test_a_queue_is_worked_off_by_keyboard(page: Page, world: World, unreviewed: list[str]) -> None:
    page.get_by_role("button", name="Review", exact=True).click()
    view = review(page)
    expect(view.get_by_role("status").first).to_have_text(f"{len(unreviewed)} photos to look at")
    expect(view.get_by_text("Nobody has looked at this yet")).to_be_visible()

    page.keyboard.press("e")
    page.keyboard.press("Control+a")
    page.keyboard.type("Seen at once")
    page.keyboard.press("Control+Enter")
    expect(view.get_by_role("status").first).to_have_text(f"{len(unreviewed) - 1} photos to look at")
    page.keyboard.press("ArrowRight")  # the second stays as it is
    page.keyboard.press("a")

    expect(view.get_by_role("status").first).to_have_text(f"{len(unreviewed) - 2} photos to look at")
    first, second, third = (world.get(f"/api/photos/{id_}") for id_ in unreviewed[:3])
    assert (first["reviewed"], first["title"], first["sources"]["title"]) == (True, "Seen at once", "person")
    assert (second["reviewed"], third["reviewed"]) == (False, True)
    page.keyboard.press("k")
    expect(view.get_by_text("Accepted")).to_be_visible()
    page.keyboard.press("Escape")
    expect(view).to_be_hidden()


def test_a_photo_that_was_deleted_meanwhile_is_let_go(page: Page, unreviewed: list[str]) -> None:
    def answer(route: Route) -> None:
        if route.request.method != "PATCH":
            route.fallback()
            return
        route.fulfill(status=404, json={"error": {"message": "gone", "type": "", "param": "id", "code": ""}})

    page.route("**/api/photos/*", answer)
    page.goto("/?view=review")
    view = review(page)
    expect(view.get_by_label("Title", exact=True)).to_be_visible()
    page.keyboard.press("a")

    expect(page.locator(".toast", has_text="no longer here")).to_be_visible()
    expect(view.get_by_role("status").first).to_have_text(f"{len(unreviewed) - 1} photos to look at")
    expect(view.get_by_text("could not be saved")).to_be_hidden()


def test_what_cannot_be_saved_is_told_kept_and_tried_again(page: Page, world: World, unreviewed: list[str]) -> None:
    refused: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method != "PATCH" or len(refused) > 1:
            route.fallback()
            return
        refused.append(route.request.url)
        route.fulfill(status=503, json={"error": {"message": "not now", "type": "", "param": None, "code": ""}})

    page.route("**/api/photos/*", answer)
    page.goto("/?view=review")
    view = review(page)
    view.get_by_label("Title", exact=True).fill("Kept in mind")
    view.get_by_role("button", name="Accept").click()
    expect(view.get_by_text("1 photo could not be saved: not now")).to_be_visible()
    expect(view.get_by_label("Title", exact=True)).not_to_have_value("Kept in mind")  # the next photo is there

    view.get_by_role("button", name="Show").click()
    expect(view.get_by_label("Title", exact=True)).to_have_value("Kept in mind")
    view.get_by_role("button", name="Try again").click()
    expect(view.get_by_text("could not be saved")).to_be_visible()
    view.get_by_role("button", name="Try again").click()

    expect(view.get_by_text("could not be saved")).to_be_hidden()
    saved = world.get(f"/api/photos/{unreviewed[0]}")
    assert (saved["title"], saved["reviewed"]) == ("Kept in mind", True)


def test_what_somebody_else_has_written_meanwhile_is_shown_first(
    page: Page, world: World, unreviewed: list[str]
) -> None:
    page.goto("/?view=review")
    view = review(page)
    tags = view.get_by_label("Tags", exact=True)
    tags.fill("ours\ntoo")
    theirs = [*world.get(f"/api/photos/{unreviewed[0]}")["tags"][1:], "theirs"]
    world.http.patch(f"/api/photos/{unreviewed[0]}", json={"tags": theirs}).raise_for_status()
    view.get_by_role("button", name="Accept").click()
    expect(view.get_by_text("1 photo could not be saved: Somebody else has changed this")).to_be_visible()
    expect(view.get_by_role("button", name="Try again")).to_be_hidden()  # nobody has seen what that would do

    view.get_by_role("button", name="Show").click()
    expect(view.get_by_text(f"Somebody else has written: {', '.join(theirs)}")).to_be_visible()
    expect(tags).to_have_value("theirs\nours\ntoo")
    view.get_by_role("button", name="Accept").click()

    expect(view.get_by_text("could not be saved")).to_be_hidden()
    saved = world.get(f"/api/photos/{unreviewed[0]}")
    assert (saved["tags"], saved["reviewed"]) == (["theirs", "ours", "too"], True)


def test_what_could_not_be_saved_is_still_there_when_one_starts_again(page: Page, unreviewed: list[str]) -> None:
    def refuse(route: Route) -> None:
        if route.request.method == "PATCH":
            route.fulfill(status=503, json={"error": {"message": "not now", "type": "", "param": None, "code": ""}})
        else:
            route.fallback()

    page.route("**/api/photos/*", refuse)
    page.goto("/?view=review")
    view = review(page)
    view.get_by_label("Title", exact=True).fill("Kept in mind")
    for _ in unreviewed:
        title = view.get_by_role("heading", level=3).first
        before = title.text_content() or ""
        view.get_by_role("button", name="Next").click()
        expect(title).not_to_have_text(before)
    expect(view.get_by_text("could not be saved")).to_be_visible()

    view.get_by_role("button", name="Start again").click()

    expect(view.get_by_label("Title", exact=True)).to_have_value("Kept in mind")
    expect(view.get_by_text("could not be saved")).to_be_visible()


def test_a_key_that_comes_before_the_next_photo_accepts_none(page: Page, world: World, unreviewed: list[str]) -> None:
    """Pages of one photo, the second of which takes its time."""
    records = [world.get(f"/api/photos/{id_}") for id_ in unreviewed[:3]]
    why = {"reason": "unreviewed", "missing_fields": [], "alt_text": [], "tags": []}
    waiting: list[Route] = []
    saved: list[str] = []

    def page_of(number: int) -> dict[str, Any]:
        queue = {"counts": {"unreviewed": 3} if number == 0 else {}, "next": str(number + 1) if number < 2 else ""}
        return queue | {"photos": [records[number] | {"review": why}]}

    def answer(route: Route) -> None:
        number = int(parse_qs(urlsplit(route.request.url).query).get("after", ["0"])[0])
        if number == 1 and not waiting:
            waiting.append(route)
        else:
            route.fulfill(json=page_of(number))

    page.route("**/api/review?*", answer)
    page.on("request", lambda request: saved.append(request.url) if request.method == "PATCH" else None)
    page.goto("/?view=review")
    view = review(page)
    heading = view.get_by_role("heading", level=3)
    expect(heading).to_have_text(records[0]["title"])
    expect(view.get_by_label("Title", exact=True)).to_be_visible()

    page.keyboard.press("a")
    page.keyboard.press("a")
    until(page, lambda: None if waiting else pytest.fail("the second page is not asked for"))
    waiting[0].fulfill(json=page_of(1))

    expect(heading).to_have_text(records[1]["title"])
    until(page, lambda: None if len(saved) == 1 else pytest.fail(str(saved)))


def queue_of(*photos_: dict[str, Any]) -> dict[str, Any]:
    return {"counts": {"missing_fields": 0, "alt_text": len(photos_)}, "next": "", "photos": list(photos_)}


def test_each_photo_says_why_and_at_the_end_proposals_wait(page: Page, world: World) -> None:
    record = world.get("/api/search")["photos"][0]
    why = {"reason": "alt_text", "missing_fields": [], "alt_text": ["opening", "long"], "tags": ["odd word"]}
    page.route("**/api/review?*", lambda route: route.fulfill(json=queue_of(record | {"review": why})))
    page.route("**/api/proposals", lambda route: route.fulfill(json={"proposals": [proposal(*CHANGES)]}))
    page.goto("/?view=review")

    view = review(page)
    expect(view.get_by_text("begins by saying that it is a picture")).to_be_visible()
    expect(view.get_by_text("longer than 250 characters")).to_be_visible()
    expect(view.get_by_text("Not in the vocabulary: odd word")).to_be_visible()
    expect(view.locator(".form-row label").first).to_have_text("Alternative text")  # what needs it comes first
    view.get_by_role("button", name="Next").click()

    expect(view.get_by_text("That was the last one")).to_be_visible()
    expect(view.get_by_role("heading", name="Proposed in the chat")).to_be_visible()
    expect(view.get_by_role("button", name="Apply")).to_be_visible()


def test_an_address_shows_a_proposal_of_somebody_else(page: Page) -> None:
    page.route("**/api/proposals", lambda route: route.fulfill(json={"proposals": []}))
    page.route(f"**/api/proposals/{'a' * 32}", lambda route: route.fulfill(json=proposal(*CHANGES)))

    page.goto(f"/?view=review&proposal={'a' * 32}")

    expect(review(page).get_by_role("button", name="Apply")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/$"))


def test_reviewed_is_a_facet(page: Page, world: World, unreviewed: list[str]) -> None:
    world.http.patch(f"/api/photos/{unreviewed[0]}", json={"reviewed": True})
    until(page, lambda: _has_reviewed(world, 1))
    page.reload()
    photos(page)
    page.get_by_role("button", name="Filters").click()

    page.get_by_role("button", name=re.compile("^Reviewed 1$")).click()

    expect(page.locator(".tile")).to_have_count(1)


def _has_reviewed(world: World, count: int) -> None:
    assert world.get("/api/search", reviewed="true")["total"] == count


@pytest.mark.parametrize("look", [("dark", WIDE), ("light", PHONE)], ids=["dark", "phone"])
def test_the_review_is_accessible_and_nothing_sticks_out(visit: Visit, look: tuple[str, dict[str, int]]) -> None:
    if not AXE.exists():
        missing("axe-core (npm ci in tests/page)")
    scheme, size = look
    page = visit("/?view=review", size=size, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    expect(review(page).get_by_role("button", name="Accept")).to_be_visible()

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
