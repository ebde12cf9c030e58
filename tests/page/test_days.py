"""Dates on the page are those of the clock on the wall, wherever the reader is."""

import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from shared.photo import photo_id
from tests.machine import eventually
from tests.page.conftest import Visit
from tests.world import World, picture

NEW_YEARS_EVE, LAST_OF_MAY, UNDATED = PATHS = ("days/eve.jpg", "days/may.jpg", "days/undated.jpg")
MINUS = "\N{MINUS SIGN}"
everywhere = pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])


def taken(seed: int, date: str, offset: str = "") -> bytes:
    exif = Image.Exif()
    exif[0x8769] = {0x9003: date} | ({0x9011: offset} if offset else {})
    return picture(seed, exif=exif)


@pytest.fixture(scope="module", autouse=True)
def days(world: World) -> Iterator[None]:
    """A photo of which it is 1 January in UTC, one without a zone, and one without a date."""
    before = world.paths()
    world.put(NEW_YEARS_EVE, taken(701, "2024:12:31 22:30:00", "-05:00")).raise_for_status()
    world.put(LAST_OF_MAY, taken(702, "2024:05:31 23:30:00")).raise_for_status()
    world.put(UNDATED, picture(703)).raise_for_status()
    eventually(lambda: holds(world, before | set(PATHS)), timeout=60)
    yield
    for path in PATHS:
        world.http.delete(f"/api/photos/{photo_id(path)}").raise_for_status()
    eventually(lambda: holds(world, before), timeout=60)


def holds(world: World, paths: set[str]) -> None:
    assert world.paths() == paths


def heading(page: Page, name: str) -> Locator:
    return page.locator("#grid").get_by_role("heading", name=name, exact=True)


@everywhere
def test_new_years_eve_is_in_december(visit: Visit, zone: str) -> None:
    page = visit("/?folder=days&taken_in=2024-12", timezone_id=zone)

    expect(heading(page, "December 2024")).to_be_visible()
    expect(page.locator("#total")).to_have_text("1 photo found")
    page.get_by_role("button", name="Filters").click()
    expect(page.locator('[data-facet="taken_in=2024-12"]')).to_contain_text(re.compile("December 2024.*1"))


@everywhere
@pytest.mark.parametrize(
    ("path", "text", "day", "chip"),
    [
        (NEW_YEARS_EVE, f"December 31, 2024 at 10:30 PM (UTC{MINUS}05:00)", "2024-12-31", "December 31, 2024"),
        (LAST_OF_MAY, "May 31, 2024 at 11:30 PM", "2024-05-31", "May 31, 2024"),
    ],
)
def test_the_date_of_a_photo_leads_to_its_day(
    visit: Visit, zone: str, path: str, text: str, day: str, chip: str
) -> None:
    page = visit(f"/?photo={photo_id(path)}", timezone_id=zone)
    link = page.locator("#photo .date").get_by_role("link")
    expect(link).to_have_text(re.compile(re.escape(text).replace(r"\ ", r"\s")))

    link.click()

    expect(page).to_have_url(re.compile(f"taken_in={day}$"))
    expect(page.locator("#total")).to_have_text("1 photo found")
    expect(page.get_by_role("button", name=f"Remove the filter {chip}", exact=True)).to_be_visible()


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_photos_without_a_date_come_last_under_that_heading(visit: Visit, sort: str) -> None:
    page = visit(f"/?folder=days&sort={sort}")

    expect(heading(page, "No date")).to_be_visible()
    expect(page.locator("#grid h2")).to_have_text([re.compile("May . December 2024"), "No date"])
    sections = page.locator("#grid section.month")
    expect(sections.last.locator(f'a[href*="{photo_id(UNDATED)}"]')).to_be_visible()
    expect(sections.first.locator(".tile a")).to_have_count(2)


def test_no_date_leads_to_all_photos_without_one(visit: Visit) -> None:
    page = visit(f"/?photo={photo_id(UNDATED)}")

    page.locator("#photo .date").get_by_role("link", name="No date").click()

    expect(page).to_have_url(re.compile("dated=false$"))
    expect(page.get_by_role("button", name="Remove the filter No date")).to_be_visible()
    expect(heading(page, "No date")).to_be_visible()
    expect(page.locator(f'.tile a[href*="{photo_id(UNDATED)}"]')).to_be_visible()
    expect(page.locator(f'.tile a[href*="{photo_id(LAST_OF_MAY)}"]')).to_have_count(0)


@everywhere
def test_filters_are_named_as_they_were_written(visit: Visit, zone: str) -> None:
    page = visit(
        "/?taken_after=2024-05-31T23:00&taken_before=2024-06-01 23:00 -0330&taken_in=2024-05", timezone_id=zone
    )

    chips = page.locator("#filter-chips button.chip")
    expect(chips).to_have_count(3)
    assert [" ".join(text.split()) for text in chips.all_text_contents()] == [
        "May 2024",
        "Since May 31, 2024 at 11:00 PM",
        f"Before June 1, 2024 at 11:00 PM (UTC{MINUS}0330)",
    ]


@pytest.mark.parametrize(
    ("precision", "text", "value"),
    [("day", "July 1, 1969", "1969-07-01"), ("month", "July 1969", "1969-07"), ("year", "1969", "1969")],
)
def test_no_more_of_a_date_is_shown_than_is_known(
    visit: Visit, world: World, precision: str, text: str, value: str
) -> None:
    record = world.get(f"/api/photos/{photo_id(UNDATED)}")
    known = {"taken_local": "1969-07-01T00:00:00", "taken_precision": precision, "taken_zone": "+02:00"}
    page = visit("about:blank")
    page.route("**/api/photos/*", lambda route: route.fulfill(json=record | known))
    page.goto(f"/?photo={record['id']}")

    link = page.locator("#photo .date").get_by_role("link")

    expect(link).to_have_text(text)
    expect(link).to_have_attribute("href", f"/?taken_in={value}")
