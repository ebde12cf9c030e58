"""Editing on the page: only what was changed is sent, it is shown whose each value is, and there is a way back."""

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.page.conftest import PHONE, WIDE, Visit, box_of, photos
from tests.world import World


def open_form(page: Page) -> None:
    page.locator(".tile a").first.click()
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_role("heading", name="Edit this photo")).to_be_focused()


def test_a_photo_is_edited_and_the_edit_taken_back(page: Page, world: World) -> None:
    before = {photo["id"]: photo for photo in world.get("/api/search", top=100)["photos"]}
    open_form(page)
    page.get_by_label("Title", exact=True).fill("Seen on a walk")
    page.get_by_label("Persons shown", exact=True).fill("Ann Example\nBo Example")
    page.get_by_label("Rating", exact=True).select_option("5 of 5 stars")
    page.get_by_label("Favourite", exact=True).check()
    page.get_by_role("button", name="Save").click()

    view = page.get_by_role("dialog", name="Photo")
    expect(view.get_by_role("heading", name="Seen on a walk")).to_be_focused()
    expect(view.get_by_role("link", name="Bo Example")).to_be_visible()
    expect(view.get_by_text("Title, Persons shown, Rating, Favourite")).to_be_hidden()  # by name, as the API lists them
    expect(view.locator(".sources dd").first).to_contain_text("Title")
    id_ = page.url.partition("photo=")[2]
    assert world.get(f"/api/photos/{id_}")["rating"] == 5

    page.get_by_role("button", name="Edit", exact=True).click()
    for field in ("Title", "Persons shown", "Rating", "Favourite"):
        page.get_by_label(f"Take back what people wrote: {field}").check()
    page.get_by_role("button", name="Save").click()

    expect(view.get_by_role("heading", name=before[id_]["title"])).to_be_visible()
    expect(view.locator(".sources")).to_be_hidden()
    assert world.get(f"/api/photos/{id_}")["sources"] == before[id_]["sources"]


def test_an_edit_is_undone(page: Page, world: World) -> None:
    open_form(page)
    title = page.get_by_label("Title", exact=True).input_value()
    page.get_by_label("Title", exact=True).fill("By mistake")
    page.get_by_role("button", name="Save").click()
    view = page.get_by_role("dialog", name="Photo")
    expect(view.get_by_role("heading", name="By mistake")).to_be_visible()

    page.reload()  # what is undone need not have been written here
    page.get_by_role("button", name="Undo the last edit").click()

    expect(view.get_by_role("heading", name=title)).to_be_visible()


def test_only_what_was_changed_is_sent_and_what_is_wrong_is_told(visit: Visit) -> None:
    page = visit(size=PHONE)
    photos(page)
    sent: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method != "PATCH":
            route.fallback()
            return
        sent.append(route.request.post_data or "")
        error = {"error": {"message": "taken_local: use 2024", "type": "", "param": "taken_local", "code": ""}}
        route.fulfill(status=400, json=error)

    page.route("**/api/photos/*", answer)
    open_form(page)
    page.get_by_label("Date taken", exact=True).fill("yesterday")
    page.get_by_label("City", exact=True).fill("Rome")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("alert")).to_have_text("taken_local: use 2024")
    assert [json.loads(each) for each in sent] == [{"taken_local": "yesterday", "city": "Rome"}]
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_what_saves_a_long_form_is_in_sight(visit: Visit, size: dict[str, int]) -> None:
    page = visit(size=size)
    photos(page)
    open_form(page)
    expect(page.get_by_label("Favourite", exact=True)).not_to_be_in_viewport()
    save = page.get_by_role("button", name="Save")
    expect(save).to_be_in_viewport()
    panel, end = box_of(page.locator("#photo .details")), box_of(page.locator(".form-end"))
    assert abs(panel["y"] + panel["height"] - end["y"] - end["height"]) < 1  # nothing is seen below it
    page.get_by_label("Reviewed", exact=True).focus()
    expect(page.get_by_label("Reviewed", exact=True)).to_be_in_viewport()

    expect(save).to_be_in_viewport()


def test_nothing_is_sent_where_nothing_was_changed(page: Page) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.method))
    open_form(page)

    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    assert "PATCH" not in requests


def test_a_photo_is_moved_and_shown_under_its_new_name(page: Page, world: World) -> None:
    photo = world.get("/api/search", top=1)["photos"][0]
    page.goto(f"{page.url.partition('?')[0]}?photo={photo['id']}")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("heading", name="Move this photo")).to_be_focused()
    path = page.get_by_label("Folder and name")
    expect(path).to_have_value(photo["path"])
    path.fill("moved/there.txt")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("must end as before")

    end = photo["path"].rpartition(".")[2]
    path.fill(f"moved/there.{end}")
    page.get_by_role("button", name="Move", exact=True).click()

    expect(page.locator("#photo dd", has_text=f"there.{end}")).to_be_visible()
    expect(page).not_to_have_url(re.compile(photo["id"]))
    id_ = page.url.partition("photo=")[2]
    assert world.get(f"/api/photos/{id_}")["path"] == f"moved/there.{end}"
    world.http.post(f"/api/photos/{id_}/move", json={"path": photo["path"]}).raise_for_status()
