"""What is on the page in whatever language it speaks: its words, its buttons, its photos."""

import re

from playwright.sync_api import Page, expect

from tests.page.conftest import NARROW
from tests.page.test_translations import strings_in


def loaded(page: Page) -> None:
    """Every tile that is seen has its picture."""
    expect(page.locator(".tile.loaded").first).to_be_visible()
    expect(page.locator("#status-button")).not_to_have_text(said(page, "Status"))
    page.wait_for_function(
        "[...document.querySelectorAll('.tile')].filter((each) => each.getBoundingClientRect().top < innerHeight)"
        ".every((each) => each.classList.contains('loaded'))"
    )


def said(page: Page, english: str) -> re.Pattern[str]:
    """What a page in another language says where it says this in English."""
    texts = strings_in(page.evaluate("navigator.language.slice(0, 2)"))
    names = [name for name, text in strings_in("en").items() if text == english]
    assert names, f"the page does not say {english}"
    return re.compile("^(?:" + "|".join(re.escape(str(texts[each])) for each in names) + ")$")


def click(page: Page, name: str) -> None:
    page.get_by_role("button", name=said(page, name)).first.click()


def click_tool(page: Page, name: str) -> None:
    """Click a button of the toolbar, which is in a menu where the window is narrow."""
    open_tools(page)
    page.locator("#toolbar").get_by_role("button", name=said(page, name)).click()


def open_tools(page: Page) -> None:
    """Where the window is narrow, the tools are in a menu."""
    if page.viewport_size and page.viewport_size["width"] < NARROW:
        page.locator("#more-tools").click()
