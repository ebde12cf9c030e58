"""Every view for everybody: no accessibility violations, keyboard only, small screens, right to left, less motion."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.machine import missing
from tests.page.conftest import PHONE, WIDE, Visit, box_of, photos, tool
from tests.page.test_chat import ask, whole
from tests.world import picture

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def library(page: Page) -> None:
    photos(page)


def filters(page: Page) -> None:
    photos(page)
    page.get_by_role("button", name="Filters").click()
    page.locator('[data-facet="folder=animals"]').click()
    expect(page.locator("#filter-chips button")).to_be_visible()


def one_photo(page: Page) -> None:
    photos(page)
    page.locator(".tile a").first.click()
    expect(page.locator("#photo .thumbnails img").first).to_be_visible()


def answer(page: Page) -> None:
    photos(page)
    if not page.locator("#chat").is_visible():
        page.locator("#chat-button").click()
    whole(page, ask(page, "Which photos from 2006 show animals?"))


def earlier_conversations(page: Page) -> None:
    answer(page)
    page.get_by_role("button", name="Earlier conversations").click()


def status(page: Page) -> None:
    photos(page)
    page.locator("#status-button").click()
    expect(page.locator("#status .services")).to_be_visible()


def uploads(page: Page) -> None:
    photos(page)
    taken = {"id": "0" * 32, "path": "taken.jpg", "size_bytes": 1, "etag": '"1"', "digest": None}
    page.route("**/api/originals/taken.jpg*", lambda route: route.fulfill(json=taken))
    page.route("**/api/photos/taken*", lambda route: route.fulfill(status=201, json=taken | {"path": "taken (2).jpg"}))
    files: Any = [
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"milk"},
        {"name": "more.txt", "mimeType": "text/plain", "buffer": picture(1)},
        {"name": "taken.jpg", "mimeType": "image/jpeg", "buffer": picture(1)},
    ]
    page.locator(".add-photos input[type=file]").first.set_input_files(files=files)
    expect(page.locator("#uploads li")).to_have_count(3)
    expect(page.get_by_role("button", name="Replace taken.jpg with taken (2).jpg")).to_be_visible()


def no_results(page: Page) -> None:
    page.goto("/?taken_in=1931")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


VIEWS = [library, filters, one_photo, answer, earlier_conversations, status, uploads, no_results]


@pytest.mark.parametrize("look", [("light", WIDE), ("dark", WIDE), ("light", PHONE)], ids=["light", "dark", "phone"])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_no_view_has_an_accessibility_violation(
    visit: Visit, view: Callable[[Page], None], look: tuple[str, dict[str, int]]
) -> None:
    if not AXE.exists():
        missing("axe-core (npm ci in tests/page)")
    scheme, size = look
    page = visit(size=size, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")

    view(page)

    assert violations(page) == []


def violations(page: Page | Frame) -> list[str]:
    """What axe finds wrong with the page as it is now; it must have been opened with `bypass_csp`."""
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    results = page.evaluate("(tags) => axe.run({ runOnly: tags })", RULES)
    return [_summary(each) for each in results["violations"]]


def _summary(violation: dict[str, Any]) -> str:
    where = "; ".join(" ".join(node["target"]) for node in violation["nodes"][:3])
    return f"{violation['id']}: {violation['help']} ({where})"


def test_everything_works_with_the_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to the photos
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    view = page.get_by_role("dialog", name="Photo")
    expect(view).to_be_visible()
    page.keyboard.press("Escape")
    expect(view).to_be_hidden()

    _tab_to(page, "document.activeElement.matches('#chat textarea')")
    page.keyboard.type("Show me animals")
    page.keyboard.press("Enter")
    whole(page, page.locator(".message.answer"))
    _tab_to(page, "document.activeElement.matches('.citation')", backwards=True)
    page.keyboard.press("Enter")

    expect(view).to_be_visible()


def _tab_to(page: Page, condition: str, *, backwards: bool = False) -> None:
    for _ in range(60):
        if page.evaluate(condition):
            return
        assert page.evaluate("getComputedStyle(document.activeElement).visibility") == "visible"
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"no way to get with the keyboard to: {condition}")


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 3840])
def test_nothing_sticks_out_of_a_screen(visit: Visit, width: int) -> None:
    page = visit(size={"width": width, "height": 700})
    photos(page)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    export = tool(page, "Export")
    expect(export).to_be_visible()
    for control in ("#q", "#status-button", "#add", "#chat-button", "#filter-toggle", "#pick", "#export"):
        box = box_of(page.locator(control))
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_from_right_to_left_the_photos_start_at_the_right(page: Page) -> None:
    page.evaluate("document.documentElement.dir = 'rtl'")

    box, grid = box_of(page.locator(".tile").first), box_of(page.locator("#grid"))

    assert box["x"] + box["width"] > grid["x"] + grid["width"] - 40


def test_reduced_motion_disables_all_motion(visit: Visit) -> None:
    page = visit(reduced_motion="reduce")
    photos(page)

    durations = page.evaluate(
        "[...document.querySelectorAll('*')].map((each) => getComputedStyle(each))"
        ".flatMap((style) => [style.transitionDuration, style.animationName])"
    )

    assert set(durations) <= {"0s", "none"}
