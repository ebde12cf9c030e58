"""What people and models write runs in the direction of its own script, whatever the page is written in."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.page.conftest import Visit, until
from tests.page.test_chat import ask, whole
from tests.world import World, picture

FOLDER = "תמונות"
NAME = f"{FOLDER}/חוף.jpg"
TITLE = "القطة على السجادة"
WRITTEN = {
    "title": TITLE,
    "caption": "صورة لقطة تجلس على السجادة في البيت.",
    "alt_text": "قطة على سجادة",
    "tags": ["قطة", "בית"],
}


@pytest.fixture
def written(world: World) -> Iterator[str]:
    """The id of a photo in a folder with a Hebrew name, of which people write in Arabic."""
    id_ = str(world.put(NAME, picture(951)).raise_for_status().json()["id"])
    world.wait_until_idle()
    world.http.patch(f"/api/photos/{id_}", json=WRITTEN).raise_for_status()
    yield id_
    world.http.delete(f"/api/photos/{id_}").raise_for_status()
    world.wait_until_idle()


def is_right_to_left(element: Locator) -> None:
    expect(element).to_be_visible()
    expect(element).to_have_css("direction", "rtl")


def test_a_photo_shows_what_is_written_in_its_direction(visit: Visit, written: str) -> None:
    page = visit(f"/?photo={written}")
    view = page.get_by_role("dialog", name="Photo")

    is_right_to_left(view.get_by_role("heading", name=TITLE))
    is_right_to_left(view.locator(".caption"))
    is_right_to_left(view.locator(".tags bdi").first)
    is_right_to_left(view.locator("dd bdi", has_text=FOLDER))
    is_right_to_left(view.locator("dd bdi", has_text="חוף.jpg"))
    expect(view.get_by_role("heading", name="Details")).to_have_css("direction", "ltr")  # what the page itself says

    view.get_by_role("button", name="Edit", exact=True).click()
    is_right_to_left(view.get_by_label("Title", exact=True))
    is_right_to_left(view.get_by_label("Description", exact=True))


@pytest.mark.usefixtures("written")
def test_the_wall_its_filters_and_the_review_do_so(visit: Visit) -> None:
    page = visit(f"/?folder={FOLDER}")
    tile = page.locator(".tile .name").first
    expect(tile).to_have_text(TITLE)
    expect(tile).to_have_css("direction", "rtl")
    is_right_to_left(page.locator("#filter-chips bdi"))
    page.get_by_role("button", name="Filters").click()
    is_right_to_left(page.locator(f'[data-facet="folder={FOLDER}"] bdi'))

    page.goto(f"/?view=review&folder={FOLDER}")
    is_right_to_left(page.get_by_role("dialog", name="Review").locator("h3").first)


def test_questions_and_answers_do_so(page: Page) -> None:
    question = "אילו תמונות מראות חיות?"
    page.get_by_label("Your question").fill(question)
    is_right_to_left(page.get_by_label("Your question"))
    reply = "القطة هنا [1]\n\nThe cat is here."
    body = f'data: {{"choices": [{{"index": 0, "delta": {{"content": {_json(reply)}}}}}]}}\n\ndata: [DONE]\n\n'
    page.route("**/v1/chat/completions", lambda route: route.fulfill(body=body, content_type="text/event-stream"))

    whole(page, ask(page, question))

    is_right_to_left(page.locator(".message.question p"))
    until(page, lambda: expect(page.locator(".message.answer .text p")).to_have_count(2))
    is_right_to_left(page.locator(".message.answer .text p").first)
    expect(page.locator(".message.answer .text p").last).to_have_css("direction", "ltr")
    page.get_by_role("searchbox").fill("חוף")
    is_right_to_left(page.get_by_role("searchbox"))


def _json(text: str) -> str:
    return json.dumps(text)
