"""What the search box reads from its words, as chips that can be removed."""

import re

from playwright.sync_api import Page, expect

from tests.page.conftest import Visit


def test_a_date_in_the_words_is_a_chip_and_removing_it_makes_it_a_word_again(page: Page) -> None:
    page.locator("#q").fill("2006 animals -tower")
    page.locator("#q").press("Enter")
    date = page.get_by_role("button", name="Remove the filter 2006")
    excluded = page.get_by_role("button", name="Remove the filter Without tower")

    expect(date).to_be_visible()
    expect(excluded).to_be_visible()
    expect(page.locator("#total")).to_have_text("1 photo found")

    date.click()

    expect(date).to_have_count(0)
    expect(excluded).to_be_visible()
    expect(page).to_have_url(re.compile("interpret=places%2Cexclusions"))
    expect(page.locator("#q")).to_have_value("2006 animals -tower")

    excluded.click()
    expect(page).to_have_url(re.compile("interpret=places"))
    expect(page.locator("#filter-chips")).to_be_hidden()


def test_new_words_are_read_again(visit: Visit) -> None:
    page = visit("/?q=2006+animals&interpret=off")
    expect(page.locator("#total")).to_contain_text("found")
    expect(page.locator("#filter-chips")).to_be_hidden()

    page.locator("#q").fill("animals 2006")
    page.locator("#q").press("Enter")

    expect(page.get_by_role("button", name="Remove the filter 2006")).to_be_visible()
    expect(page).not_to_have_url(re.compile("interpret"))


def test_all_chips_can_be_cleared_at_once(visit: Visit) -> None:
    page = visit("/?q=2006+animals+-tower")
    expect(page.get_by_role("button", name="Remove the filter 2006")).to_be_visible()

    page.get_by_role("button", name="Clear all").click()

    expect(page).to_have_url(re.compile(r"\?q=2006\+animals\+-tower&interpret=off"))
    expect(page.locator("#filter-chips")).to_be_hidden()
