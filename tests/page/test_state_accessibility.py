"""States of the page that people rarely see, for everybody: no accessibility violations, and nothing sticks out."""

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.machine import missing
from tests.page.conftest import PHONE, WIDE, Visit, tool
from tests.page.screenshots.controls import loaded
from tests.page.screenshots.library_steps import broken_search, empty, offline
from tests.page.screenshots.panel_steps import access, add_menu, dropping, export, shortcuts
from tests.page.screenshots.photo_steps import edit_form, missing_photo, photo
from tests.page.test_accessibility import AXE, violations


def slideshow(page: Page) -> None:
    loaded(page)
    tool(page, "Slideshow").click()
    show = page.get_by_role("dialog", name="Slideshow")
    expect(show.locator("img.shown")).to_be_visible()
    show.get_by_role("button", name="Pause").click()
    expect(show.get_by_role("button", name="Play")).to_be_visible()
    expect(show.locator(".slide-controls")).to_have_css("opacity", "1")


def no_jobs(page: Page) -> None:
    expect(page.get_by_role("dialog", name="Jobs")).to_be_visible()


def first_photo(page: Page) -> None:
    loaded(page)
    page.locator(".tile a").first.click()
    photo(page)


def form_of_a_photo(page: Page) -> None:
    first_photo(page)
    edit_form(page)


def moving_a_photo(page: Page) -> None:
    first_photo(page)
    page.locator("#photo").get_by_role("button", name="Move", exact=True).click()
    expect(page.locator("#photo .photo-form")).to_be_visible()


def enlarged(page: Page) -> None:
    first_photo(page)
    page.keyboard.press("+")
    expect(page.get_by_role("dialog", name="Photo")).to_be_visible()


def asked_before_all_is_deleted(page: Page) -> None:
    failures = [
        {"id": name, "path": f"{name}.jpg", "state": "failed", "reason": "This file isn't an image", "attempts": 1}
        for name in ("one", "two")
    ]
    page.route("**/api/failures*", lambda route: route.fulfill(json={"total": 2, "failures": failures}))
    page.reload()
    page.get_by_role("button", name="Delete all that failed").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()


def a_message_with_a_way_back(page: Page) -> None:
    loaded(page)
    page.locator(".tile a").first.focus()
    page.route("**/api/photos/*", lambda route: route.fulfill(json={"id": "0" * 32, "favorite": True, "sources": {}}))
    page.keyboard.press("f")
    expect(page.locator(".toast").get_by_role("button", name="Undo")).to_be_visible()


STATES: dict[str, tuple[str, Callable[[Page], object]]] = {
    "slideshow": ("/", slideshow),
    "shortcuts": ("/", shortcuts),
    "no photos yet": ("/", empty),
    "photos not loaded": ("/", broken_search),
    "offline": ("/", offline),
    "photo that is gone": (f"/?photo={'0' * 32}", missing_photo),
    "ways to add photos": ("/", add_menu),
    "files dragged over it": ("/", dropping),
    "export menu": ("/", export),
    "rules of access": ("/?view=status", access),
    "no jobs": ("/?view=jobs", no_jobs),
    "photo": ("/", first_photo),
    "form of a photo": ("/", form_of_a_photo),
    "moving a photo": ("/", moving_a_photo),
    "enlarged photo": ("/", enlarged),
    "question before deleting": ("/?view=status", asked_before_all_is_deleted),
    "message with a way back": ("/", a_message_with_a_way_back),
}


LOOKS = {"dark": ("dark", WIDE), "phone": ("light", PHONE)}
# In every run each state as one of the two, by turns; with LOOKS=all each as both.
ALL_LOOKS = os.environ.get("LOOKS") == "all"
CASES = [(state, look) for n, state in enumerate(STATES) for m, look in enumerate(LOOKS) if ALL_LOOKS or n % 2 == m]


@pytest.mark.parametrize(("state", "look"), CASES)
def test_no_state_has_an_accessibility_violation(visit: Visit, state: str, look: str) -> None:
    if not AXE.exists():
        missing("axe-core (npm ci in tests/page)")
    scheme, size = LOOKS[look]
    address, steps = STATES[state]
    page = visit(address, size=size, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")

    steps(page)

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
