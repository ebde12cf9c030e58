"""How to get to every view and state, once the page is open at the address beside it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from tests.page.conftest import tool
from tests.page.screenshots.libraries import SAMPLES, Libraries
from tests.page.test_access import RULES
from tests.page.test_chat import ask, whole
from tests.page.test_everywhere import EMPTY


@dataclass(frozen=True)
class View:
    """A state of the page: where it is opened, and what is done then."""

    name: str
    address: Callable[[Libraries], str]
    steps: Callable[[Page], object]
    media: str = "screen"


def loaded(page: Page) -> None:
    """Every tile that is seen has its picture."""
    expect(page.locator(".tile.loaded").first).to_be_visible()
    expect(page.locator("#status-button")).not_to_be_empty()
    page.wait_for_function(
        "[...document.querySelectorAll('.tile')].filter((each) => each.getBoundingClientRect().top < innerHeight)"
        ".every((each) => each.classList.contains('loaded'))"
    )


def click(page: Page, name: str, **options: Any) -> None:
    page.get_by_role("button", name=name, exact=True, **options).first.click()


def filters(page: Page) -> None:
    loaded(page)
    click(page, "Filters")
    expect(page.locator("#facets")).to_be_visible()


def searched(page: Page) -> None:
    loaded(page)
    expect(page.locator("#total")).to_contain_text("found")


def selection(page: Page) -> None:
    loaded(page)
    for number in range(3):
        page.locator(".tile").nth(number).hover()
        page.locator(".tile a").nth(number).focus()
        page.keyboard.press("x")
    expect(page.get_by_text("3 selected")).to_be_visible()


def set_a_field(page: Page) -> None:
    selection(page)
    click(page, "More")
    page.get_by_text("Set a field…").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def photo(page: Page) -> None:
    expect(page.locator("#photo .thumbnails img").first).to_be_visible()
    page.wait_for_function("[...document.querySelectorAll('#photo .pswp__img')].some((each) => each.naturalWidth > 99)")


def photo_details(page: Page) -> None:
    photo(page)
    page.locator("#photo .details").evaluate("(each) => each.scrollTo(0, 700)")
    if page.viewport_size and page.viewport_size["width"] < 700:
        page.locator("#photo .details").evaluate("(each) => each.scrollIntoView()")


def edit_in_place(page: Page) -> None:
    photo(page)
    page.get_by_role("button", name=re.compile("^Correct: Title")).click()
    page.locator("#photo .field-form").scroll_into_view_if_needed()


def edit_form(page: Page) -> None:
    photo(page)
    page.locator("#photo").get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_role("heading", name="Edit this photo")).to_be_visible()


def all_fields(page: Page) -> None:
    photo(page)
    page.get_by_text("All fields").click()
    page.locator(".all-fields").scroll_into_view_if_needed()


def history(page: Page) -> None:
    photo(page)
    page.get_by_text("History", exact=True).click()
    expect(page.locator(".photo-history li, details.history li").first).to_be_visible()
    page.get_by_text("History", exact=True).scroll_into_view_if_needed()


def compare(page: Page) -> None:
    photo(page)
    click(page, "Compare")
    expect(page.locator("#compare img").first).to_be_visible()


def review(page: Page) -> None:
    expect(page.get_by_role("dialog", name="Review").get_by_role("status").first).to_contain_text("to look at")
    page.wait_for_function("document.querySelector('#review img')?.naturalWidth > 99")


def map_(page: Page) -> None:
    expect(page.locator(".map-cluster, .map-photo").first).to_be_visible()
    page.wait_for_load_state("networkidle")


def map_places(page: Page) -> None:
    map_(page)
    click(page, "List of places")


def timeline(page: Page) -> None:
    loaded(page)
    box = page.locator("#timeline").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2, steps=4)
    page.wait_for_load_state("networkidle")
    expect(page.locator(".timeline-label")).to_have_css("opacity", "1")


def collection(page: Page) -> None:
    loaded(page)
    expect(page.locator("#collection")).to_be_visible()


def ordering(page: Page) -> None:
    collection(page)
    expect(page.locator("#toolbar select")).to_have_value("collection")
    page.locator(".tile a").first.focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.get_by_text(re.compile("^Now 2 of"))).to_be_visible()


def add_to_collection(page: Page) -> None:
    selection(page)
    click(page, "Add to collection")
    expect(page.get_by_role("dialog")).to_be_visible()


def tools(page: Page) -> None:
    loaded(page)
    expect(tool(page, "Export")).to_be_visible()


def export(page: Page) -> None:
    loaded(page)
    tool(page, "Export").click()


def share_dialog(page: Page) -> None:
    loaded(page)
    tool(page, "Share…").click()
    expect(page.get_by_role("dialog", name="Share photos")).to_be_visible()
    expect(page.locator(".shares li").first).to_be_visible()


def jobs(page: Page) -> None:
    loaded(page)
    expect(page.get_by_role("dialog", name="Jobs").locator("li").first).to_be_visible()


def uploads(page: Page) -> None:
    loaded(page)
    taken = {"id": "0" * 32, "path": "IMG_0310.jpg", "size_bytes": 1, "etag": '"1"', "digest": None}
    sent = taken | {"path": "IMG_0310 (2).jpg"}
    page.route("**/api/originals/IMG_0310.jpg*", lambda route: route.fulfill(json=taken))
    page.route("**/api/photos/IMG_0310*", lambda route: route.fulfill(status=201, json=sent))
    page.route("**/api/photos/the*", lambda route: None)
    files: Any = [
        {"name": name, "mimeType": kind, "buffer": SAMPLES.joinpath("holiday/IMG_0310.jpg").read_bytes()}
        for name, kind in (("IMG_0310.jpg", "image/jpeg"), ("the night train to Lisbon.jpg", "image/jpeg"))
    ] + [{"name": "packing list.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}]
    page.locator(".add-photos input[type=file]").first.set_input_files(files=files)
    expect(page.locator("#uploads li")).to_have_count(3)
    expect(page.get_by_role("button", name=re.compile("^Replace"))).to_be_visible()


def add_menu(page: Page) -> None:
    loaded(page)
    page.locator("#add").click()
    expect(page.locator("#add-menu")).to_be_visible()


def trash(page: Page) -> None:
    expect(page.locator("#trash strong").first).to_be_visible()


def status(page: Page) -> None:
    expect(page.locator("#status .services")).to_be_visible()
    expect(page.get_by_text("cut off.jpg").first).to_be_visible()


def access(page: Page) -> None:
    content = {"rules": RULES, "fault": "", "photos": 50_000, "left": 1200}
    page.route("**/api/access", lambda route: route.fulfill(json=content, headers={"ETag": '"1"'}))
    click(page, "Show the rules")
    expect(page.get_by_role("textbox", name="Rules, as JSON")).not_to_be_empty()


def shared(page: Page) -> None:
    expect(page.locator(".shared-photos img").first).to_be_visible()
    page.wait_for_load_state("networkidle")


def open_chat(page: Page) -> None:
    loaded(page)
    if not page.locator("#chat").is_visible():
        page.locator("#chat-button").click()
    expect(page.get_by_label("Your question")).to_be_visible()


def cited(page: Page) -> None:
    open_chat(page)
    whole(page, ask(page, "Which photos show animals?"))
    page.wait_for_load_state("networkidle")


def proposal(page: Page) -> None:
    cited(page)
    whole(page, ask(page, "tag these as wildlife"))
    page.wait_for_load_state("networkidle")


def conversations(page: Page) -> None:
    cited(page)
    click(page, "Earlier conversations")


def scoped_chat(page: Page) -> None:
    open_chat(page)
    expect(page.get_by_text("Answers from the collection")).to_be_visible()


def slideshow(page: Page) -> None:
    loaded(page)
    tool(page, "Slideshow").click()
    page.wait_for_function("[...document.querySelectorAll('#slideshow img')].some((each) => each.complete)")


def shortcuts(page: Page) -> None:
    loaded(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def nothing_found(page: Page) -> None:
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def none_likely(page: Page) -> None:
    expect(page.get_by_role("heading", name="No photo is likely to show this")).to_be_visible()


def less_likely(page: Page) -> None:
    loaded(page)
    page.locator("#less-likely button").scroll_into_view_if_needed()
    page.locator("#less-likely button").click()
    expect(page.get_by_role("heading", name="Less likely")).to_be_visible()
    loaded(page)


def empty(page: Page) -> None:
    page.route("**/api/search*", lambda route: route.fulfill(json=EMPTY))
    page.reload()
    expect(page.get_by_role("heading", name="No photos yet")).to_be_visible()


def broken_search(page: Page) -> None:
    error = {"error": {"code": "upstream", "message": "The search service can't be reached right now.", "param": None}}
    page.route("**/api/search*", lambda route: route.fulfill(status=503, json=error))
    page.reload()
    expect(page.get_by_role("heading", name="The photos could not be loaded")).to_be_visible()


def offline(page: Page) -> None:
    loaded(page)
    page.route("**/api/**", lambda route: route.abort())
    page.get_by_role("searchbox").fill("a red bike")
    expect(page.locator("#offline-banner")).to_be_visible()


def missing_photo(page: Page) -> None:
    expect(page.get_by_role("heading", name="This photo is no longer here")).to_be_visible()


def sign_in(page: Page) -> None:
    expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()


def key_prompt(page: Page) -> None:
    sign_in(page)
    page.get_by_role("button", name="Use a key instead").click()
    expect(page.get_by_role("heading", name="This library is locked")).to_be_visible()


def _at(path: str) -> Callable[[Libraries], str]:
    return lambda libraries: f"{libraries.samples}{path}"


def _of_the_photo(libraries: Libraries) -> str:
    return f"{libraries.samples}/?photo={libraries.edited}"


def _of_the_collection(libraries: Libraries) -> str:
    return f"{libraries.samples}/?collection={libraries.collection}"


VIEWS = [
    View("wall", _at("/"), loaded),
    View("filters", _at("/"), filters),
    View("search", _at("/?q=a+cat+at+home&folder=animals"), searched),
    View("less-likely", _at("/?q=cat"), less_likely),
    View("nothing-found", _at("/?taken_in=1931"), nothing_found),
    View("none-likely", _at("/?q=invoice+of+a+plumber"), none_likely),
    View("empty-library", _at("/"), empty),
    View("selection", _at("/"), selection),
    View("selection-field", _at("/"), set_a_field),
    View("selection-collect", _at("/"), add_to_collection),
    View("photo", _of_the_photo, photo),
    View("photo-details", _of_the_photo, photo_details),
    View("photo-edit-in-place", _of_the_photo, edit_in_place),
    View("photo-form", _of_the_photo, edit_form),
    View("photo-all-fields", _of_the_photo, all_fields),
    View("photo-history", _of_the_photo, history),
    View("photo-compare", _of_the_photo, compare),
    View("photo-missing", _at(f"/?photo={'0' * 32}"), missing_photo),
    View("review", _at("/?view=review"), review),
    View("map", _at("/?view=map"), map_),
    View("map-places", _at("/?view=map"), map_places),
    View("timeline", lambda libraries: libraries.years, timeline),
    View("collection", _of_the_collection, collection),
    View("collection-order", lambda each: f"{_of_the_collection(each)}&sort=collection", ordering),
    View("collection-chat", _of_the_collection, scoped_chat),
    View("tools", _at("/"), tools),
    View("export", _at("/"), export),
    View("share-dialog", _of_the_collection, share_dialog),
    View("share-page", lambda libraries: libraries.share, shared),
    View("jobs", _at("/?view=jobs"), jobs),
    View("uploads", _at("/"), uploads),
    View("add-menu", _at("/"), add_menu),
    View("trash", _at("/?view=trash"), trash),
    View("status", _at("/?view=status"), status),
    View("access-rules", _at("/?view=status"), access),
    View("chat", _at("/"), open_chat),
    View("chat-citations", _at("/"), cited),
    View("chat-proposal", _at("/"), proposal),
    View("chat-conversations", _at("/"), conversations),
    View("slideshow", _at("/"), slideshow),
    View("shortcuts", _at("/"), shortcuts),
    View("print", _at("/"), loaded, media="print"),
    View("print-photo", _of_the_photo, photo, media="print"),
    View("error", _at("/"), broken_search),
    View("offline", _at("/"), offline),
    View("sign-in", lambda libraries: libraries.locked, sign_in),
    View("key", lambda libraries: libraries.locked, key_prompt),
]
