"""What a search likely means, and the line below which the rest is kept."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.page.conftest import Visit, photos

LIKELY, OTHERS = 70, 130


def test_less_likely_photos_are_kept_until_they_are_asked_for(visit: Visit) -> None:
    page = visit("/?q=boats")
    expect(page.locator("#total")).to_have_text("1 photo found")
    assert photos(page) == ["Boats"]

    page.get_by_role("button", name=re.compile(r"Show \d less likely")).click()

    expect(page.get_by_role("heading", name="Less likely")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(9)
    expect(page.locator("#total")).to_have_text("1 photo found")
    expect(page.locator(".tile a").nth(1)).to_be_focused()
    page.keyboard.press("Home")
    expect(page.locator(".tile a").first).to_be_focused()


def test_where_none_is_likely_the_page_says_so_and_offers_what_comes_closest(visit: Visit) -> None:
    page = visit("/?q=xyzzy")
    expect(page.get_by_role("heading", name="No photo is likely to show this")).to_be_visible()
    expect(page.locator("#total")).to_have_text("Nothing found")

    page.get_by_role("button", name="Show 9 less likely").click()

    expect(page.locator(".tile")).to_have_count(9)
    expect(page.locator("#library-message")).to_be_hidden()


def photo(number: int) -> dict[str, Any]:
    sizes = {"width": 4000, "height": 3000}
    return {
        "id": f"{number:032x}",
        "path": f"{number}.jpg",
        "title": f"Picture {number}",
        "likely": number < LIKELY,
        **sizes,
    }


def search(route: Route) -> None:
    params = {name: values[0] for name, values in parse_qs(urlsplit(route.request.url).query).items()}
    start = int(params.get("skip", "0"))
    numbers = range(start, min(start + int(params["top"]), LIKELY + OTHERS))
    # Two likely ones stand for others, so the list has fewer than were counted.
    body = {"total": LIKELY + 2, "total_is_exact": False, "less_likely": OTHERS, "facets": {}}
    route.fulfill(
        content_type="application/json", body=json.dumps(body | {"photos": [photo(each) for each in numbers]})
    )


@pytest.fixture
def many(visit: Visit) -> Page:
    page = visit("about:blank")
    page.route("**/api/search*", search)
    page.route("**/api/links", lambda route: route.fulfill(json={"links": {}, "seconds": 100}))
    page.goto("/?q=boats")
    return page


def test_pages_of_likely_photos_end_at_the_line_and_those_below_follow(many: Page) -> None:
    expect(many.locator("#total")).to_have_text("72+ photos found")

    many.locator("#less-likely").scroll_into_view_if_needed()
    expect(many.get_by_role("link", name=f"Picture {LIKELY - 1}", exact=True)).to_be_visible()
    expect(many.get_by_role("link", name=f"Picture {LIKELY}", exact=True)).to_have_count(0)
    many.get_by_role("button", name=f"Show {OTHERS} less likely").click()

    expect(many.get_by_role("link", name=f"Picture {LIKELY}", exact=True)).to_be_visible()
    many.keyboard.press("End")
    expect(many.get_by_role("link", name=f"Picture {LIKELY + OTHERS - 1}", exact=True)).to_be_visible()
