"""Thumbs on answers and photos: shown where verdicts are kept, for mouse and keyboard, sent as they were given."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.page.conftest import Visit, photos
from tests.page.test_chat import ask, whole

UP, DOWN = "Yes, it is right", "No, it isn't right"


class KeptVerdicts:
    """A server that keeps verdicts, or answers with an error."""

    def __init__(self, page: Page, setting: str) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.status = 201
        page.route("**/api/me", lambda route: route.fulfill(json={"name": "me", "right": "read", "feedback": setting}))
        page.route("**/api/feedback", self.take)

    def take(self, route: Route) -> None:
        self.bodies.append(route.request.post_data_json or {})
        error = {"error": {"message": "there is no room today", "code": "x", "param": None}}
        route.fulfill(status=self.status, json={} if self.status == 201 else error)


def opened(visit: Visit, setting: str, address: str = "/") -> tuple[Page, KeptVerdicts]:
    page = visit("about:blank")
    server = KeptVerdicts(page, setting)
    page.goto(address)
    photos(page)
    return page, server


def thumbs(place: Locator) -> tuple[Locator, Locator]:
    return place.get_by_role("button", name=UP), place.get_by_role("button", name=DOWN)


def test_without_the_setting_there_are_no_thumbs(visit: Visit) -> None:
    page = visit("/?q=animals")
    answer = ask(page)
    whole(page, answer)
    page.locator(".tile a").first.click()
    expect(page.locator("#photo-title")).to_be_visible()

    for place in (answer, page.locator("#photo")):
        for thumb in thumbs(place):
            expect(thumb).to_be_hidden()


def test_a_verdict_on_an_answer_is_given_by_keyboard_and_can_be_changed(visit: Visit) -> None:
    page, server = opened(visit, "questions")
    answer = ask(page)
    whole(page, answer)
    up, down = thumbs(answer.get_by_role("group", name="Is this answer right?"))

    up.focus()
    page.keyboard.press("Enter")
    expect(up).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")  # again says nothing new
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(up).to_have_attribute("aria-pressed", "false")

    first, second = server.bodies
    assert (first["verdict"], second["verdict"]) == ("up", "down")
    assert first["about"] == "answer"
    assert first["question"] == "Which photos show animals?"
    assert first["photos"]
    assert all(re.fullmatch("[0-9a-f]{32}", id_) for id_ in first["photos"])


@pytest.mark.parametrize(("setting", "question"), [("questions", "animals"), ("verdicts", "")])
def test_a_photo_among_results_is_judged_with_the_words_that_are_kept(
    setting: str, question: str, visit: Visit
) -> None:
    page, server = opened(visit, setting, "/?q=animals")
    page.locator(".tile a").first.click()
    dialog = page.locator("#photo")
    up, _ = thumbs(dialog.get_by_role("group", name="Is this what you looked for with “animals”?"))
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")

    [body] = server.bodies
    assert (body["about"], body["verdict"], body["question"], len(body["photos"])) == ("photo", "up", question, 1)
    page.keyboard.press("ArrowRight")
    expect(up).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("ArrowLeft")
    expect(up).to_have_attribute("aria-pressed", "true")


def test_a_photo_that_no_words_found_is_not_judged(visit: Visit) -> None:
    page, _ = opened(visit, "questions")
    page.locator(".tile a").first.click()
    expect(page.locator("#photo-title")).to_be_visible()

    expect(page.locator("#photo").get_by_role("button", name=UP)).to_have_count(0)


def test_a_verdict_that_is_not_kept_is_said_and_taken_back(visit: Visit) -> None:
    page, server = opened(visit, "verdicts", "/?q=animals")
    server.status = 400
    page.locator(".tile a").first.click()
    up, _ = thumbs(page.locator("#photo"))
    up.click()

    expect(page.get_by_text("Your verdict could not be kept: there is no room today")).to_be_visible()
    expect(up).to_have_attribute("aria-pressed", "false")
