"""A library of 50,000 photos: any part of it is one step away, and the document stays small."""

import json
from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.machine import eventually
from tests.page.conftest import Visit

MONTHS = [f"{year}-{month:02}" for year in range(2006, 2026) for month in range(1, 13)][-200:]
EACH = 250  # photos a month
TOTAL = len(MONTHS) * EACH
SHAPES = ((4000, 3000), (3000, 4000), (1920, 1080), (2000, 2000))


def photo(number: int) -> dict[str, Any]:
    width, height = SHAPES[number % 4]
    name = f"IMG_{number:05}"
    return {
        "id": f"{number:032x}",
        "path": f"many/{name}.jpg",
        "title": name,
        "alt_text": f"Picture {number}",
        "width": width,
        "height": height,
        "taken_local": f"{MONTHS[-1 - number // EACH]}-15T12:00:00",
    }


def search(route: Route) -> None:
    """Answer as the service would: the newest first, of one span of months or of all."""
    params = {name: values[0] for name, values in parse_qs(urlsplit(route.request.url).query).items()}
    chosen = [
        month
        for month in reversed(MONTHS)
        if params.get("taken_after", "0") <= month < params.get("taken_before", "9") or "taken_after" not in params
    ]
    start, top, skip = MONTHS[::-1].index(chosen[0]) * EACH, int(params["top"]), int(params.get("skip", "0"))
    numbers = range(start + skip, min(start + skip + top, start + len(chosen) * EACH))
    years = Counter(month[:4] for month in MONTHS)
    facets = {
        "month": [{"value": month, "count": EACH} for month in MONTHS],
        "year": [{"value": year, "count": count * EACH} for year, count in years.items()],
    }
    body = {"total": len(chosen) * EACH, "photos": [photo(number) for number in numbers], "facets": facets}
    route.fulfill(content_type="application/json", body=json.dumps(body))


@pytest.fixture
def large(visit: Visit) -> Page:
    """The page in front of 50,000 photos."""
    page = visit("about:blank")
    page.route("**/api/search*", search)
    page.route("**/api/links", lambda route: route.fulfill(json={"links": {}, "seconds": 100}))
    page.goto("/")
    expect(page.locator("#total")).to_have_text(f"{TOTAL:,} photos")
    return page


def scroll(page: Page, to: str) -> None:
    page.locator("#scroller").evaluate(f"(scroller) => (scroller.scrollTop = {to})")


def in_view(page: Page) -> list[str]:
    """The photos inside the window, once none of them is blank."""
    script = """() => {
        const grid = document.querySelector("#grid").getBoundingClientRect();
        return [...document.querySelectorAll(".tile")].filter((tile) => {
            const { top, bottom } = tile.getBoundingClientRect();
            return bottom > grid.top && top < grid.bottom;
        }).map((tile) => tile.querySelector("a")?.getAttribute("href") ?? "");
    }"""

    def filled() -> list[str]:
        links: list[str] = page.evaluate(script)
        assert len(links) > 5
        assert all(links)
        return links

    return eventually(filled)


def test_only_photos_near_the_screen_are_in_the_document(large: Page) -> None:
    for part in ("0.1", "0.5", "0.93"):
        scroll(large, f"scroller.scrollHeight * {part}")
        in_view(large)

        assert large.locator(".tile").count() < 150
        assert large.evaluate("document.querySelectorAll('*').length") < 1500


def test_the_end_of_the_library_is_one_step_away(large: Page) -> None:
    scroll(large, "scroller.scrollHeight")
    assert in_view(large)
    scroll(large, "scroller.scrollHeight")

    expect(large.locator(f'.tile a[href="/?photo={TOTAL - 1:032x}"]')).to_be_visible()
    expect(large.get_by_role("heading", name="May 2009")).to_be_visible()


def test_photos_in_view_stay_in_view_while_the_layout_changes(large: Page) -> None:
    scroll(large, "scroller.scrollHeight / 2")
    before = in_view(large)

    large.set_viewport_size({"width": 1100, "height": 900})  # every row breaks anew

    assert set(in_view(large)) & set(before)


def test_a_photo_far_down_opens_and_its_neighbour_is_fetched(large: Page) -> None:
    scroll(large, "scroller.scrollHeight / 2")
    in_view(large)
    large.route(
        "**/api/photos/*",
        lambda route: route.fulfill(json={**_record, **photo(int(route.request.url.rpartition("/")[2], 16))}),
    )
    large.locator(".tile a").nth(30).click()
    position = large.locator("#photo .position")
    expect(position).to_contain_text(f"of {TOTAL:,}")
    before = position.text_content()

    for _ in range(3):
        large.keyboard.press("ArrowRight")
        expect(position).not_to_have_text(before or "")
        before = position.text_content()


_record: dict[str, Any] = {
    "caption": "",
    "tags": [],
    "colors": [],
    "people": 0,
    "format": "jpeg",
    "size_bytes": 1,
    "file_name": "a.jpg",
    "taken_precision": "second",
    "taken_zone": None,
    "arrived_at": None,
}
