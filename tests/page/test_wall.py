"""The wall: the timeline, dates to narrow by, the map, stars by key, the slideshow, and sharp thumbnails."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.machine import eventually, missing
from tests.page.conftest import PHONE, WIDE, Visit, box_of, photos, until
from tests.page.test_accessibility import AXE, violations
from tests.page.test_large_library import TOTAL, photo, search
from tests.world import World

ZURICH, TOKYO = (8.54, 47.37), (139.7, 35.7)


def large(visit: Visit, **options: Any) -> Page:
    """The page in front of 50,000 photos of 200 months."""
    page = visit("about:blank", **options)
    page.route("**/api/search*", search)
    page.route("**/api/links", lambda route: route.fulfill(json={"links": {}, "seconds": 100}))
    page.goto("/")
    expect(page.locator("#total")).to_have_text(f"{TOTAL:,} photos")
    return page


def month_in_view(page: Page) -> str:
    return str(page.locator("#timeline").get_attribute("aria-valuetext"))


# -- the timeline -------------------------------------------------------------------------


def test_the_timeline_leads_to_any_year_by_keyboard(visit: Visit) -> None:
    page = large(visit)
    timeline = page.get_by_role("slider", name="Timeline")
    expect(timeline).to_have_attribute("aria-valuetext", "December 2025")

    timeline.focus()
    page.keyboard.press("ArrowDown")
    expect(timeline).to_have_attribute("aria-valuetext", "November 2025")
    page.keyboard.press("PageDown")
    expect(timeline).to_have_attribute("aria-valuetext", "December 2024")
    page.keyboard.press("End")
    expect(timeline).to_have_attribute("aria-valuetext", "May 2009")
    page.keyboard.press("PageUp")
    page.keyboard.press("Home")
    expect(timeline).to_have_attribute("aria-valuetext", "December 2025")
    expect(timeline).to_be_focused()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_is_dragged_to_any_year(visit: Visit, size: dict[str, int]) -> None:
    page = large(visit, size=size)
    box = box_of(page.locator("#timeline"))

    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2, steps=4)
    expect(page.locator(".timeline-label")).to_have_css("opacity", "1")
    page.mouse.up()

    def is_in_the_middle() -> None:
        assert month_in_view(page)[-4:] in {"2016", "2017", "2018"}

    until(page, is_in_the_middle)


def test_the_years_are_where_the_list_is_then(visit: Visit) -> None:
    page = large(visit)
    year = page.locator(".timeline-years .year", has_text="2015")
    box = box_of(year)

    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    # A pixel of it is a third of a month.
    expect(page.locator("#timeline")).to_have_attribute("aria-valuetext", re.compile("December 2015|January 2016"))


def test_few_photos_and_ranked_ones_have_no_timeline(page: Page, visit: Visit) -> None:
    expect(page.locator("#timeline")).to_be_hidden()
    ranked = large(visit)
    ranked.get_by_role("searchbox").fill("animals")
    ranked.keyboard.press("Enter")
    expect(ranked.locator("#timeline")).to_be_hidden()


def test_photos_without_a_date_have_a_place_of_their_own_in_it(visit: Visit) -> None:
    def with_undated(route: Route) -> None:
        if "dated=false" in route.request.url:
            route.fulfill(json={"total": 9, "photos": [photo(each) for each in range(60, 69)], "facets": {}})
            return
        facets = {"month": [{"value": "2024-05", "count": 60}], "year": [{"value": "2024", "count": 60}]}
        dated = [photo(each) | {"taken_local": "2024-05-01T12:00:00"} for each in range(60)]
        route.fulfill(json={"total": 69, "photos": dated, "facets": facets})

    page = visit("about:blank")
    page.route("**/api/search*", with_undated)
    page.goto("/")

    expect(page.locator(".timeline-years .year").last).to_have_text("No date")
    page.locator("#timeline").focus()
    page.keyboard.press("End")
    expect(page.locator("#timeline")).to_have_attribute("aria-valuetext", "No date")


# -- dates --------------------------------------------------------------------------------


def filters_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_dates_narrow_the_search_to_years_months_or_days(page: Page) -> None:
    page.locator("#filter-toggle").click()
    form = page.get_by_role("form", name="Dates")
    form.get_by_label("From: year").fill("2009")
    form.get_by_label("To: year").fill("2012")
    form.get_by_label("To: month").select_option("Feb")
    page.keyboard.press("Tab")
    form.get_by_label("To: day").select_option("29")
    form.get_by_role("button", name="Show these dates").click()

    expect(page.locator("#filter-chips li")).to_have_count(3)
    assert filters_of(page) == {"taken_after": ["2009"], "taken_before": ["2012-03-01"]}
    expect(form.get_by_label("To: day")).to_have_value("29")

    form.get_by_label("To: month").select_option("–")
    form.get_by_role("button", name="Show these dates").click()
    expect(form.get_by_label("To: year")).to_have_value("2012")
    assert filters_of(page)["taken_before"] == ["2013"]
    form.get_by_role("button", name="Any date").click()
    expect(page.locator("#filter-chips")).to_be_hidden()


def test_dates_that_there_are_not_are_refused(page: Page) -> None:
    page.locator("#filter-toggle").click()
    form = page.get_by_role("form", name="Dates")
    form.get_by_label("From: year").fill("20")
    form.get_by_role("button", name="Show these dates").click()
    expect(form.get_by_role("alert")).to_contain_text("four digits")
    form.get_by_label("From: year").fill("2020")
    form.get_by_label("To: year").fill("2019")
    page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("must not lie before")
    expect(form.get_by_label("To: year")).to_be_focused()


# -- the map ------------------------------------------------------------------------------


def cell(name: str, count: int, place: tuple[float, float], size: float) -> dict[str, Any]:
    longitude, latitude = place
    bounds = [longitude - size, latitude - size, longitude + size, latitude + size]
    return {"cell": name, "count": count, "bounds": bounds}


def mapped(route: Route) -> None:
    """Forty photos around Zürich and two in Tokyo."""
    query = parse_qs(urlsplit(route.request.url).query)
    west, south, east, north = map(float, query.get("bounds", ["-180,-90,180,90"])[0].split(","))
    size = {"1": 2.0, "2": 0.5, "3": 0.02}[query["level"][0]]
    there = [(40, "u0qj6", ZURICH, "Switzerland"), (2, "xn76u", TOKYO, "Japan")]
    seen = [each for each in there if west <= each[2][0] <= east and south <= each[2][1] <= north]
    located = sum(count for count, *_ in seen)
    route.fulfill(
        json={
            "total": located if "bounds" in query else 50,
            "located": located,
            "cells": [cell(name, count, place, size) for count, name, place, _ in seen],
            "countries": [{"value": country, "count": count} for count, _, _, country in seen],
            "cities": [],
            "tiles": None,
        }
    )


@pytest.fixture
def map_page(visit: Visit) -> Page:
    page = visit("about:blank", bypass_csp=True, reduced_motion="reduce")
    page.route("**/api/map*", mapped)
    page.goto("/")
    photos(page)
    page.get_by_role("button", name="Map", exact=True).click()
    expect(page.locator(".map-cluster")).to_have_text(["40", "2"])
    return page


def test_the_map_counts_what_is_found_and_narrows_the_search_to_a_part_of_it(map_page: Page) -> None:
    page = map_page
    view = page.get_by_role("dialog", name="Map")
    expect(view.locator(".map-summary")).to_have_text("42 of 50 photos here")

    view.get_by_role("button", name="40 photos around 47° N, 9° E").click()
    expect(view.get_by_role("button", name="Show 40 photos")).to_be_visible()
    view.get_by_role("button", name="Show 40 photos").click()

    expect(view).to_be_hidden()
    expect(page.locator("#filter-chips")).to_contain_text("In this part of the map")
    west, south, east, north = map(float, filters_of(page)["bounds"][0].split(","))
    assert west < ZURICH[0] < east < TOKYO[0]
    assert south < ZURICH[1] < north


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_one_place_is_shown_with_the_country_around_it(visit: Visit, world: World, size: dict[str, int]) -> None:
    [place] = [each for each in world.get("/api/search", top=50)["photos"] if "P1010012" in each["path"]]
    eventually(lambda: _is_on_the_map(world, "Covington"))  # what another test has changed is as it was
    page = visit("about:blank", size=size)
    with page.expect_request(re.compile(r"/api/map\?.*bounds=")) as seen:
        page.goto("/?view=map&city=Covington")

    marker = page.locator(f'.map-photo[aria-label="{place["alt_text"] or place["title"]}"]')
    expect(marker.locator("img")).to_have_js_property("complete", True)
    west, _, east, _ = map(float, parse_qs(urlsplit(seen.value.url).query)["bounds"][0].split(","))
    assert 20 < east - west < 60


def test_a_part_of_the_map_is_asked_about_only_once_it_is_known_where_photos_lie(visit: Visit) -> None:
    page = visit("about:blank")
    held: list[Route] = []
    asked: list[str] = []

    def hold_the_first(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            held.append(route)
        else:
            mapped(route)

    page.route("**/api/map*", hold_the_first)
    page.goto("/?view=map")
    expect(page.locator("#map")).to_have_attribute("aria-busy", "true")
    page.wait_for_timeout(600)  # more than the map rests before it asks
    assert len(asked) == 1
    mapped(held[0])

    expect(page.locator(".map-cluster")).to_have_text(["40", "2"])
    until(page, lambda: _is_asked_about_a_part(asked))


def _is_asked_about_a_part(asked: list[str]) -> None:
    assert len(asked) > 1
    west, _, east, _ = map(float, parse_qs(urlsplit(asked[1]).query)["bounds"][0].split(","))
    assert west < ZURICH[0] < TOKYO[0] < east
    assert east - west < 300


def _is_on_the_map(world: World, city: str) -> None:
    assert world.get("/api/map", city=city)["cells"]


def test_it_is_moved_by_keys_and_has_the_same_as_a_list(map_page: Page) -> None:
    page = map_page
    page.locator(".map-canvas").focus()
    before = page.locator(".map-outline g").get_attribute("transform")
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".map-outline g")).not_to_have_attribute("transform", str(before))

    page.keyboard.press("-")
    page.get_by_role("button", name="List of places").click()
    page.get_by_role("region", name="List of places").get_by_role("button", name="Japan").click()
    expect(page.locator("#map")).to_be_hidden()
    assert filters_of(page) == {"country": ["Japan"]}


def test_a_map_that_could_not_be_fetched_is_whole_when_it_is_opened_again(visit: Visit) -> None:
    page = visit("about:blank")
    page.route("**/api/map*", lambda route: route.abort())
    page.goto("/")
    photos(page)
    page.get_by_role("button", name="Map", exact=True).click()
    expect(page.locator(".map-summary")).not_to_be_empty()
    page.get_by_role("dialog", name="Map").get_by_role("button", name="Close").click()
    page.unroute("**/api/map*")
    page.route("**/api/map*", mapped)

    page.get_by_role("button", name="Map", exact=True).click()

    expect(page.locator(".map-cluster")).to_have_text(["40", "2"])
    expect(page.locator(".map-outline g")).to_have_attribute("transform", re.compile(r"^translate\("))
    expect(page.locator(".map-summary")).to_have_text("42 of 50 photos here")


def test_a_part_across_the_date_line_is_shown_with_all_that_is_around_it(visit: Visit) -> None:
    page = visit("about:blank")
    page.route("**/api/map*", mapped)
    page.goto("/?bounds=170,-10,-170,10&view=map")

    expect(page.locator(".map-outline g")).to_have_attribute("transform", re.compile(r"^translate\((?!.*NaN)"))


def test_the_map_is_accessible(map_page: Page) -> None:
    if not AXE.exists():
        missing("axe-core (npm ci in tests/page)")
    map_page.get_by_role("button", name="List of places").click()

    assert violations(map_page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_timeline_and_dates_are_accessible(visit: Visit, scheme: str) -> None:
    if not AXE.exists():
        missing("axe-core (npm ci in tests/page)")
    page = large(visit, bypass_csp=True, color_scheme=scheme)
    page.locator("#filter-toggle").click()
    page.locator("#timeline").focus()

    assert violations(page) == []


# -- stars, slideshow, thumbnails ---------------------------------------------------------


def test_favourites_and_stars_are_given_by_key_and_taken_back(page: Page, world: World) -> None:
    first = page.locator(".tile").first
    id_ = str(first.get_attribute("data-id"))
    first.locator("a").focus()
    page.keyboard.press("f")
    expect(page.locator(f'.tile[data-id="{id_}"] .favorite')).to_be_visible()
    expect(page.locator(f'.tile[data-id="{id_}"] a')).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f'.tile[data-id="{id_}"] .favorite')).to_have_count(0)

    page.locator(f'.tile[data-id="{id_}"] a').click()
    expect(page.locator("#photo .details h2").first).to_be_visible()
    page.keyboard.press("4")
    expect(page.locator(".toast", has_text="Rated 4 stars")).to_be_visible()
    assert world.get(f"/api/photos/{id_}")["rating"] == 4
    page.locator(".toast", has_text="Rated 4 stars").get_by_role("button", name="Undo").click()

    def is_undone() -> None:
        assert world.get(f"/api/photos/{id_}")["rating"] is None

    until(page, is_undone)


def test_an_undo_takes_back_nothing_of_somebody_else(page: Page, world: World) -> None:
    first = page.locator(".tile").first
    id_ = str(first.get_attribute("data-id"))
    first.locator("a").focus()
    page.keyboard.press("5")
    toast = page.locator(".toast", has_text="Rated 5 stars")
    expect(toast).to_be_visible()
    headers = {"Content-Type": "application/merge-patch+json"}
    world.http.patch(f"/api/photos/{id_}", content='{"title": "Theirs"}', headers=headers).raise_for_status()

    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast", has_text="changed since")).to_be_visible()

    photo = world.get(f"/api/photos/{id_}")
    assert (photo["title"], photo["rating"]) == ("Theirs", 5)
    world.http.patch(f"/api/photos/{id_}", content='{"title": null, "rating": null}', headers=headers)


def test_a_slideshow_goes_on_pauses_and_ends(page: Page) -> None:
    page.get_by_role("button", name="Slideshow").click()
    show = page.get_by_role("dialog", name="Slideshow")
    expect(show.locator("img.shown")).to_be_visible()
    first = show.locator("img.shown").get_attribute("src")
    show.get_by_role("button", name="Pause").click()
    expect(show.get_by_role("button", name="Play")).to_be_visible()

    page.keyboard.press("ArrowRight")
    expect(show.locator("img.shown")).not_to_have_attribute("src", str(first))
    page.keyboard.press("ArrowLeft")
    expect(show.locator("img.shown")).to_have_attribute("src", str(first))
    page.keyboard.press("Escape")

    expect(show).to_have_count(0)


def test_a_slideshow_is_as_sharp_as_the_screen(visit: Visit, world: World) -> None:
    [photo] = [each for each in world.get("/api/search", folder="animals")["photos"] if max(each["width"], 0) == 1920]
    page = visit("/?folder=animals", device_scale_factor=2)
    photos(page)
    page.get_by_role("button", name="Slideshow").click()
    show = page.get_by_role("dialog", name="Slideshow")
    shown = show.locator(f'img.shown[src*="{photo["id"]}"]')
    show.get_by_role("button", name="Pause").click()

    def is_found() -> None:
        if shown.count() == 0:
            page.keyboard.press("ArrowRight")
        expect(shown).to_be_visible(timeout=2000)

    until(page, is_found)
    expect(shown).to_have_attribute("src", re.compile("/large.jpg"))


def test_thumbnails_are_sharp_where_the_screen_is(visit: Visit) -> None:
    page = visit(device_scale_factor=3)
    photos(page)

    def widths() -> list[int]:
        script = "(images) => images.map((each) => Math.min(each.naturalWidth, each.naturalHeight))"
        sizes: list[int] = page.locator(".tile.loaded img[srcset]").evaluate_all(script)
        assert sizes
        return sizes

    eventually(widths)
    used = page.locator(".tile.loaded img[srcset]").first.evaluate("(image) => image.currentSrc")
    assert "thumbnail_640" in json.dumps(used)
