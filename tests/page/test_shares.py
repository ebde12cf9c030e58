"""Sharing on the page: a link is made, and strangers see the photos with it, by keyboard and on a phone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.machine import missing
from tests.page.conftest import PHONE, WIDE, Visit, box_of, photos, tool
from tests.page.test_accessibility import AXE, violations
from tests.world import World


@pytest.fixture(autouse=True)
def _nothing_shared_afterwards(world: World) -> Iterator[None]:
    yield
    for each in world.get("/api/shares")["shares"]:
        world.http.delete(f"/api/shares/{each['id']}").raise_for_status()


@pytest.fixture
def share(world: World) -> Callable[..., str]:
    """Make a share of the animals and return the address of its page."""

    def make(**body: Any) -> str:
        ids = [each["id"] for each in world.get("/api/search", folder="animals")["photos"]]
        answer = world.http.post("/api/shares", json={"ids": ids, "name": "Our animals", **body})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["url"])

    return make


def tiles(page: Page) -> int:
    page.wait_for_selector(".shared-photos img")
    return page.locator(".shared-photos li").count()


def test_a_link_is_made_of_a_search_seen_by_a_stranger_and_revoked(visit: Visit, world: World) -> None:
    page = visit("/?folder=animals")
    photos(page)
    page.get_by_role("button", name="Share…").click()
    dialog = page.get_by_role("dialog", name="Share photos")
    dialog.get_by_label("Name").fill("For Ann")
    dialog.get_by_label("Show dates").uncheck()
    expect(dialog.get_by_label("Let originals")).to_be_disabled()
    dialog.get_by_role("button", name="Make a link").click()

    url = dialog.get_by_label("Link").input_value()
    assert "/s/#" in url
    expect(dialog.locator(".shares strong")).to_have_text(["For Ann"])
    stranger = visit(url)
    expect(stranger.get_by_role("heading", name="For Ann")).to_be_visible()
    assert tiles(stranger) == world.get("/api/search", folder="animals")["total"]

    dialog.get_by_role("button", name="Revoke For Ann").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    expect(dialog.locator(".shares strong")).to_have_count(0)
    stranger.reload()
    expect(stranger.get_by_role("alert")).to_contain_text("is over")
    expect(stranger.locator(".shared-photos")).to_have_count(0)


def test_that_no_link_shows_the_whole_library_is_said_at_once(visit: Visit) -> None:
    page = visit()
    photos(page)
    page.get_by_role("button", name="Share…").click()
    dialog = page.get_by_role("dialog", name="Share photos")
    expect(dialog).to_contain_text("A link never shows the whole library.")
    expect(dialog.get_by_role("button", name="Make a link")).to_have_count(0)
    dialog.get_by_role("button", name="Close").click()

    page.locator(".tile a").first.focus()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Share…").click()

    expect(dialog).to_contain_text("A link never shows the whole library.")


def test_a_collection_is_offered_as_it_is(visit: Visit, world: World) -> None:
    ids = [each["id"] for each in world.get("/api/search", folder="animals")["photos"]]
    made = world.http.post("/api/collections", json={"name": "Beasts to share", "ids": ids[:2]}).json()["id"]
    page = visit(f"/?collection={made}")
    photos(page)
    page.get_by_role("button", name="Share…").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Beasts to share")
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_label("Link")).to_be_visible()

    [share] = world.get("/api/shares")["shares"]
    assert share["collection"] == made
    world.http.delete(f"/api/collections/{made}").raise_for_status()


def test_photos_are_looked_at_by_keyboard_and_downloaded(visit: Visit, share: Callable[..., str]) -> None:
    page = visit(share())
    count = tiles(page)
    page.locator(".shared-photos button").first.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Photo")
    expect(dialog.locator("h2")).to_be_visible()
    first = dialog.locator("h2").text_content()
    expect(dialog.get_by_role("button", name="Previous photo")).to_be_disabled()

    page.keyboard.press("ArrowRight")
    expect(dialog.locator("h2")).not_to_have_text(str(first))
    for _ in range(count):
        page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("button", name="Next photo")).to_be_disabled()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download the original").click()
    assert download.value.path().stat().st_size > 1000
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator(".shared-photos button").first).to_be_focused()


def test_a_password_is_asked_for(visit: Visit, share: Callable[..., str]) -> None:
    page = visit(share(password="open sesame", originals=False))
    page.get_by_label("Password").fill("open barley")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("alert")).to_have_text("This is not the password.")
    page.get_by_label("Password").fill("open sesame")
    page.keyboard.press("Enter")
    assert tiles(page)

    page.reload()
    assert tiles(page)
    page.locator(".shared-photos button").first.click()
    expect(page.get_by_role("button", name="Download the original")).to_have_count(0)


def test_a_token_in_the_path_moves_behind_the_hash_and_no_request_has_it(
    visit: Visit, share: Callable[..., str], origin: str
) -> None:
    token = share().partition("#")[2]
    page = visit("about:blank")
    requests: list[str] = []
    page.on(
        "request", lambda request: requests.append(request.url.partition("#")[0] + str(request.headers.get("referer")))
    )
    page.goto(f"{origin}/s/{token}")
    assert tiles(page)

    assert page.url == f"{origin}/s/#{token}"
    assert len(requests) > 3
    assert [each for each in requests[1:] if token in each] == []


@pytest.mark.parametrize("look", [("dark", WIDE), ("light", PHONE)], ids=["dark", "phone"])
def test_the_page_of_a_share_is_accessible(
    visit: Visit, share: Callable[..., str], look: tuple[str, dict[str, int]]
) -> None:
    if not AXE.exists():
        missing("axe-core (npm ci in tests/page)")
    scheme, size = look
    options = {"size": size, "color_scheme": scheme, "bypass_csp": True, "reduced_motion": "reduce"}
    page = visit(share(), **options)
    tiles(page)
    check(page)
    page.locator(".shared-photos button").first.click()
    expect(page.locator("#shared-photo h2")).to_be_visible()
    check(page)
    locked = visit(share(password="open sesame"), **options)
    expect(locked.get_by_label("Password")).to_be_visible()
    check(locked)
    library = visit("/?folder=animals", **options)
    photos(library)
    tool(library, "Share…").click()
    expect(library.locator(".shares li").first).to_be_visible()
    check(library)


def check(page: Page) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")


def test_the_photos_of_a_row_are_equally_high_and_rows_lie_close(visit: Visit, share: Callable[..., str]) -> None:
    page = visit(share())
    tiles(page)

    boxes = [box_of(each) for each in page.locator(".shared-photos li").all()]
    rows: dict[int, list[float]] = {}
    for box in boxes:
        rows.setdefault(round(box["y"]), []).append(box["height"])
    assert all(max(heights) - min(heights) < 1 for heights in rows.values()), rows
    ends = [top + max(heights) for top, heights in rows.items()]
    assert all(abs(top - end - 6) < 1.5 for top, end in zip(list(rows)[1:], ends, strict=False)), rows
