"""Picking many photos by mouse, keyboard and touch, and what is done with them."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Error, Locator, Page, Route, expect

from tests.machine import missing
from tests.page.conftest import PHONE, WIDE, Visit, box_of, photos, until
from tests.page.test_accessibility import AXE, violations
from tests.page.test_large_library import TOTAL, in_view, scroll, search as large_search
from tests.page.test_stacks import page as stacks
from tests.world import World

stacked = stacks  # six photos, four of which look the same
JOB = "7" * 32
PHOTO_ID = "1" * 32


def job(**values: Any) -> dict[str, Any]:
    record = {"id": JOB, "action": "edit", "parameters": {}, "state": "done", "total": 2, "position": 2, "changed": 2}
    more = {"failed": 0, "unchanged": 0, "undoes": "", "undone_by": "", "created_by": "ann", "error": "", "errors": []}
    return record | more | {"created_at": "2026-11-26T20:00:00Z"} | values


class JobServer:
    """Takes jobs in place of the app: `made` are their bodies, and `records` what it answers, one after the other."""

    def __init__(self, page: Page, *records: dict[str, Any]) -> None:
        self.made: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.records = list(records or [job()])
        self.refusals: list[int] = []
        page.route("**/api/jobs", self._make)
        page.route("**/api/jobs?*", lambda route: route.fulfill(json={"total": 1, "jobs": [self.records[0]]}))
        page.route(f"**/api/jobs/{JOB}*", self._tell)
        page.route(f"**/api/jobs/{JOB}/undo", self._undo)

    def _make(self, route: Route) -> None:
        self.made.append(json.loads(route.request.post_data or ""))
        if self.refusals:
            error = {
                "message": "look again",
                "type": "",
                "param": "expected",
                "code": "",
                "count": self.refusals.pop(0),
            }
            route.fulfill(status=409, json={"error": error})
            return
        route.fulfill(status=202, json=self.records[0] | {"state": "waiting", "position": 0, "changed": 0})

    def _tell(self, route: Route) -> None:
        self.asked.append(route.request.method)
        record = self.records.pop(0) if len(self.records) > 1 else self.records[0]
        route.fulfill(json=record)

    def _undo(self, route: Route) -> None:
        self.asked.append("undo")
        route.fulfill(status=202, json=job(undoes=JOB, id=JOB, state="waiting"))


@pytest.fixture
def server(page: Page) -> JobServer:
    return JobServer(page)


def tiles(page: Page) -> Locator:
    return page.locator(".tile")


def pick(page: Page, *numbers: int) -> None:
    for number in numbers:
        tiles(page).nth(number).hover()
        tiles(page).nth(number).locator(".pick").click()


def expect_picked(page: Page, count: int) -> None:
    expect(page.locator("#selection-count")).to_have_text(f"{count:,} selected")


def action(page: Page, name: str) -> None:
    """Press one of the bar, or of its menu."""
    button = page.locator(f'[data-action="{name}"]')
    if not button.is_visible():
        page.locator('[data-action="more"]').click()
    button.click()


# -- picking --------------------------------------------------------------------------------


def test_the_mouse_picks_one_a_range_and_takes_one_out(page: Page) -> None:
    pick(page, 0)
    expect(page.get_by_role("toolbar")).to_be_visible()
    expect(page.locator("#toolbar")).to_be_hidden()
    tiles(page).nth(3).locator("a").click(modifiers=["Shift"])
    expect_picked(page, 4)
    tiles(page).nth(1).locator("a").click(modifiers=["Shift"])
    expect_picked(page, 2)  # the range ends earlier
    tiles(page).nth(5).locator("a").click(modifiers=["ControlOrMeta"])
    tiles(page).nth(0).locator("a").click()  # while photos are picked, a click picks

    expect_picked(page, 2)
    expect(tiles(page).nth(0).get_by_role("checkbox")).not_to_be_checked()
    expect(tiles(page).nth(5).get_by_role("checkbox")).to_be_checked()
    page.get_by_role("button", name="Clear the selection").click()
    expect(page.get_by_role("toolbar")).to_be_hidden()
    tiles(page).nth(0).locator("a").click()
    expect(page.get_by_role("dialog", name="Photo")).to_be_visible()


def test_the_keyboard_picks_and_still_opens(page: Page) -> None:
    tiles(page).first.locator("a").focus()
    page.keyboard.press("x")
    expect_picked(page, 1)
    page.keyboard.press("Space")
    expect(page.locator("#selection-count")).to_be_hidden()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect_picked(page, 3)
    page.keyboard.press("Shift+ArrowLeft")
    expect_picked(page, 2)
    page.keyboard.press("Control+a")
    expect_picked(page, 9)
    page.keyboard.press("Escape")
    expect(page.locator("#selection-count")).to_be_hidden()

    page.keyboard.press("x")
    page.keyboard.press("Enter")

    expect(page.get_by_role("dialog", name="Photo")).to_be_visible()


def test_who_types_picks_nothing(page: Page) -> None:
    page.locator("#q").focus()
    page.keyboard.press("x")
    page.keyboard.press("Control+a")

    expect(page.locator("#selection-count")).to_be_hidden()


def test_a_finger_that_stays_picks_and_the_next_ones_only_tap(visit: Visit) -> None:
    page = visit(size=PHONE, has_touch=True, is_mobile=True)
    photos(page)
    box = box_of(tiles(page).first)
    touch = page.context.new_cdp_session(page)
    point = {"x": box["x"] + 40, "y": box["y"] + 40}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    expect_picked(page, 1)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    tiles(page).nth(2).locator("a").tap()

    expect_picked(page, 2)
    expect(page.get_by_role("dialog")).to_have_count(0)
    bar, tile = box_of(page.locator("#selection")), box_of(tiles(page).first)
    assert bar["y"] + bar["height"] <= tile["y"]  # it covers no photo


def test_a_phone_has_a_button_to_begin(visit: Visit) -> None:
    page = visit(size=PHONE, has_touch=True)
    photos(page)
    page.get_by_role("button", name="Select", exact=True).tap()
    expect(page.locator("#selection-count")).to_have_text("Select photos")
    tiles(page).first.locator("a").tap()

    expect_picked(page, 1)


def test_a_rectangle_picks_what_it_touches_and_no_longer_what_it_has_left(page: Page) -> None:
    first, third = (box_of(tiles(page).nth(number)) for number in (0, 2))
    page.mouse.move(first["x"] + 5, first["y"] - 8)  # beside a month's name
    page.mouse.down()
    page.mouse.move(third["x"] + 20, third["y"] + 30, steps=4)
    expect_picked(page, 3)
    page.mouse.move(first["x"] + 20, first["y"] + 30, steps=4)
    expect_picked(page, 1)
    page.mouse.up()

    expect(page.locator(".lasso")).to_be_hidden()
    expect_picked(page, 1)


def test_a_tile_is_one_photo_and_those_alike_are_a_choice_of_their_own(stacked: Page) -> None:
    pick(stacked, 0)
    expect_picked(stacked, 1)
    stacked.get_by_role("button", name="and 3 alike").click()
    expect_picked(stacked, 4)

    stacked.get_by_role("button", name="Select all that match (6)").click()
    expect_picked(stacked, 6)
    pick(stacked, 0)  # of all, a photo leaves with those folded under it
    expect_picked(stacked, 2)
    server = JobServer(stacked)
    action(stacked, "favorite")

    expect(stacked.locator(".toast")).to_contain_text("Edit: 2 photos")
    [made] = server.made
    assert (made["search"], len(made["exclude"]), made["expected"]) == ({"q": "boats"}, 4, 2)


def test_fifty_thousand_are_picked_without_a_request_or_a_list(visit: Visit) -> None:
    page = visit("about:blank")
    page.route("**/api/search*", large_search)
    page.route("**/api/links", lambda route: route.fulfill(json={"links": {}, "seconds": 100}))
    page.goto("/")
    expect(page.locator("#total")).to_have_text(f"{TOTAL:,} photos")
    server, asked = JobServer(page), list[str]()
    page.on("request", lambda request: asked.append(request.url))

    page.locator(".tile a").first.focus()
    page.keyboard.press("Control+a")
    expect_picked(page, TOTAL)
    assert [each for each in asked if "/api/" in each and "links" not in each] == []
    assert tiles(page).count() < 200
    action(page, "reviewed")

    expect(page.locator(".toast")).to_be_visible()
    assert server.made == [{"action": "edit", "patch": {"reviewed": True}, "search": {}, "expected": TOTAL}]


def test_of_two_ranges_the_later_one_counts_whichever_is_fetched_first(visit: Visit) -> None:
    page = visit("about:blank")
    held: list[Route] | None = None

    def answer(route: Route) -> None:
        if held is None:
            large_search(route)
        else:
            held.append(route)

    page.route("**/api/search*", answer)
    page.route("**/api/links", lambda route: route.fulfill(json={"links": {}, "seconds": 100}))
    page.goto("/")
    expect(page.locator("#total")).to_have_text(f"{TOTAL:,} photos")
    pick(page, 0)
    scroll(page, "scroller.scrollHeight * 0.005")
    far = page.locator(f'.tile a[href="{in_view(page)[-1]}"]')
    held = []
    far.click(modifiers=["Shift"])  # the photos between were never shown
    until(page, lambda: _asked(held))
    scroll(page, "0")
    tiles(page).nth(2).locator("a").click(modifiers=["Shift"])
    expect_picked(page, 3)

    waiting, held = held, None
    for each in waiting:
        large_search(each)
    scroll(page, "scroller.scrollHeight * 0.005")  # which shows what has come in between
    in_view(page)

    expect_picked(page, 3)


def _asked(routes: list[Route] | None) -> None:
    assert routes


def test_another_search_begins_with_nothing_picked(page: Page) -> None:
    pick(page, 0)
    page.locator("#q").fill("animals")
    page.keyboard.press("Enter")

    expect(page.locator("#selection-count")).to_be_hidden()


# -- what is done ---------------------------------------------------------------------------


def enter_tags(page: Page) -> None:
    page.get_by_label("Add", exact=True).fill("sea,sky")
    page.get_by_label("Remove", exact=True).fill("land")


def enter_position(page: Page) -> None:
    page.get_by_label("Field", exact=True).select_option("location")
    page.get_by_label("Position").fill("41.9, 12.5")


def enter_keywords(page: Page) -> None:
    page.get_by_label("Field", exact=True).select_option("keywords")
    page.get_by_label("Add", exact=True).fill("Rome")


def enter_move(page: Page) -> None:
    page.get_by_label("Into the folder").fill("/2024/rome/")
    page.get_by_label("New names").fill("{date} {number}")
    expect(page.get_by_text("For example: 2024-05-31 07.jpg")).to_be_visible()


def nothing(_: Page) -> None:
    """Nothing is asked."""


DONE: dict[str, tuple[Callable[[Page], None], dict[str, Any]]] = {
    "tags": (enter_tags, {"action": "edit", "add": {"tags": ["sea", "sky"]}, "remove": {"tags": ["land"]}}),
    "field": (enter_position, {"action": "edit", "patch": {"location": {"latitude": 41.9, "longitude": 12.5}}}),
    "field ": (enter_keywords, {"action": "edit", "add": {"keywords": ["Rome"]}}),
    "notReviewed": (nothing, {"action": "edit", "patch": {"reviewed": False}}),
    "move": (enter_move, {"action": "move", "folder": "2024/rome", "name": "{date} {number}"}),
    "delete": (nothing, {"action": "delete"}),
}
LEAVING = {"move", "delete"}  # what leaves nothing picked
FIRST_OF_A_SELECTION = {"tags", "delete"}


def assert_made(server: JobServer, count: int) -> None:
    assert len(server.made) == count


def test_each_action_makes_a_job_of_the_photos_that_are_picked(page: Page, server: JobServer) -> None:
    ids = [each.partition("photo=")[2] for each in page.locator(".tile a").evaluate_all("all => all.map(a => a.href)")]
    for name, (enter, body) in DONE.items():
        if name in FIRST_OF_A_SELECTION:
            pick(page, 0, 1)
        expect_picked(page, 2)
        count = len(server.made)
        action(page, name.strip())
        enter(page)
        dialog = page.locator("dialog[open]")
        if enter is not nothing:
            dialog.locator("[type=submit]").click()
        expect(page.locator(".toast").last).to_be_visible()
        expect(dialog).to_have_count(0)

        until(page, partial(assert_made, server, count + 1))
        made = server.made[-1]
        assert (made.pop("expected"), {*made.pop("ids")}) == (2, {*ids[:2]}), name
        assert made == body
        if name in LEAVING:
            expect(page.locator("#selection")).to_be_hidden()  # these photos are gone


def test_stars_are_given_from_a_menu(page: Page, server: JobServer) -> None:
    pick(page, 0)
    action(page, "rate")
    page.get_by_role("button", name="4 of 5 stars").click()
    expect(page.locator(".toast")).to_be_visible()

    assert server.made[0]["patch"] == {"rating": 4}


def test_a_form_says_what_is_missing(page: Page) -> None:
    pick(page, 0)
    action(page, "tags")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_have_text("Enter what to add or to remove.")
    page.keyboard.press("Escape")
    action(page, "move")
    page.get_by_role("button", name="Move", exact=True).click()

    expect(page.get_by_role("alert")).to_have_text("Enter a folder, or new names.")


def test_a_number_that_has_changed_is_told_and_offered_again(page: Page, server: JobServer) -> None:
    server.refusals = [7]
    page.keyboard.press("Control+a")
    action(page, "favorite")
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("9 photos were selected, and by now 7 photos match.")
    question.get_by_role("button", name="Go on with 7").click()
    expect(page.locator(".toast")).to_be_visible()

    assert [each["expected"] for each in server.made] == [9, 7]


def test_describing_again_says_first_what_it_takes(page: Page, server: JobServer) -> None:
    server.records = [job(action="recaption")]
    estimate = {"photos": 1, "total": 2, "tokens": 1500}
    page.route("**/api/jobs/estimate", lambda route: route.fulfill(json=estimate))
    pick(page, 0, 1)
    action(page, "recaption")
    dialog = page.get_by_role("dialog", name="Describe 2 photos again")
    expect(dialog).to_contain_text("1 photo was described by another model")
    expect(dialog).to_contain_text("1,500 tokens")
    dialog.get_by_role("button", name="Describe again").click()
    expect(page.locator(".toast")).to_contain_text("2 photos in line")  # what has ended is that they were queued

    assert server.made[0]["action"] == "recaption"


def test_photos_that_are_picked_are_exported_and_shared_by_their_ids(page: Page) -> None:
    bodies: list[dict[str, Any]] = []

    def take(route: Route) -> None:
        bodies.append(json.loads(route.request.post_data or ""))
        route.fulfill(body="id\n", headers={"Content-Type": "text/csv"})

    page.route("**/api/export", take)
    pick(page, 0, 2)
    page.locator('[data-action="more"]').click()
    page.locator("#selection-more").get_by_role("button", name="Table (CSV)").click()
    expect(page.locator(".toast")).to_contain_text("photos.csv")

    assert (len(bodies[0]["ids"]), bodies[0]["format"]) == (2, "csv")


def test_escape_ends_the_selection_and_then_closes_the_filters(page: Page) -> None:
    page.get_by_role("button", name="Filters").click()
    facets = page.locator("#facets")
    expect(facets).to_be_visible()
    pick(page, 0)
    tiles(page).nth(0).locator("a").focus()

    page.keyboard.press("Escape")
    expect(page.locator("#toolbar")).to_be_visible()
    expect(facets).to_be_visible()
    page.keyboard.press("Escape")
    expect(facets).to_be_hidden()


def test_the_offer_of_new_photos_covers_no_tools(visit: Visit, world: World) -> None:
    page = visit(size=PHONE, locale="de-DE")  # whose words need more lines
    photos(page)
    tiles(page).nth(0).locator("a").focus()
    page.keyboard.press("x")
    counts = world.get("/api/status")
    page.route("**/api/status", lambda route: route.fulfill(json=counts | {"indexed": counts["indexed"] + 3}))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    offer = page.locator("#new-photos")
    expect(offer).to_be_visible()
    bar = box_of(page.get_by_role("toolbar"))
    assert box_of(offer)["y"] >= bar["y"] + bar["height"]

    page.keyboard.press("Escape")
    page.locator("#filter-toggle").click()
    expect(page.locator("#facets")).to_be_visible()
    with pytest.raises(Error):  # the filters are over it
        offer.click(trial=True, timeout=1000)


# -- jobs -----------------------------------------------------------------------------------


def test_a_job_is_followed_after_the_page_was_loaded_again_and_undone(page: Page, server: JobServer) -> None:
    server.records = [job(state="running", position=1)]
    pick(page, 0)
    action(page, "favorite")
    expect(page.locator("#jobs-button")).to_have_text("1 of 2")
    page.reload()
    expect(page.locator("#jobs-button")).to_have_text("1 of 2")

    server.records = [job(parameters={"patch": {"favorite": True}})]
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Favourite: Yes: 2 photos")
    expect(page.locator("#jobs-button")).to_be_hidden()
    server.records = [job(undoes=JOB)]
    toast.get_by_role("button", name="Undo").click()

    expect(page.locator(".toast").last).to_contain_text("Undo: 2 photos")
    assert "undo" in server.asked


def test_what_was_done_to_many_photos_is_undone_from_the_status(page: Page, server: JobServer) -> None:
    page.locator("#status-button").click()
    page.get_by_role("button", name="Show what was done to many photos").click()
    page.get_by_role("dialog", name="Jobs").get_by_role("button", name="Undo").click()

    def assert_undone() -> None:
        assert "undo" in server.asked

    until(page, assert_undone)


@pytest.mark.usefixtures("server")
def test_the_offer_to_undo_stays_while_somebody_points_at_it(page: Page) -> None:
    page.clock.install()
    pick(page, 0)
    action(page, "favorite")
    undo = page.locator(".toast").get_by_role("button", name="Undo")
    undo.hover()
    page.clock.fast_forward(60_000)
    expect(undo).to_be_visible()

    page.mouse.move(5, 5)
    page.clock.fast_forward(60_000)

    expect(undo).to_be_hidden()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_progress_of_a_job_moves_no_photo(visit: Visit, size: dict[str, int]) -> None:
    page = visit(size=size)
    photos(page)
    server = JobServer(page, job(state="running", position=7, total=12_345))
    pick(page, 0)
    before = box_of(page.locator("#scroller"))
    action(page, "favorite")
    expect(page.locator("#jobs-button")).to_have_text("7 of 12,345")
    assert box_of(page.locator("#scroller")) == before

    page.get_by_role("button", name="Clear the selection").click()
    expect(page.locator("#toolbar #jobs-button")).to_be_visible()
    during = box_of(page.locator("#scroller"))
    server.records = [job()]
    expect(page.locator("#jobs-button")).to_be_hidden()
    assert box_of(page.locator("#scroller")) == during


def test_a_job_is_followed_whatever_becomes_of_those_of_other_tabs(page: Page, server: JobServer) -> None:
    other = page.context.new_page()
    theirs = job(id="8" * 32)
    other.route("**/api/jobs", lambda route: route.fulfill(status=202, json=theirs | {"state": "waiting"}))
    other.route("**/api/jobs/8*", lambda route: route.fulfill(json=theirs))
    other.goto("/")
    photos(other)
    server.records = [job(state="running", position=1)]
    pick(page, 0)
    action(page, "favorite")
    expect(page.locator("#jobs-button")).to_have_text("1 of 2")
    pick(other, 0)
    action(other, "reviewed")
    expect(other.locator(".toast")).to_be_visible()  # theirs has ended

    page.reload()

    expect(page.locator("#jobs-button")).to_have_text("1 of 2")


def test_the_list_of_jobs_tells_what_went_wrong_and_cancels(page: Page, server: JobServer) -> None:
    errors = [{"id": PHOTO_ID, "error": "somebody has changed it since"}]
    server.records = [job(failed=1, errors=errors, parameters={"patch": {"rating": 3}}, position=1, state="running")]
    page.goto("/?view=jobs")
    dialog = page.get_by_role("dialog", name="Jobs")
    expect(dialog).to_contain_text("Rating: 3 of 5 stars")
    dialog.get_by_role("button", name="1 photo with a problem").click()
    expect(dialog).to_contain_text("somebody has changed it since")
    dialog.get_by_role("button", name="Cancel: Rating: 3 of 5 stars").click()
    server.records = [server.records[0] | {"state": "cancelled"}]

    expect(dialog).to_contain_text("Cancelled, 2 photos changed, 1 failed")
    assert "DELETE" in server.asked
    expect(dialog.get_by_role("button", name="Undo: Rating: 3 of 5 stars")).to_be_visible()


def test_what_is_done_to_many_is_done_and_undone(page: Page, world: World) -> None:
    def rated() -> int:
        total: int = world.get("/api/search", rating=2, max_rating=2)["total"]
        return total

    pick(page, 0, 1)
    action(page, "rate")
    page.get_by_role("button", name="2 of 5 stars").click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Rating: 2 of 5 stars: 2 photos")
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast").last).to_contain_text("Undo: 2 photos")

    assert rated() == 0


# -- for everybody --------------------------------------------------------------------------


def test_a_viewer_may_pick_to_take_along_and_nothing_else(visit: Visit) -> None:
    page = visit("about:blank")
    me = {"name": "Ann", "role": "viewer", "right": "read", "feedback": "off", "search_by_picture": False}
    page.route("**/api/me", lambda route: route.fulfill(json=me))
    page.goto("/")
    photos(page)
    pick(page, 0)
    page.locator('[data-action="more"]').click()

    shown = page.locator("#selection button:visible").evaluate_all("all => all.map(b => b.dataset.action ?? '')")
    assert {each for each in shown if each} == {"download", "more"}


@pytest.mark.parametrize("look", [("dark", WIDE), ("light", PHONE)], ids=["dark", "phone"])
def test_the_bar_its_menus_and_forms_have_no_accessibility_violation(
    visit: Visit, look: tuple[str, dict[str, int]]
) -> None:
    if not AXE.exists():
        missing("axe-core (npm ci in tests/page)")
    scheme, size = look
    page = visit(size=size, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    photos(page)
    JobServer(page, job(failed=1, errors=[{"id": PHOTO_ID, "error": "gone"}]))
    page.get_by_role("button", name="Select", exact=True).click()
    tiles(page).first.locator("a").click()
    check(page)
    page.locator('[data-action="more"]').click()
    check(page)
    page.keyboard.press("Escape")
    for name in ("tags", "field", "move", "collect"):
        action(page, name)
        expect(page.locator("dialog[open]")).to_be_visible()
        check(page)
        page.keyboard.press("Escape")
    page.goto("/?view=jobs")
    page.get_by_role("button", name="1 photo with a problem").click()
    check(page)


def check(page: Page) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
