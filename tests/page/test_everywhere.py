"""The page by keyboard, on paper, installed, on a phone, and with nothing in it yet."""

import json
import re

from playwright.sync_api import FilePayload, Page, Response, Route, expect

from shared.photo import photo_id
from tests.page.conftest import PHONE, Visit, box_of, photos, tool
from tests.world import World, picture

EMPTY = {"photos": [], "total": 0, "total_is_exact": True, "facets": {}}


def test_keys_that_act_anywhere(page: Page) -> None:
    page.keyboard.press("/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("/?")
    expect(search).to_have_value("/?")
    search.fill("")

    search.blur()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog.get_by_role("heading", name="Among the photos")).to_be_visible()
    expect(dialog.locator("kbd").first).to_have_text("/")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_the_photos_on_the_screen_are_printed_with_their_names(page: Page) -> None:
    page.emulate_media(media="print")

    expect(page.locator("#header")).to_be_hidden()
    names = page.locator(".tile .name")
    expect(names.first).to_have_css("opacity", "1")
    boxes = [box_of(tile) for tile in page.locator(".tile").all()[:2]]
    assert all(box["width"] > 100 for box in boxes)


def test_a_phone_has_one_row_of_words_and_a_menu_of_the_rest(visit: Visit) -> None:
    page = visit(size=PHONE, has_touch=True, is_mobile=True)
    photos(page)
    row = box_of(page.locator("#toolbar"))
    assert row["height"] <= 56
    for name in ("Filters", "Select"):
        expect(page.locator("#toolbar").get_by_text(name, exact=True)).to_be_visible()

    expect(tool(page, "Map")).to_be_visible()
    names = page.locator("#toolbar-tools button:visible > span")
    expect(names).to_have_text(["Review", "Map", "Slideshow", "Share…", "Export"])
    page.get_by_label("Sort by").select_option("oldest")
    expect(page).to_have_url(re.compile("sort=oldest"))
    expect(page.locator("#toolbar-tools")).to_be_hidden()

    tool(page, "Map").tap()
    expect(page.get_by_role("dialog", name="Map")).to_be_visible()


def test_paper_is_light_also_for_who_reads_in_the_dark(visit: Visit) -> None:
    page = visit(color_scheme="dark")
    photos(page)
    heading = page.locator(".month h2").first
    expect(heading).to_have_css("color", "rgb(241, 237, 232)")

    page.emulate_media(media="print", color_scheme="dark")

    expect(heading).to_have_css("color", "rgb(29, 27, 25)")


def test_a_photo_is_printed_with_its_record(page: Page) -> None:
    page.locator(".tile a").first.click()
    record = page.locator("#photo dl:not(:empty)").first
    expect(record).to_be_visible()

    page.emulate_media(media="print")

    expect(page.locator("#library")).to_be_hidden()
    expect(record).to_be_visible()
    expect(page.get_by_role("button", name="Next photo")).to_be_hidden()


def test_the_page_can_be_installed(world: World) -> None:
    [address] = re.findall(r'rel="manifest" href="([^"]+)"', world.http.get("/").text)

    manifest = world.http.get(address)

    assert manifest.headers["content-type"] == "application/manifest+json"
    here = world.http.base_url.join(address)
    assert here.join(manifest.json()["start_url"]).path == "/"
    for each in manifest.json()["icons"]:
        icon = world.http.get(str(here.join(each["src"])))
        assert (icon.status_code, icon.headers["content-type"]) == (200, "image/png")


def test_the_list_of_added_files_covers_no_photo_and_asks_for_none_in_vain(page: Page, world: World) -> None:
    missing: list[str] = []

    def note(response: Response) -> None:
        if response.status == 404 and "/api/photos/" in response.url:
            missing.append(response.url)

    page.on("response", note)
    file: FilePayload = {"name": "new here.jpg", "mimeType": "image/jpeg", "buffer": picture(311)}
    page.locator(".add-photos input[type=file]").first.set_input_files(files=[file])

    expect(page.locator("#uploads li")).to_contain_text("Searchable", timeout=60_000)
    grid, tray = box_of(page.locator("#grid")), box_of(page.locator("#uploads"))
    assert grid["y"] + grid["height"] <= tray["y"] + 1
    assert missing == []
    world.http.delete(f"/api/photos/{photo_id('new here.jpg')}")
    world.wait_until_idle()


def show_nothing(route: Route) -> None:
    route.fulfill(body=json.dumps(EMPTY), content_type="application/json")


def test_an_empty_library_says_what_to_do(visit: Visit) -> None:
    page = visit("about:blank")
    page.route("**/api/search?**", show_nothing)
    page.route("**/api/search", show_nothing)
    page.goto("/")

    message = page.locator("#library-message")
    expect(message).to_contain_text("Drop photos or folders")
    expect(message).to_contain_text("JPEG, PNG, WebP")
    expect(message.locator("code")).to_have_text("python -m ingest import samples")


def test_a_phone_is_not_told_to_drop_files_and_offers_its_camera(visit: Visit) -> None:
    page = visit("about:blank", size=PHONE, has_touch=True, is_mobile=True)
    page.route("**/api/search?**", show_nothing)
    page.route("**/api/search", show_nothing)
    page.goto("/")

    expect(page.locator("#library-message")).to_contain_text("Choose photos or take one")
    page.locator("#add").click()
    expect(page.get_by_role("button", name="Take a photo")).to_be_visible()
    assert page.locator("input[capture]").get_attribute("accept") == "image/*"


def test_a_wide_screen_shows_the_photos_still(page: Page) -> None:
    page.emulate_media(media="print")
    page.emulate_media(media="screen")

    assert photos(page)
    expect(page.get_by_role("button", name="Take a photo")).to_be_hidden()
