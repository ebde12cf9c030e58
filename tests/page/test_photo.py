"""One photo: opened, browsed, shared, deleted and restored."""

import re

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.machine import eventually
from tests.page.conftest import MARKUP, PATIENCE, PHONE, WIDE, Visit, added, photos, until
from tests.world import ROOT, World, picture


def test_a_photo_opens_with_its_details(page: Page, world: World) -> None:
    [photo] = [each for each in world.get("/api/search", top=100)["photos"] if each["path"].endswith("DSC_0046.jpg")]

    page.locator(f'.tile a[href*="{photo["id"]}"]').click()

    view = page.get_by_role("dialog", name="Photo")
    expect(view.get_by_role("heading", name=photo["title"])).to_be_visible()
    expect(view.get_by_text(photo["caption"])).to_be_visible()
    expect(view.get_by_role("link", name=photo["camera"])).to_be_visible()
    expect(view.locator(".pswp__img:not(.pswp__img--placeholder)").first).to_have_js_property("complete", True)
    expect(view.locator(".thumbnails img").first).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_what_can_be_done_with_a_photo_is_seen_without_scrolling(visit: Visit, size: dict[str, int]) -> None:
    page = visit(size=size)
    photos(page)
    page.locator(".tile a").first.click()
    view = page.get_by_role("dialog", name="Photo")

    for name in ("Edit", "Move", "Compare", "Original", "Copy alt text", "Delete"):
        expect(view.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)


def test_a_tag_leads_back_into_search(page: Page) -> None:
    page.locator(".tile a").first.click()
    tag = page.locator(".tags a").last
    name = tag.text_content() or ""

    tag.click()

    expect(page.get_by_role("dialog", name="Photo")).to_be_hidden()
    expect(page.get_by_role("button", name=f"Remove the filter {name}", exact=True)).to_be_visible()


def test_a_colour_leads_to_the_photos_that_have_it(page: Page, world: World) -> None:
    [photo] = [each for each in world.get("/api/search", top=100)["photos"] if each["path"].endswith("DSC_0046.jpg")]
    color = photo["colors"][0]
    page.locator(f'.tile a[href*="{photo["id"]}"]').click()

    page.locator("#photo dd").get_by_role("link", name=color, exact=True).click()

    expect(page.get_by_role("button", name=f"Remove the filter {color}", exact=True)).to_be_visible()
    total = world.get("/api/search", color=color)["total"]
    expect(page.locator("#total")).to_have_text(f"{total} photo{'s' * (total > 1)} found")
    page.get_by_role("button", name="Filters").click()
    chosen = page.locator(f'[data-facet="color={color}"]')
    expect(chosen).to_have_attribute("aria-pressed", "true")
    expect(chosen.locator(".swatch")).to_be_visible()


def test_a_swipe_moves_to_the_next_photo_and_back(visit: Visit) -> None:
    page = visit(size=PHONE, has_touch=True, is_mobile=True)
    photos(page)
    page.locator(".tile a").first.tap()
    view = page.get_by_role("dialog", name="Photo")
    expect(view.get_by_text("1 of 9")).to_be_visible()
    expect(view.locator(".pswp__img:not(.pswp__img--placeholder)").first).to_have_js_property("complete", True)
    first = page.url

    swipe(page, 320, 60)
    expect(view.get_by_text("2 of 9")).to_be_visible()
    assert page.url != first
    swipe(page, 60, 320)

    expect(view.get_by_text("1 of 9")).to_be_visible()
    expect(page).to_have_url(first)


def swipe(page: Page, start: int, end: int) -> None:
    """One finger across the picture, in steps as a screen reports them."""
    screen = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, int]) -> None:
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": start, "y": 200})
    for step in range(1, 9):
        touch("touchMove", {"x": start + (end - start) * step // 8, "y": 200})
    touch("touchEnd")


def test_arrow_keys_move_between_photos_and_escape_returns_to_the_photo_in_the_grid(page: Page) -> None:
    page.locator(".tile a").first.click()
    view = page.get_by_role("dialog", name="Photo")
    expect(view.get_by_text("1 of 9")).to_be_visible()

    page.keyboard.press("ArrowRight")
    expect(view.get_by_text("2 of 9")).to_be_visible()
    second = page.url
    page.keyboard.press("Escape")

    expect(view).to_be_hidden()
    assert page.evaluate("document.activeElement.href") == second


def test_an_address_opens_its_photo_and_back_closes_it(page: Page, visit: Visit) -> None:
    page.locator(".tile a").first.click()
    title = page.locator("#photo-title").text_content() or ""

    shared = visit(page.url)
    expect(shared.locator("#photo-title")).to_have_text(title)
    page.go_back()

    expect(page.get_by_role("dialog", name="Photo")).to_be_hidden()


def test_the_original_is_downloaded_as_it_was_uploaded(page: Page, world: World) -> None:
    [photo] = [each for each in world.get("/api/search", top=100)["photos"] if each["path"].endswith("DSC_0046.jpg")]
    page.locator(f'.tile a[href*="{photo["id"]}"]').click()

    with page.expect_download() as download:
        page.get_by_role("button", name="Original").click()

    assert download.value.suggested_filename == "DSC_0046.jpg"
    assert download.value.path().read_bytes() == (ROOT / "samples/animals/DSC_0046.jpg").read_bytes()


def test_alt_text_can_be_copied(visit: Visit, world: World) -> None:
    photo = world.get("/api/search", top=1)["photos"][0]
    page = visit(f"/?photo={photo['id']}", permissions=["clipboard-read", "clipboard-write"])

    page.get_by_role("button", name="Copy alt text").click()

    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == photo["alt_text"]


def test_a_deletion_can_be_undone_and_nothing_was_deleted(page: Page, world: World) -> None:
    before = world.paths()
    page.locator(".tile a").first.click()

    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#total")).to_have_text("8 photos")
    expect(page.locator("#photo .position")).to_have_text("1 of 8")
    expect(page.locator("#photo .previous")).to_be_hidden()
    page.get_by_role("button", name="Undo").click()

    expect(page.locator("#total")).to_have_text("9 photos")
    assert world.paths() == before


def test_a_deletion_nobody_undoes_deletes_the_photo_and_its_blob(visit: Visit, world: World) -> None:
    id_ = world.put("going/soon.jpg", picture(71)).json()["id"]
    world.wait_until_idle()
    page = visit(f"/?photo={id_}")

    page.get_by_role("button", name="Delete").click()

    expect(page.locator("#photo dd", has_text="soon.jpg")).to_have_count(0)
    until(page, lambda: _gone(world, "going/soon.jpg"), timeout=60)


def test_a_tab_closed_before_the_time_is_up_still_deletes(visit: Visit, world: World) -> None:
    id_ = world.put("going/at once.jpg", picture(72)).json()["id"]
    world.wait_until_idle()
    page = visit(f"/?photo={id_}")

    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.goto("about:blank")

    until(page, lambda: _gone(world, "going/at once.jpg"), timeout=60)


def test_a_photo_can_be_deleted_before_the_library_is_there(visit: Visit, world: World) -> None:
    id_ = world.put("going/early.jpg", picture(73)).json()["id"]
    world.wait_until_idle()
    routes: list[Route] = []
    page = visit("about:blank")
    page.route("**/api/search?*", lambda route: routes.append(route))  # noqa: PLW0108 - it needs attributes
    page.goto(f"/?photo={id_}")

    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert routes
    for each in routes:
        each.continue_()

    expect(page.locator("#total")).to_contain_text("photo")
    page.get_by_role("button", name="Undo").click()
    page.close()
    world.http.delete(f"/api/photos/{id_}").raise_for_status()
    eventually(lambda: _gone(world, "going/early.jpg"), PATIENCE)


def _gone(world: World, path: str) -> None:
    assert path not in world.paths()
    assert not world.photos.get_blob_client(path).exists()


def test_a_photo_that_is_gone_says_so(visit: Visit) -> None:
    page = visit(f"/?photo={'0' * 32}")

    expect(page.get_by_role("heading", name="This photo is no longer here")).to_be_visible()
    expect(page.get_by_role("button", name="Next photo")).to_be_hidden()


def test_markup_in_a_name_is_text_and_runs_nothing(visit: Visit, world: World) -> None:
    [photo] = [each for each in world.get("/api/search", top=100)["photos"] if each["path"] == MARKUP]
    page = visit(f"/?photo={photo['id']}")

    expect(page.locator("#photo dd").first).to_have_text(re.compile("<img src=x onerror"))

    assert page.title() == "Chat with your photos"


def test_script_in_a_caption_is_text_and_runs_nothing(visit: Visit, world: World) -> None:
    evil = "<script>document.title='gotcha'</script><img src=x onerror=\"document.title='gotcha'\">"
    with added(world, "odd.jpg", picture(73)) as id_:
        _rewrite(world, id_, caption=evil, title=evil, tags=[evil], text_in_photo=evil)
        page = visit()

        photos(page)
        page.locator(f'.tile a[href*="{id_}"]').click()

        expect(page.locator("#photo .caption")).to_have_text(evil)
        expect(page.locator("#photo-title")).to_have_text(evil)
        assert page.title() == "Chat with your photos"


def _rewrite(world: World, id_: str, **fields: object) -> None:
    """Change a document behind the app's back."""
    url = f"{world.search_url}/indexes/photos/docs/index"
    body = {"value": [{"@search.action": "merge", "id": id_, **fields}]}
    answer = httpx.post(
        url, params={"api-version": "2024-07-01"}, json=body, headers={"api-key": "test-key"}, trust_env=False
    )
    answer.raise_for_status()
