"""Photos of which only the year is known have a heading of their own, at their place in the order."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from shared.photo import photo_id
from tests.machine import eventually
from tests.page.conftest import Visit
from tests.partial_dates import FIRST_OF_JULY, JANUARY, MONTH, YEAR, YEAR_BY_EXIF, files
from tests.world import World


@pytest.fixture(scope="module", autouse=True)
def library(world: World) -> Iterator[None]:
    before = world.paths()
    for path, data in files().items():
        world.put(path, data).raise_for_status()
    eventually(lambda: holds(world, before | set(files())), timeout=120)
    yield
    for path in files():
        world.http.delete(f"/api/photos/{photo_id(path)}").raise_for_status()
    eventually(lambda: holds(world, before), timeout=60)


def holds(world: World, paths: set[str]) -> None:
    assert world.paths() == paths


def without_first_page(route: Route) -> None:
    """Leave the photos out of the first response, so that each section asks for its own."""
    response = route.fetch()
    body = response.json() | ({} if "skip=" in route.request.url else {"photos": []})
    route.fulfill(response=response, json=body)


def section(page: Page, name: str) -> Locator:
    return page.locator("#grid section.month").filter(has=page.get_by_role("heading", name=name, exact=True))


def expect_tiles(section: Locator, *paths: str) -> None:
    expect(section.locator(".tile a")).to_have_count(len(paths))
    for path in paths:
        expect(section.locator(f'.tile a[href*="{photo_id(path)}"]')).to_be_visible()


@pytest.mark.parametrize("fetched", ["at once", "section by section"])
@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_a_year_alone_has_a_heading_before_its_months(visit: Visit, sort: str, fetched: str) -> None:
    page = visit("about:blank")
    if fetched == "section by section":
        page.route("**/api/search?*", without_first_page)
    page.goto(f"/?folder=partial&sort={sort}")

    expect_tiles(section(page, "1969"), YEAR, YEAR_BY_EXIF)
    expect_tiles(page.locator(f"#grid section.month:{'last' if sort == 'oldest' else 'first'}-of-type"),
                 MONTH, FIRST_OF_JULY, JANUARY)  # fmt: skip
    expect(page.locator("#grid h2")).to_have_count(2)
    headings = [heading.strip() for heading in page.locator("#grid h2").all_text_contents()]
    assert headings.index("1969") == (0 if sort == "oldest" else 1)
    expect(page.locator("#total")).to_have_text("5 photos found")


def test_a_search_within_the_year_has_the_same_headings(visit: Visit) -> None:
    page = visit("/?folder=partial&taken_in=1969")

    expect_tiles(section(page, "1969"), YEAR, YEAR_BY_EXIF)
    expect(page.locator("#total")).to_have_text("5 photos found")


def test_photos_of_which_only_the_year_is_known_can_be_asked_for(visit: Visit) -> None:
    page = visit("/?folder=partial&known_to=year")

    expect(page.get_by_role("button", name="Remove the filter Only the year is known")).to_be_visible()
    expect_tiles(section(page, "1969"), YEAR, YEAR_BY_EXIF)
    expect(page.locator("#grid h2")).to_have_count(1)


def test_no_month_is_offered_that_nobody_claims(visit: Visit) -> None:
    page = visit("/?folder=partial&taken_in=1969-01")

    expect(page.locator("#total")).to_have_text("1 photo found")
    expect_tiles(section(page, "January 1969"), JANUARY)
    page.get_by_role("button", name="Filters").click()
    expect(page.locator('[data-facet="taken_in=1969-01"]')).to_contain_text("1")


def test_a_year_alone_is_offered_beside_its_months(visit: Visit) -> None:
    page = visit("/?folder=partial")
    page.get_by_role("button", name="Filters").click()
    year = page.locator('[data-facet="taken_in=1969"]')

    expect(year).to_have_text("1969, month not known2")
    expect(page.locator("#facet-month button").last).to_have_text("1969, month not known2")
    year.click()
    expect(page.locator("#total")).to_have_text("2 photos found")
    expect_tiles(section(page, "1969"), YEAR, YEAR_BY_EXIF)
    expect(year).to_have_attribute("aria-pressed", "true")
    year.click()
    expect(page.locator("#total")).to_have_text("5 photos found")


def test_a_whole_year_is_not_a_year_alone(visit: Visit) -> None:
    page = visit("/?folder=partial&taken_in=1969")
    page.get_by_role("button", name="Filters").click()
    year = page.locator('[data-facet="taken_in=1969"]')

    expect(year).to_have_attribute("aria-pressed", "false")
    year.click()
    expect(page.locator("#total")).to_have_text("2 photos found")
    page.get_by_role("button", name="Remove the filter Only the year is known").click()
    expect(page.locator("#total")).to_have_text("5 photos found")
    page.locator('[data-facet="taken_in=1969-01"]').click()
    expect(page.locator("#total")).to_have_text("1 photo found")
