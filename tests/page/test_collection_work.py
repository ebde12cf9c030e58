"""Work within a collection: a search that is saved, the cover, questions about it alone, photos taken out and back."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import PHONE, WIDE, Visit, photos, until
from tests.page.test_chat import ask, whole
from tests.page.test_collections import forget_collections
from tests.world import World


@pytest.fixture
def animals(world: World) -> Iterator[dict[str, Any]]:
    """A collection of all animals, and what it is told."""
    ids = [each["id"] for each in world.get("/api/search", folder="animals")["photos"]]
    made = world.http.post("/api/collections", json={"name": "Zoo", "ids": ids}).raise_for_status().json()
    yield made | {"ids": ids}
    forget_collections(world)


def order(world: World, id_: str) -> list[str]:
    return [each["id"] for each in world.get(f"/api/collections/{id_}/photos")["photos"]]


def shown(visit: Visit, collection: dict[str, Any], **options: Any) -> Page:
    page = visit(f"/?collection={collection['id']}&sort=collection", **options)
    photos(page)
    return page


def pick(page: Page, *numbers: int) -> None:
    for number in numbers:
        page.locator(".tile a").nth(number).focus()
        page.keyboard.press("x")
    expect(page.locator("#selection-count")).to_have_text(f"{len(numbers)} selected")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_search_is_saved_and_fills_itself(visit: Visit, world: World, size: dict[str, int]) -> None:
    page = visit("/?folder=space", size=size)
    photos(page)
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("button", name="Save this search…").click()
    dialog = page.get_by_role("dialog", name="Save this search as a collection")
    dialog.get_by_label("Name of the new collection").fill("Out there")
    dialog.get_by_role("button", name="Save").click()
    try:
        expect(page.locator(".toast")).to_contain_text("The collection “Out there” was made.")
        [made] = world.get("/api/collections")["collections"]
        assert made["search"] == {"folder": "space"}

        page.goto(f"/?collection={made['id']}")

        photos(page)
        expect(page.get_by_role("region", name="Out there").get_by_text("Saved search")).to_be_visible()
        total = world.get("/api/search", folder="space")["total"]
        expect(page.locator("#total")).to_have_text(f"{total} photo{'s' * (total > 1)} found")
    finally:
        forget_collections(world)


def test_a_photo_becomes_the_cover(visit: Visit, world: World, animals: dict[str, Any]) -> None:
    page = shown(visit, animals)
    pick(page, 2)
    page.locator('[data-action="more"]').click()
    page.get_by_role("button", name="Use as the cover").click()

    expect(page.locator(".toast")).to_contain_text("This is the cover now")
    assert world.get(f"/api/collections/{animals['id']}")["cover"] == animals["ids"][2]


def test_the_chat_answers_from_the_collection_that_is_shown(visit: Visit, animals: dict[str, Any]) -> None:
    page = shown(visit, animals)
    asked: list[Any] = []
    page.on("request", lambda each: asked.append(each.post_data) if "/v1/chat" in each.url else None)
    expect(page.get_by_text("Answers from the collection “Zoo” only")).to_be_visible()

    answer = ask(page, "Show me the newest photos")
    whole(page, answer)

    assert json.loads(asked[0])["collection"] == animals["id"]
    found = answer.locator(".thumbnails button")
    expect(found.first).to_be_visible()
    assert found.count() <= len(animals["ids"])
    page.get_by_role("button", name="Remove the filter Collection: Zoo").click()
    expect(page.get_by_text("Answers from the collection")).to_be_hidden()


def test_a_collection_is_shared_whole(visit: Visit, world: World, animals: dict[str, Any]) -> None:
    page = visit(f"/?collection={animals['id']}")
    photos(page)
    page.get_by_role("button", name="Share…").click()
    dialog = page.get_by_role("dialog", name="Share photos")
    dialog.get_by_role("button", name="Make a link").click()
    expect(dialog.get_by_label("Link")).to_have_value(re.compile("/s/#"))
    [share] = world.get("/api/shares")["shares"]

    assert share["collection"] == animals["id"]
    world.http.delete(f"/api/shares/{share['id']}").raise_for_status()


def test_photos_that_are_taken_out_come_back_to_their_places(
    visit: Visit, world: World, animals: dict[str, Any]
) -> None:
    page = shown(visit, animals)
    pick(page, 0, 2)
    page.locator('[data-action="more"]').click()
    page.get_by_role("button", name="Remove from “Zoo”").click()
    message = page.locator(".toast").filter(has_text="Remove from collection: Zoo")
    expect(message).to_contain_text("2 photos")
    ids = animals["ids"]
    assert order(world, animals["id"]) == [each for each in ids if each not in {ids[0], ids[2]}]

    message.get_by_role("button", name="Undo").click()

    def is_back() -> None:
        assert order(world, animals["id"]) == ids

    until(page, is_back)
    expect(page.locator("#total")).to_have_text(f"{len(ids)} photos found")
