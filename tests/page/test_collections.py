"""Collections on the page: made and filled in the photo view, chosen among the filters, shown above their photos."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.page.conftest import PHONE, Visit, box_of, photos, until
from tests.world import World


@pytest.fixture
def spring(world: World) -> Iterator[dict[str, Any]]:
    """A collection of two photos."""
    ids = [each["id"] for each in world.get("/api/search", folder="animals")["photos"][:2]]
    body = {"name": "Spring", "description": "For the shop window", "ids": ids}
    yield world.http.post("/api/collections", json=body).json()
    forget_collections(world)


def forget_collections(world: World) -> None:
    for each in world.get("/api/collections")["collections"]:
        assert world.http.delete(f"/api/collections/{each['id']}").status_code == 204


@pytest.mark.usefixtures("spring")
def test_a_collection_is_chosen_and_left_again(page: Page) -> None:
    page.get_by_role("button", name="Filters").click()
    choice = page.get_by_role("region", name="Collections").get_by_role("button", name="Spring")
    choice.click()

    head = page.get_by_role("region", name="Spring")
    expect(head.get_by_text("For the shop window")).to_be_visible()
    expect(head.locator("img")).to_be_visible()
    expect(page.locator("#total")).to_have_text("2 photos found")
    expect(choice).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Remove the filter Collection: Spring").click()
    expect(page.locator("#total")).to_have_text("9 photos")
    expect(head).to_be_hidden()


def test_a_link_may_name_a_collection(visit: Visit, spring: dict[str, Any]) -> None:
    page = visit(f"/?collection={spring['name'].upper()}")

    expect(page.get_by_role("heading", name="Spring")).to_be_visible()
    expect(page.locator("#total")).to_have_text("2 photos found")


def test_a_photo_is_put_into_a_new_collection_and_taken_out_again(visit: Visit, world: World) -> None:
    page = visit(size=PHONE)
    photos(page)
    page.locator(".tile a").first.click()
    page.get_by_role("button", name="Add to collection…").click()
    page.get_by_label("Name of the new collection").fill("Autumn")
    page.keyboard.press("Enter")

    view = page.get_by_role("dialog", name="Photo")
    try:
        expect(view.get_by_role("link", name="Autumn")).to_be_visible()
        expect(page.get_by_role("button", name="Add to collection…")).to_be_focused()
        [made] = world.get("/api/collections")["collections"]
        assert (made["name"], made["photos"]) == ("Autumn", 1)

        page.get_by_role("button", name="Remove from “Autumn”").click()

        expect(view.get_by_role("link", name="Autumn")).to_have_count(0)
        assert world.get(f"/api/collections/{made['id']}")["photos"] == 0
    finally:
        forget_collections(world)


def test_a_photo_is_put_into_one_that_is_there(visit: Visit, world: World, spring: dict[str, Any]) -> None:
    page = visit("/?folder=space")
    photos(page)
    page.locator(".tile a").first.click()
    page.get_by_role("button", name="Add to collection…").click()
    page.get_by_label("Collection", exact=True).select_option("Spring")
    page.get_by_role("button", name="Add", exact=True).click()

    expect(page.get_by_role("link", name="Spring")).to_be_visible()
    assert world.get(f"/api/collections/{spring['id']}")["photos"] == 3


@pytest.mark.usefixtures("spring")
def test_a_photo_that_is_taken_out_leaves_the_collection_that_is_shown(visit: Visit) -> None:
    page = visit("/?collection=Spring")
    expect(page.locator("#total")).to_have_text("2 photos found")
    page.locator(".tile a").first.click()
    page.get_by_role("button", name="Remove from “Spring”").click()
    expect(page.locator(".toast")).to_contain_text("Removed from “Spring”")

    page.keyboard.press("Escape")

    expect(page.locator("#total")).to_have_text("1 photo found")


@pytest.mark.usefixtures("spring")
def test_a_name_that_is_taken_is_told(visit: Visit) -> None:
    page = visit("/?folder=space")
    photos(page)
    page.locator(".tile a").first.click()
    page.get_by_role("button", name="Add to collection…").click()
    page.get_by_label("Collection", exact=True).select_option("New collection…")
    page.get_by_label("Name of the new collection").fill("spring")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("there is a collection named 'Spring'")


def test_who_uses_no_collection_asks_for_none(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.locator("#q").fill("animals")
    page.keyboard.press("Enter")
    photos(page)
    page.locator(".tile a").first.click()
    expect(page.get_by_role("button", name="Add to collection…")).to_be_visible()

    assert not [url for url in asked if "/api/collections" in url]


def test_photos_are_put_in_order_by_keyboard_and_mouse_and_back(
    page: Page, world: World, spring: dict[str, Any]
) -> None:
    def order() -> list[str]:
        photos = world.get(f"/api/collections/{spring['id']}/photos")["photos"]
        return [each["id"] for each in photos]

    first, second = order()
    page.goto(f"/?collection={spring['id']}&sort=collection")
    expect(page.locator("#total")).to_have_text("2 photos found")
    page.locator(".tile a").first.focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator(".toast")).to_contain_text("Now 2 of 2")
    assert order() == [second, first]

    page.locator(".toast").get_by_role("button", name="Undo").click()
    until(page, lambda: order_is(order(), [first, second]))
    boxes = [box_of(page.locator(".tile").nth(number)) for number in (0, 1)]
    page.mouse.move(boxes[0]["x"] + 40, boxes[0]["y"] + 60)
    page.mouse.down()
    page.mouse.move(boxes[1]["x"] + boxes[1]["width"] - 5, boxes[1]["y"] + 60, steps=5)
    page.mouse.up()

    until(page, lambda: order_is(order(), [second, first]))
    expect(page.get_by_role("dialog", name="Photo")).to_have_count(0)


def test_a_key_that_comes_before_what_it_does_is_loaded_counts(
    page: Page, world: World, spring: dict[str, Any]
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/ordering[^/]*\.js$"), hold)
    page.goto(f"/?collection={spring['id']}&sort=collection")
    expect(page.locator("#total")).to_have_text("2 photos found")
    page.locator(".tile a").first.focus()
    page.keyboard.press("Alt+ArrowRight")
    until(page, lambda: _is_asked_for(held))
    held[0].continue_()

    expect(page.locator(".toast")).to_contain_text("Now 2 of 2")


def _is_asked_for(held: list[Route]) -> None:
    assert held


def test_a_finger_that_stays_puts_photos_in_order_and_one_that_moves_scrolls(
    visit: Visit, world: World, spring: dict[str, Any]
) -> None:
    ids = [each["id"] for each in world.get("/api/search", top=20)["photos"]]
    world.http.put(f"/api/collections/{spring['id']}/photos", json={"ids": ids}).raise_for_status()

    def order() -> list[str]:
        return [each["id"] for each in world.get(f"/api/collections/{spring['id']}/photos")["photos"]]

    size = {"width": 390, "height": 560}
    page = visit(f"/?collection={spring['id']}&sort=collection", size=size, has_touch=True, is_mobile=True)
    photos(page)
    expect(page.get_by_text("Hold a photo, then drag it")).to_be_visible()
    touch = page.context.new_cdp_session(page)

    def at(number: int, share: float) -> dict[str, float]:
        box = box_of(page.locator(".tile").nth(number))
        return {"x": box["x"] + box["width"] * share, "y": box["y"] + box["height"] / 2}

    def send(kind: str, *points: dict[str, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    send("touchStart", at(0, 0.5))
    expect(page.locator("#selection-count")).to_have_text("1 selected")
    send("touchMove", at(1, 0.6))
    send("touchMove", at(1, 0.9))
    expect(page.locator(".drop-mark")).to_be_visible()
    expect(page.locator("#selection-count")).to_be_hidden()  # the finger meant to drag it
    send("touchMove", at(1, 0.9))
    send("touchEnd")

    wanted = [ids[1], ids[0], *ids[2:]]
    until(page, lambda: order_is(order(), wanted))
    expect(page.locator(".toast")).to_contain_text("Now 2 of")
    expect(page.get_by_role("dialog", name="Photo")).to_have_count(0)

    page.locator(".toast").get_by_role("button", name="Close").tap()
    start = at(1, 0.5)
    send("touchStart", start)
    for step in range(1, 9):
        send("touchMove", {"x": start["x"], "y": start["y"] - 15 * step})
    send("touchEnd")
    until(page, lambda: scrolled(page))
    assert order() == wanted


def scrolled(page: Page) -> None:
    assert page.locator("#scroller").evaluate("(each) => each.scrollTop") > 0


def order_is(order: list[str], wanted: list[str]) -> None:
    assert order == wanted
