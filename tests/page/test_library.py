"""Looking at the library: the grid, search as you type, filters, and the address that holds it all."""

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Request, expect

from tests.page.conftest import Visit, photos, until
from tests.world import World

TOTAL = 9


def test_the_library_shows_every_photo_with_its_alt_text(page: Page, world: World) -> None:
    alt_texts = {photo["alt_text"] for photo in world.get("/api/search", top=100)["photos"]}

    expect(page.locator("#total")).to_have_text(f"{TOTAL} photos")
    expect(page.locator(".tile.loaded")).to_have_count(TOTAL)

    assert {img.get_attribute("alt") for img in page.locator(".tile img").all()} == alt_texts


def test_no_photo_moves_when_pictures_arrive(page: Page) -> None:
    shifted = page.evaluate(
        """() => new Promise((done) => {
            let sum = 0;
            new PerformanceObserver((list) => list.getEntries().forEach((each) => (sum += each.value)))
              .observe({ type: "layout-shift", buffered: true });
            setTimeout(() => done(sum), 300);
        })"""
    )

    assert shifted < 0.02


def test_results_appear_while_typing_and_before_a_model_is_asked(page: Page, world: World) -> None:
    world.misbehave(kind="hang", on="embed")
    try:
        page.locator("#q").press_sequentially("lake")

        expect(page.locator("#total")).to_have_text("1 photo found")
        assert photos(page) == ["Sign by the lake"]
    finally:
        world.calm()


def test_search_by_meaning_follows_when_the_typing_pauses(page: Page, world: World) -> None:
    world.forget_calls()

    page.locator("#q").fill("animals in the wild")

    expect(page).to_have_url(re.compile(r"q=animals\+in\+the\+wild"))
    expect(page.locator("#library")).not_to_have_attribute("aria-busy", "true")
    assert world.calls("embed")


def test_no_ranker_runs_while_somebody_types_and_enter_or_a_click_asks_it(page: Page) -> None:
    searches: list[dict[str, list[str]]] = []

    def watch(request: Request) -> None:
        if "/api/search" in request.url:
            searches.append(parse_qs(urlsplit(request.url).query))

    page.on("request", watch)

    def finished(count: int) -> None:
        expect(page.locator("#library")).not_to_have_attribute("aria-busy", "true")
        assert len([each for each in searches if "ranker" not in each and "mode" not in each]) == count

    page.locator("#q").press_sequentially("somewhere near the water")
    expect(page).to_have_url(re.compile(r"q=somewhere\+near\+the\+water"))
    until(page, lambda: finished(0))
    assert {"ranker": ["false"]}.items() <= searches[-1].items()

    page.locator("#q").press("Enter")
    until(page, lambda: finished(1))
    page.locator("#q").fill("boats")
    page.get_by_role("button", name="Search", exact=True).click()
    until(page, lambda: finished(2))
    page.reload()
    until(page, lambda: finished(3))


def test_a_facet_narrows_the_search_and_its_chip_widens_it_again(page: Page) -> None:
    page.get_by_role("button", name="Filters").click()
    facet = page.locator('[data-facet="folder=animals"]')
    expect(facet).to_contain_text("4")

    facet.click()

    expect(page.locator("#total")).to_have_text("4 photos found")
    expect(page).to_have_url(re.compile("folder=animals"))
    page.get_by_role("button", name="Remove the filter animals").click()
    expect(page.locator("#total")).to_have_text(f"{TOTAL} photos")


def test_filters_of_a_month_show_that_month(visit: Visit) -> None:
    page = visit("/?taken_in=2006-10")

    expect(page.locator("#total")).to_have_text("1 photo found")
    expect(page.get_by_role("heading", name="October 2006")).to_be_visible()


def test_the_sort_order_can_be_reversed(page: Page) -> None:
    photos(page)
    newest = page.locator("section.month:not([aria-label='No date']) .tile .name").all_text_contents()

    page.get_by_label("Sort by").select_option("oldest")

    expect(page).to_have_url(re.compile("sort=oldest"))
    expect(page.locator(".tile .name").first).to_have_text(newest[-1])


def test_an_address_can_be_shared_reloaded_and_left_again(page: Page, visit: Visit) -> None:
    page.get_by_role("button", name="Filters").click()
    page.locator('[data-facet="folder=animals"]').click()
    expect(page.locator("#total")).to_have_text("4 photos found")

    shared = visit(page.url)
    expect(shared.locator("#total")).to_have_text("4 photos found")
    expect(shared.get_by_role("button", name="Remove the filter animals")).to_be_visible()
    page.reload()
    expect(page.locator("#total")).to_have_text("4 photos found")
    page.go_back()
    expect(page.locator("#total")).to_have_text(f"{TOTAL} photos")


def test_a_search_without_a_match_says_so_calmly(visit: Visit) -> None:
    page = visit("/?taken_in=1931")

    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def test_arrow_keys_move_through_the_photos(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the link that skips to the photos
    first = page.evaluate("document.activeElement.href")

    page.keyboard.press("ArrowRight")
    second = page.evaluate("document.activeElement.href")
    page.keyboard.press("End")
    last = page.evaluate("document.activeElement.href")
    page.keyboard.press("Home")

    assert len({first, second, last}) == 3
    assert page.evaluate("document.activeElement.href") == first
