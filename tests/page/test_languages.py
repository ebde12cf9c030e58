"""The languages of what the page shows: each is marked, and keys in English are translated."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import Visit, photos
from tests.world import World

GERMAN = {
    "title": "Hund",
    "alt_text": "Ein Hund.",
    "caption": "Ein Hund am Strand.",
    "tags": ["hund", "strand"],
    "caption_language": "de",
    "text_in_photo": "PLAGE",
    "setting": "outdoors",
    "colors": ["gray", "dark teal"],
}


@pytest.fixture(scope="module")
def german(world: World) -> Any:
    [photo] = [each for each in world.get("/api/search", top=100)["photos"] if each["path"].endswith("resting.webp")]
    world.merge_documents({"id": photo["id"], **GERMAN})
    yield photo["id"]
    world.merge_documents({"id": photo["id"], **{name: photo[name] for name in GERMAN}})


def test_what_a_model_wrote_is_marked_as_the_language_it_was_asked_for(visit: Visit, german: str) -> None:
    page = visit()
    photos(page)
    tile = page.locator(f'.tile a[href*="{german}"]')
    expect(tile).to_have_attribute("lang", "de")
    tile.click()

    view = page.get_by_role("dialog", name="Photo")
    expect(view.get_by_role("heading", name="Hund")).to_have_attribute("lang", "de")
    expect(view.locator("p.caption")).to_have_attribute("lang", "de")
    expect(view.locator("ul.tags")).to_have_attribute("lang", "de")
    expect(view.locator("blockquote")).to_have_attribute("lang", "")
    expect(view.locator('.pswp__img[alt="Ein Hund."]').last).to_have_attribute("lang", "de")
    expect(view.locator("dl:visible")).to_contain_text("Outdoors")
    expect(view.get_by_role("link", name="grey")).to_be_visible()
    expect(view.get_by_role("link", name="dark teal")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_photo_of_before_there_were_languages_is_in_english(visit: Visit, world: World, german: str) -> None:
    [photo] = [each for each in world.get("/api/search", top=100)["photos"] if each["path"].endswith("DSC_0046.jpg")]
    world.merge_documents({"id": photo["id"], "caption_language": None})

    page = visit(f"/?photo={photo['id']}")

    expect(page.locator("p.caption")).to_have_attribute("lang", "en")


def test_tags_to_filter_by_are_marked_where_all_photos_share_a_language(visit: Visit, german: str) -> None:
    def language_of_tags(page: Page) -> str | None:
        photos(page)
        page.get_by_role("button", name="Filters").click()
        return page.locator("#facet-tags bdi").first.get_attribute("lang")

    assert language_of_tags(visit("/?tag=hund")) == "de"
    assert language_of_tags(visit()) == ""
