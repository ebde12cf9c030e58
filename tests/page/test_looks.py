"""How the page looks, where that can be measured: nothing hides or is cut, and controls look like what they are."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import PHONE, Visit, box_of, photos
from tests.world import World

CAPTION = ("A harbour with boats. " * 20).strip()
LEAST = 3  # contrast of what tells a control from its ground: WCAG 2.1, 1.4.11
CONTRAST = """(element) => {
    const rgb = (color) => {
        const context = new OffscreenCanvas(1, 1).getContext("2d");
        context.fillStyle = color;
        context.fillRect(0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    let ground = element.parentElement;
    while (rgb(getComputedStyle(ground).backgroundColor)[3] < 255) ground = ground.parentElement;
    const both = [getComputedStyle(element).borderTopColor, getComputedStyle(ground).backgroundColor];
    const [low, high] = both.map((color) => light(rgb(color))).sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
}"""
LINES = """(all) => all.map((each) => {
    const range = document.createRange();
    range.selectNodeContents(each);
    const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
    return { text: each.textContent, lines, words: each.textContent.trim().split(/\\s+/).length };
})"""
IS_ON_TOP = """(element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}"""


@pytest.fixture(scope="module")
def rated(world: World) -> Iterator[str]:
    """The id of a photo whose stars a person gave."""
    [photo] = [each for each in world.get("/api/search", top=100)["photos"] if each["path"].endswith("boats.jpg")]
    url = f"/api/photos/{photo['id']}"
    headers = {"Content-Type": "application/merge-patch+json"}
    changes = json.dumps({"rating": 4, "caption": CAPTION})
    world.http.patch(url, content=changes, headers=headers).raise_for_status()
    yield str(photo["id"])
    world.http.patch(url, content='{"rating": null, "caption": null}', headers=headers).raise_for_status()


def test_the_mark_of_a_selected_photo_stays_in_sight_while_it_has_the_focus(page: Page) -> None:
    page.keyboard.press("Tab")
    tile = page.locator(".tile").first
    tile.locator("a").focus()
    page.keyboard.press("x")

    expect(tile.locator("a")).to_be_focused()
    expect(tile.locator(".pick")).to_be_visible()
    assert tile.locator(".pick").evaluate(IS_ON_TOP)


def test_what_cannot_be_used_looks_like_it(visit: Visit) -> None:
    page = visit("/?taken_in=1931")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()

    expect(page.locator("#slideshow-button")).to_be_disabled()
    expect(page.locator("#slideshow-button")).to_have_css("opacity", "0.5")
    expect(page.locator("#map-button")).to_have_css("opacity", "1")


def test_the_outline_of_a_photo_in_the_first_row_is_not_cut(visit: Visit) -> None:
    page = visit("/?q=a")
    photos(page)
    page.keyboard.press("Tab")
    link = page.locator(".tile a").first
    link.focus()

    style = (
        "(each) => [getComputedStyle(each)].map(({ outlineWidth, outlineOffset }) => [outlineWidth, outlineOffset])[0]"
    )
    around = sum(float(each.removesuffix("px")) for each in link.evaluate(style))
    assert around >= 3
    assert box_of(link)["y"] - around >= box_of(page.locator("#scroller"))["y"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_inputs_stand_out_and_show_all_that_is_in_them(visit: Visit, rated: str, scheme: str) -> None:
    page = visit(f"/?photo={rated}", color_scheme=scheme)
    page.locator("#photo").get_by_role("button", name="Edit", exact=True).click()
    inputs = page.locator("#photo .photo-form :is(input[type=text], textarea, select)")
    expect(inputs.nth(9)).to_be_visible()

    assert [round(each, 1) for each in inputs.evaluate_all(f"(all) => all.map({CONTRAST})") if each < LEAST] == []
    shown = page.get_by_label("Description", exact=True)
    expect(shown).to_have_value(CAPTION)
    assert shown.evaluate("(each) => each.scrollHeight <= each.clientHeight")


def test_forms_keep_no_room_for_an_error_that_is_not_there(visit: Visit, rated: str) -> None:
    page = visit(f"/?photo={rated}")
    page.locator("#photo").get_by_role("button", name="Move", exact=True).click()
    error = page.locator("#photo .photo-form .form-error")
    expect(error).to_be_hidden()

    page.route("**/api/photos/*/move", lambda route: route.fulfill(status=409, json={"error": {"message": "taken"}}))
    page.get_by_label("Folder and name").fill("elsewhere/boats.jpg")
    page.locator("#photo .photo-form").get_by_role("button", name="Move").click()

    expect(error).to_have_text("taken")


def test_what_people_gave_is_not_said_to_be_from_the_file(visit: Visit, rated: str) -> None:
    page = visit(f"/?photo={rated}")
    sections = page.locator("#photo .details section").filter(has=page.locator("dd.rating"))

    expect(sections).to_have_count(1)
    expect(sections.locator("h3")).to_have_text("Written by people")


def test_a_photo_that_is_gone_leaves_no_empty_half(visit: Visit) -> None:
    page = visit(f"/?photo={'0' * 32}")
    expect(page.get_by_role("heading", name="This photo is no longer here")).to_be_visible()

    window = page.viewport_size
    assert window
    assert box_of(page.locator("#photo .details"))["width"] == window["width"]
    page.locator("#photo .close").click()
    expect(page.locator("#photo")).to_be_hidden()


def test_the_way_to_the_next_photo_is_beside_the_picture_it_is_compared_with(visit: Visit, rated: str) -> None:
    page = visit(f"/?photo={rated}", size=PHONE)
    page.locator("#photo").get_by_role("button", name="Compare").click()
    step = page.locator("#compare").get_by_role("button", name="Next")
    expect(step).to_be_in_viewport()
    title = page.locator("#compare .side h3").nth(1)
    before = title.text_content()

    step.click()

    expect(title).not_to_have_text(str(before))
    expect(step).to_be_in_viewport()


def test_the_ways_to_add_photos_open_below_their_button(page: Page) -> None:
    page.locator("#add").click()
    expect(page.locator("#add-menu")).to_be_visible()

    button, menu = box_of(page.locator("#add")), box_of(page.locator("#add-menu"))
    assert menu["y"] >= button["y"] + button["height"]
    assert abs(menu["x"] + menu["width"] - button["x"] - button["width"]) < 2


def test_the_columns_of_the_shortcuts_begin_at_the_same_height(page: Page) -> None:
    page.keyboard.press("?")
    headings = page.locator("#shortcuts h3")
    expect(headings.first).to_be_visible()

    places = headings.evaluate_all("(all) => all.map((each) => each.getBoundingClientRect()).map(({ x, y }) => [x, y])")
    tops = {x: min(top for left, top in places if left == x) for x, _ in places}
    assert len(tops) == 2
    assert max(tops.values()) - min(tops.values()) < 1


def test_on_paper_a_photo_has_its_words_and_no_headings_without_any(visit: Visit, rated: str) -> None:
    page = visit(f"/?photo={rated}")
    expect(page.locator("#photo .details section:has(> .thumbnails)")).to_be_visible()
    page.emulate_media(media="print")

    expect(page.get_by_role("heading", name="Details")).to_be_visible()
    for name in ("All fields", "History", "Similar photos"):
        expect(page.locator("#photo h3").filter(has_text=name)).to_be_hidden()


def test_less_likely_photos_are_offered_by_a_button_that_looks_like_one(visit: Visit) -> None:
    page = visit("/?q=xyzzy")
    offer = page.locator("#library-message button")

    expect(offer).to_be_visible()
    assert offer.evaluate("(each) => getComputedStyle(each).borderTopColor") != "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_a_phone_has_room_for_the_words_of_each_language(visit: Visit, language: str) -> None:
    page = visit("about:blank", size=PHONE, locale=language)
    counts = {"indexed": 12_345, "waiting": 0, "retrying": 0, "failed": 12_345, "checks": {}}
    page.route("**/api/status", lambda route: route.fulfill(json=counts))
    page.goto("/")
    photos(page)
    expect(page.locator("#status-button.failed")).to_be_visible()
    expect(page.locator("#chat-button")).to_be_in_viewport(ratio=1)

    page.locator("#pick").click()
    page.locator(".tile a").first.click()

    labels = page.locator(".selection-actions > button > span")
    expect(labels.first).to_be_visible()
    assert [each for each in labels.evaluate_all(LINES) if each["lines"] > each["words"]] == []
    expect(labels.last).to_be_in_viewport(ratio=1)
