"""What the chat proposes: a card that says what would change, and nothing is written without a click."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.page.conftest import PHONE, Visit, photos, until
from tests.page.test_chat import ask, whole
from tests.world import World

TAG = "catalogue 2026"


@pytest.fixture
def _untagged(world: World) -> Iterator[None]:
    """Take back what was written about tags."""
    yield
    for photo in world.get("/api/search", tag=TAG)["photos"]:
        patch = {"tags": None}
        assert world.http.patch(f"/api/photos/{photo['id']}", json=patch).status_code == 200


@pytest.mark.usefixtures("_untagged")
def test_the_chat_proposes_a_tag_which_is_written_when_somebody_applies_it(page: Page, world: World) -> None:
    whole(page, ask(page, "Which photos show animals?"))
    answer = ask(page, f"tag these as {TAG}")
    whole(page, answer)
    card = answer.get_by_role("region", name="Proposed changes of ")
    rows = card.locator(".changes > li")
    expect(rows.first.locator("ins")).to_have_text(f"would be: {TAG}")
    assert world.get("/api/search", tag=TAG)["total"] == 0  # nothing yet
    count = rows.count()

    card.get_by_role("button", name="Apply").click()

    expect(card.get_by_role("status")).to_have_text(f"Applied to {count} photos.")
    expect(card.get_by_role("button", name="Apply")).to_have_count(0)
    until(page, lambda: expect_total(world, count))
    page.reload()
    photos(page)
    page.get_by_role("button", name="Earlier conversations").click()
    page.locator(".conversations button, #chat li button").first.click()
    expect(page.locator(".proposal .result")).to_have_text(f"Applied to {count} photos.")


def expect_total(world: World, count: int) -> None:
    assert world.get("/api/search", tag=TAG)["total"] == count


def test_a_proposed_collection_is_made_and_shown(page: Page, world: World) -> None:
    whole(page, ask(page, "Which photos show animals?"))
    answer = ask(page, "make a collection called Beasts of these")
    whole(page, answer)
    card = answer.get_by_role("region", name="Proposed collection “Beasts”")
    expect(card.locator(".thumbnail img").first).to_be_visible()
    assert world.get("/api/collections")["total"] == 0

    card.get_by_role("button", name="Apply").click()
    card.get_by_role("button", name="Show it").click()

    try:
        expect(page.get_by_role("heading", name="Beasts", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Remove the filter Collection: Beasts")).to_be_visible()
    finally:
        [made] = world.get("/api/collections")["collections"]
        assert world.http.delete(f"/api/collections/{made['id']}").status_code == 204


# -- what may come of a proposal ----------------------------------------------------------


def change(number: int, field: str, old: object, new: object) -> dict[str, Any]:
    return {"photo": f"{number:032x}", "path": f"trip/{number}.jpg", "field": field, "old": old, "new": new}


CHANGES = [change(1, "title", "A dog", "Rex"), change(1, "tags", ["dog", "red"], ["dog", "blue"])]


def proposal(*changes: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": "a" * 32, "kind": "edit", "changes": [*changes], "name": "", "description": "", "photos": []}


def proposing(page: Page, **proposed: Any) -> Locator:
    """Ask; the answer proposes this. Returns its card."""
    context = {"citations": [], "photos": [], "searches": [], "proposals": [proposed]}
    events = [
        {"choices": [{"index": 0, "delta": {"content": "I propose this."}}]},
        {"choices": [{"index": 0, "delta": {}}], "context": context},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "context": {"citations": []}},
    ]
    body = "".join(f"data: {json.dumps(each)}\n\n" for each in events) + "data: [DONE]\n\n"
    headers = {"Content-Type": "text/event-stream"}
    page.route("**/v1/chat/completions", lambda route: route.fulfill(body=body, headers=headers))
    if not page.locator("#chat").is_visible():
        page.locator("#chat-button").click()
    answer = ask(page, "change something")
    whole(page, answer)
    return answer.locator(".proposal")


def deciding(page: Page, **reply: Any) -> list[str]:
    """Let the server answer so to what is decided; returns what it is asked."""
    requests: list[str] = []

    def answer(route: Route) -> None:
        requests.append(f"{route.request.method} {route.request.url.partition('/api/')[2]}")
        route.fulfill(**reply)

    page.route("**/api/proposals/**", answer)
    return requests


def test_of_each_field_the_card_says_what_is_there_and_what_would_be(page: Page) -> None:
    card = proposing(page, **proposal(*CHANGES))

    expect(card.get_by_role("heading")).to_have_text("Proposed changes of 1 photo")
    expect(card.locator("dt")).to_have_text(["Title", "Tags"])
    expect(card.locator("del bdi")).to_have_text(["A dog", "red"])
    expect(card.locator("ins bdi")).to_have_text(["Rex", "blue"])


def test_of_many_photos_some_are_shown_and_the_others_on_demand(page: Page) -> None:
    card = proposing(page, **proposal(*(change(number, "city", "", "Rome") for number in range(8))))
    expect(card.locator(".changes > li")).to_have_count(5)

    card.get_by_role("button", name="Show 3 more photos").click()

    expect(card.locator(".changes > li")).to_have_count(8)


def refusal(message: str, param: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "", "param": param, "code": ""}}


PARTLY = {"changed": 2, "collection": None, "stale": CHANGES, "errors": [{"id": "x", "error": "no"}]}
OUTCOMES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "some had changed": (
        {"json": PARTLY},
        [
            "Applied to 2 photos.",
            "1 photo had changed meanwhile, and nothing was written there.",
            "1 photo could not be changed.",
        ],
    ),
    "gone": (
        {"status": 404, "json": refusal("there is no proposal", "id")},
        ["This proposal is gone: one is kept for a day, or until it is dismissed. Nothing was changed."],
    ),
    "applied before": (
        {"status": 409, "json": refusal("the proposal was accepted by 'Ann'", "id")},
        ["This proposal was applied before."],
    ),
}


def test_what_came_of_a_proposal_is_said_in_words(visit: Visit) -> None:
    page = visit(size=PHONE)
    photos(page)
    for reply, words in OUTCOMES.values():
        card = proposing(page, **proposal(*CHANGES))
        requests = deciding(page, **reply)

        card.get_by_role("button", name="Apply").click()

        expect(card.locator(".result p")).to_have_text(words)
        expect(card.get_by_role("status")).to_be_focused()
        expect(card.get_by_role("button", name="Apply")).to_have_count(0)
        assert requests == [f"POST proposals/{'a' * 32}/accept"]


def test_after_a_refusal_it_can_be_tried_again_or_dismissed(page: Page) -> None:
    card = proposing(page, **proposal(*CHANGES))
    deciding(page, status=409, json=refusal("there is a collection named 'Rome'", "name"))

    card.get_by_role("button", name="Apply").click()

    expect(card.get_by_role("status")).to_have_text("there is a collection named 'Rome'")
    expect(card.get_by_role("button", name="Apply")).to_be_focused()
    requests = deciding(page, status=204)
    card.get_by_role("button", name="Dismiss").click()
    expect(card.get_by_role("status")).to_have_text("Dismissed. Nothing was changed.")
    assert requests == [f"DELETE proposals/{'a' * 32}"]


def test_a_key_that_may_only_read_decides_nothing(visit: Visit) -> None:
    page = visit("about:blank")
    me = {"name": "reader", "right": "read", "feedback": "off", "search_by_picture": False}
    page.route("**/api/me", lambda route: route.fulfill(json=me))
    page.goto("/")
    photos(page)

    card = proposing(page, **proposal(*CHANGES))

    expect(card.get_by_role("heading")).to_be_visible()
    expect(card.get_by_role("button", name="Apply")).to_be_hidden()
    expect(card.get_by_role("button", name="Dismiss")).to_be_hidden()
