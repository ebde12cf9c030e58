"""Ways to add photos, and to decide about names that are taken: by mouse, keyboard and touch, pasted, or just taken."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import PHONE, Visit, file_dialog, photos, until
from tests.page.test_upload import _add_conflicts, _forget, _is_gone, file, row
from tests.world import World, picture

PASTE = """([name, bytes]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/jpeg" }));
    document.activeElement.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def phone(visit: Visit) -> Page:
    page = visit(size=PHONE, has_touch=True, is_mobile=True)
    photos(page)
    return page


def test_photos_are_added_to_the_folder_that_is_shown(visit: Visit, world: World) -> None:
    page = visit("/?folder=family archive")
    photos(page)
    page.locator("#add").click()
    expect(page.locator("#add-menu")).to_contain_text("Into the folder “family archive”")
    chooser = file_dialog(page, lambda: page.get_by_role("button", name="Choose photos").click())
    chooser.set_files([file("in its place.jpg", picture(733))])

    becomes_searchable(page, "family archive/in its place.jpg")

    found = world.get("/api/search", folder="family archive")["photos"]
    assert "family archive/in its place.jpg" in {each["path"] for each in found}
    _forget(world, "family archive/in its place.jpg")


def becomes_searchable(page: Page, name: str) -> None:
    expect(row(page, name)).to_contain_text("Searchable", timeout=60_000)


def test_a_pasted_picture_is_added_unless_somebody_is_writing(page: Page, world: World) -> None:
    page.evaluate(PASTE, ["pasted.jpg", list(picture(971))])
    becomes_searchable(page, "pasted.jpg")

    page.get_by_role("searchbox").focus()
    page.evaluate(PASTE, ["not this.jpg", list(picture(972))])

    expect(page.locator("#uploads li")).to_have_count(1)
    _forget(world, "pasted.jpg")


@pytest.mark.parametrize(("choice", "name"), [("Choose photos", "chosen.jpg"), ("Take a photo", "image.jpg")])
def test_a_phone_adds_photos_and_takes_them(phone: Page, world: World, choice: str, name: str) -> None:
    phone.locator("#add").tap()
    dialog = file_dialog(phone, phone.get_by_role("button", name=choice).tap)
    taken: Any = file(name, picture(973 + len(choice)))
    dialog.set_files(files=[taken])

    becomes_searchable(phone, name)
    expect(phone.locator("#add-menu")).to_be_hidden()
    _forget(world, name)


def test_what_was_taken_while_the_server_was_away_waits_for_it(phone: Page, world: World) -> None:
    taken: Any = file("waiting.jpg", picture(975))
    phone.context.set_offline(True)
    phone.locator(".add-photos input[type=file]").first.set_input_files(files=[taken])
    expect(phone.locator(".toast")).to_have_text("The server is not responding. Trying again.")
    phone.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # has the page ask for the status
    expect(phone.locator("#offline-banner")).to_be_visible()

    phone.context.set_offline(False)

    becomes_searchable(phone, "waiting.jpg")
    _forget(world, "waiting.jpg")


def test_a_desk_is_offered_no_camera(page: Page) -> None:
    page.locator("#add").click()

    expect(page.get_by_role("button", name="Choose a folder")).to_be_visible()
    expect(page.get_by_role("button", name="Take a photo")).to_be_hidden()


def test_the_keyboard_chooses_files(page: Page) -> None:
    page.locator("#add").focus()
    page.keyboard.press("Enter")
    choose = page.get_by_role("button", name="Choose photos")
    expect(choose).to_be_visible()
    choose.focus()
    expect(choose).to_be_focused()

    dialog = file_dialog(page, lambda: page.keyboard.press("Enter"))

    assert dialog.is_multiple()


def test_fingers_decide_about_names_that_are_taken(phone: Page, world: World) -> None:
    _add_conflicts(phone, world, "t1.jpg", "t2.jpg", "t3.jpg")

    phone.get_by_role("button", name="Replace t1.jpg with t1 (2).jpg").tap()
    phone.locator(".toast").filter(has_text="Replacing “t1.jpg”").get_by_role("button", name="Close").tap()
    phone.get_by_role("button", name="Skip t2 (2).jpg").tap()
    phone.locator(".toast").filter(has_text="skipped").get_by_role("button", name="Close").tap()

    until(phone, lambda: _is_gone(world, "t1 (2).jpg"))
    until(phone, lambda: _is_gone(world, "t2 (2).jpg"))
    assert world.photos.download_blob("t1.jpg").readall() == picture(900)
    assert world.photos.download_blob("t2.jpg").readall() == picture(891)
    becomes_searchable(phone, "t3 (2).jpg")  # who decides nothing keeps both
    assert world.photos.download_blob("t3.jpg").readall() == picture(892)
    world.wait_until_idle()
    _forget(world, "t1.jpg", "t2.jpg", "t3.jpg", "t3 (2).jpg")
