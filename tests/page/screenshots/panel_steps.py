"""How to get to what opens beside the photos or over them: the map, dialogs, menus and the chat."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.page.screenshots.controls import click, click_tool, loaded, said
from tests.page.screenshots.libraries import SAMPLES
from tests.page.test_access import RULES

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


def delete_question(page: Page) -> None:
    status(page)
    page.locator("#status .failures button.danger").first.click()
    expect(page.get_by_role("alertdialog")).to_be_visible()


def map_(page: Page) -> None:
    expect(page.locator(".map-cluster, .map-photo").first).to_be_visible()
    page.wait_for_load_state("networkidle")


def map_places(page: Page) -> None:
    map_(page)
    click(page, "List of places")


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


def account(page: Page) -> None:
    page.locator(".lock-dialog a").first.click()
    page.get_by_role("button", name="Ann").click()
    loaded(page)
    page.locator("#account").click()
    expect(page.locator("#account-menu")).to_be_visible()


def sign_in(page: Page) -> None:
    expect(page.get_by_role("dialog", name=said(page, "Sign in"))).to_be_visible()


def key_prompt(page: Page) -> None:
    sign_in(page)
    page.get_by_role("button", name=said(page, "Use a key instead")).click()
    expect(page.get_by_role("heading", name=said(page, "This library is locked"))).to_be_visible()
