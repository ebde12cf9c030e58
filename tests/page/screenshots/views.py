"""How to get to every view and state, once the page is open at the address beside it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from tests.page.conftest import NARROW
from tests.page.screenshots.libraries import SAMPLES, Libraries
from tests.page.test_access import RULES
from tests.page.test_everywhere import EMPTY
from tests.page.test_translations import strings_in

# An upload to such an address is on its way for ever.
HOLD_UPLOADS = """(address) => {
    const { open, send } = XMLHttpRequest.prototype;
    Object.assign(XMLHttpRequest.prototype, {
        open(method, url, ...others) {
            this.isHeld = url.includes(address);
            return open.call(this, method, url, ...others);
        },
        send(body) {
            if (!this.isHeld) send.call(this, body);
        },
    });
}"""


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
    expect(page.locator("#status-button")).not_to_have_text(said(page, "Status"))
    page.wait_for_function(
        "[...document.querySelectorAll('.tile')].filter((each) => each.getBoundingClientRect().top < innerHeight)"
        ".every((each) => each.classList.contains('loaded'))"
    )


def said(page: Page, english: str) -> re.Pattern[str]:
    """What a page in another language says where it says this in English."""
    texts = strings_in(page.evaluate("navigator.language.slice(0, 2)"))
    names = [name for name, text in strings_in("en").items() if text == english]
    assert names, f"the page does not say {english}"
    return re.compile("^(?:" + "|".join(re.escape(str(texts[each])) for each in names) + ")$")


def click(page: Page, name: str) -> None:
    page.get_by_role("button", name=said(page, name)).first.click()


def click_tool(page: Page, name: str) -> None:
    """Click a button of the toolbar, which is in a menu where the window is narrow."""
    open_tools(page)
    page.locator("#toolbar").get_by_role("button", name=said(page, name)).click()


def filters(page: Page) -> None:
    loaded(page)
    click(page, "Filters")
    expect(page.locator("#facets")).to_be_visible()


def searched(page: Page) -> None:
    loaded(page)
    expect(page.locator("#total")).to_contain_text(re.compile(r"\d"))


def selection(page: Page) -> None:
    loaded(page)
    for number in range(3):
        page.locator(".tile").nth(number).hover()
        page.locator(".tile a").nth(number).focus()
        page.keyboard.press("x")
    expect(page.locator("#selection-count")).to_contain_text("3")


def selection_menu(page: Page) -> None:
    selection(page)
    click(page, "More")
    expect(page.locator("#selection-more")).to_be_visible()


def selection_tags(page: Page) -> None:
    selection(page)
    click(page, "Tags")
    expect(page.locator("dialog[open]")).to_be_visible()


def set_a_field(page: Page) -> None:
    selection(page)
    click(page, "More")
    page.get_by_text(said(page, "Set a field…")).click()
    expect(page.locator("dialog[open]")).to_be_visible()


def photo(page: Page) -> None:
    expect(page.locator("#photo .thumbnails img").first).to_be_visible()
    page.wait_for_function("[...document.querySelectorAll('#photo .pswp__img')].some((each) => each.naturalWidth > 99)")


def photo_details(page: Page) -> None:
    photo(page)
    page.wait_for_load_state("networkidle")
    page.locator("#photo .details").evaluate("(each) => each.scrollTo(0, 700)")
    if page.viewport_size and page.viewport_size["width"] < 700:
        page.locator("#photo .details").evaluate("(each) => each.scrollIntoView()")


def edit_in_place(page: Page) -> None:
    photo(page)
    page.locator('#photo .details [data-field="title"]').first.click()
    page.locator("#photo .field-form").scroll_into_view_if_needed()


def edit_form(page: Page) -> None:
    photo(page)
    page.locator("#photo").get_by_role("button", name=said(page, "Edit")).click()
    expect(page.get_by_role("heading", name=said(page, "Edit this photo"))).to_be_visible()


def all_fields(page: Page) -> None:
    photo(page)
    page.get_by_text(said(page, "All fields")).click()
    page.locator(".all-fields").scroll_into_view_if_needed()


def history(page: Page) -> None:
    photo(page)
    page.get_by_text(said(page, "History")).click()
    expect(page.locator(".photo-history li, details.history li").first).to_be_visible()
    page.get_by_text(said(page, "History")).scroll_into_view_if_needed()


def move_form(page: Page) -> None:
    photo(page)
    page.locator("#photo").get_by_role("button", name=said(page, "Move")).click()
    expect(page.locator("#photo .photo-form")).to_be_visible()


def enlarged(page: Page) -> None:
    photo(page)
    for _ in range(3):
        page.keyboard.press("+")
    page.wait_for_load_state("networkidle")


def delete_question(page: Page) -> None:
    status(page)
    page.locator("#status .failures button.danger").first.click()
    expect(page.get_by_role("alertdialog")).to_be_visible()


def compare(page: Page) -> None:
    photo(page)
    click(page, "Compare")
    expect(page.locator("#compare img").first).to_be_visible()


def review(page: Page) -> None:
    expect(page.locator("#review .header [role=status]")).not_to_be_empty()
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
    loaded(page)


def collection(page: Page) -> None:
    loaded(page)
    expect(page.locator("#collection")).to_be_visible()


def ordering(page: Page) -> None:
    collection(page)
    expect(page.locator("#toolbar select")).to_have_value("collection")
    page.locator(".tile a").first.focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator(".toast")).to_be_visible()


def add_to_collection(page: Page) -> None:
    selection(page)
    click(page, "Add to collection")
    expect(page.locator("dialog[open]")).to_be_visible()


def tools(page: Page) -> None:
    loaded(page)
    open_tools(page)
    expect(page.locator("#export")).to_be_visible()


def open_tools(page: Page) -> None:
    """Where the window is narrow, the tools are in a menu."""
    if page.viewport_size and page.viewport_size["width"] < NARROW:
        page.locator("#more-tools").click()


def export(page: Page) -> None:
    loaded(page)
    click_tool(page, "Export")


def share_dialog(page: Page) -> None:
    loaded(page)
    click_tool(page, "Share…")
    expect(page.get_by_role("dialog", name=said(page, "Share photos"))).to_be_visible()
    expect(page.locator(".shares li").first).to_be_visible()


def jobs(page: Page) -> None:
    loaded(page)
    expect(page.get_by_role("dialog", name=said(page, "Jobs")).locator("li").first).to_be_visible()


def uploads(page: Page) -> None:
    loaded(page)
    taken = {"id": "0" * 32, "path": "IMG_0310.jpg", "size_bytes": 1, "etag": '"1"', "digest": None}
    sent = taken | {"path": "IMG_0310 (2).jpg"}
    page.route("**/api/originals/IMG_0310.jpg*", lambda route: route.fulfill(json=taken))
    page.route("**/api/photos/IMG_0310*", lambda route: route.fulfill(status=201, json=sent))
    page.evaluate(HOLD_UPLOADS, "/api/photos/the")
    files: Any = [
        {"name": name, "mimeType": kind, "buffer": SAMPLES.joinpath("holiday/IMG_0310.jpg").read_bytes()}
        for name, kind in (("IMG_0310.jpg", "image/jpeg"), ("the night train to Lisbon.jpg", "image/jpeg"))
    ] + [{"name": "packing list.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}]
    page.locator(".add-photos input[type=file]").first.set_input_files(files=files)
    expect(page.locator("#uploads li")).to_have_count(3)
    expect(page.locator("#uploads progress")).to_be_visible()
    expect(page.locator("#uploads li").filter(has_text="IMG_0310 (2).jpg").get_by_role("button").first).to_be_visible()


def add_menu(page: Page) -> None:
    loaded(page)
    page.locator("#add").click()
    expect(page.locator("#add-menu")).to_be_visible()


def dropping(page: Page) -> None:
    loaded(page)
    page.evaluate(
        """() => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["a photo"], "new.jpg", { type: "image/jpeg" }));
            for (const kind of ["dragenter", "dragover"])
                document.body.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer }));
        }"""
    )
    expect(page.locator("#drop-overlay p")).not_to_be_empty()


def trash(page: Page) -> None:
    expect(page.locator("#trash strong").first).to_be_visible()


def status(page: Page) -> None:
    expect(page.locator("#status .services")).to_be_visible()
    expect(page.get_by_text("cut off.jpg").first).to_be_visible()


def access(page: Page) -> None:
    content = {"rules": RULES, "fault": "", "photos": 50_000, "left": 1200}
    page.route("**/api/access", lambda route: route.fulfill(json=content, headers={"ETag": '"1"'}))
    click(page, "Show the rules")
    expect(page.get_by_role("textbox", name=said(page, "Rules, as JSON"))).not_to_be_empty()


def shared(page: Page) -> None:
    expect(page.locator(".shared-photos img").first).to_be_visible()
    page.wait_for_load_state("networkidle")


def ask(page: Page, question: str) -> None:
    """Ask the chat, and wait for the end of the answer."""
    page.locator("#chat textarea").fill(question)
    page.keyboard.press("Enter")
    answer = page.locator(".message.answer").filter(has=page.get_by_role("button", name=said(page, "Copy the answer")))
    expect(answer).to_have_count(page.locator(".message.question").count())


def open_chat(page: Page) -> None:
    loaded(page)
    if not page.locator("#chat").is_visible():
        page.locator("#chat-button").click()
    expect(page.locator("#chat textarea")).to_be_visible()


def cited(page: Page) -> None:
    open_chat(page)
    ask(page, "Which photos show animals?")
    page.wait_for_load_state("networkidle")


def proposal(page: Page) -> None:
    cited(page)
    ask(page, "tag these as wildlife")
    page.wait_for_load_state("networkidle")


def conversations(page: Page) -> None:
    cited(page)
    click(page, "Earlier conversations")


def scoped_chat(page: Page) -> None:
    open_chat(page)
    expect(page.locator("#chat .chat-scope")).to_be_visible()


def slideshow(page: Page) -> None:
    loaded(page)
    click_tool(page, "Slideshow")
    page.wait_for_function("[...document.querySelectorAll('#slideshow img')].some((each) => each.complete)")


def shortcuts(page: Page) -> None:
    loaded(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name=said(page, "Keyboard shortcuts"))).to_be_visible()


def filtered(page: Page) -> None:
    filters(page)
    page.locator('[data-facet="folder=animals"]').click()
    expect(page.locator("#filter-chips button").first).to_be_visible()
    if page.viewport_size and page.viewport_size["width"] < NARROW:
        click(page, "Filters")
    loaded(page)


def account(page: Page) -> None:
    page.locator(".lock-dialog a").first.click()
    page.get_by_role("button", name="Ann").click()
    loaded(page)
    page.locator("#account").click()
    expect(page.locator("#account-menu")).to_be_visible()


def nothing_found(page: Page) -> None:
    expect(page.get_by_role("heading", name=said(page, "Nothing found"))).to_be_visible()


def none_likely(page: Page) -> None:
    expect(page.get_by_role("heading", name=said(page, "No photo is likely to show this"))).to_be_visible()


def less_likely(page: Page) -> None:
    loaded(page)
    page.locator("#less-likely button").scroll_into_view_if_needed()
    page.locator("#less-likely button").click()
    expect(page.get_by_role("heading", name=said(page, "Less likely"))).to_be_visible()
    loaded(page)


def empty(page: Page) -> None:
    page.route("**/api/search*", lambda route: route.fulfill(json=EMPTY))
    page.reload()
    expect(page.get_by_role("heading", name=said(page, "No photos yet"))).to_be_visible()


def broken_search(page: Page) -> None:
    error = {"error": {"code": "upstream", "message": "The search service can't be reached right now.", "param": None}}
    page.route("**/api/search*", lambda route: route.fulfill(status=503, json=error))
    page.reload()
    expect(page.get_by_role("heading", name=said(page, "The photos could not be loaded"))).to_be_visible()


def offline(page: Page) -> None:
    loaded(page)
    page.route("**/api/**", lambda route: route.abort())
    page.get_by_role("searchbox").fill("a red bike")
    expect(page.locator("#offline-banner")).to_be_visible()


def missing_photo(page: Page) -> None:
    expect(page.get_by_role("heading", name=said(page, "This photo is no longer here"))).to_be_visible()


def sign_in(page: Page) -> None:
    expect(page.get_by_role("dialog", name=said(page, "Sign in"))).to_be_visible()


def key_prompt(page: Page) -> None:
    sign_in(page)
    page.get_by_role("button", name=said(page, "Use a key instead")).click()
    expect(page.get_by_role("heading", name=said(page, "This library is locked"))).to_be_visible()


def _at(path: str) -> Callable[[Libraries], str]:
    return lambda libraries: f"{libraries.samples}{path}"


def _of_the_photo(libraries: Libraries) -> str:
    return f"{libraries.samples}/?photo={libraries.edited}"


def _of_the_collection(libraries: Libraries) -> str:
    return f"{libraries.samples}/?collection={libraries.collection}"


VIEWS = [
    View("wall", _at("/"), loaded),
    View("filters", _at("/"), filters),
    View("filtered", _at("/"), filtered),
    View("search", _at("/?q=a+cat+at+home&folder=animals"), searched),
    View("less-likely", _at("/?q=cat"), less_likely),
    View("nothing-found", _at("/?taken_in=1931"), nothing_found),
    View("none-likely", _at("/?q=invoice+of+a+plumber"), none_likely),
    View("empty-library", _at("/"), empty),
    View("selection", _at("/"), selection),
    View("selection-more", _at("/"), selection_menu),
    View("selection-tags", _at("/"), selection_tags),
    View("selection-field", _at("/"), set_a_field),
    View("selection-collect", _at("/"), add_to_collection),
    View("photo", _of_the_photo, photo),
    View("photo-details", _of_the_photo, photo_details),
    View("photo-edit-in-place", _of_the_photo, edit_in_place),
    View("photo-form", _of_the_photo, edit_form),
    View("photo-all-fields", _of_the_photo, all_fields),
    View("photo-history", _of_the_photo, history),
    View("photo-move", _of_the_photo, move_form),
    View("photo-enlarged", _of_the_photo, enlarged),
    View("photo-compare", _of_the_photo, compare),
    View("photo-missing", _at(f"/?photo={'0' * 32}"), missing_photo),
    View("review", _at("/?view=review"), review),
    View("map", _at("/?view=map"), map_),
    View("map-tiles", lambda libraries: f"{libraries.tiles}/?view=map", map_),
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
    View("dropping", _at("/"), dropping),
    View("trash", _at("/?view=trash"), trash),
    View("status", _at("/?view=status"), status),
    View("delete-question", _at("/?view=status"), delete_question),
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
    View("account", lambda libraries: libraries.locked, account),
]
