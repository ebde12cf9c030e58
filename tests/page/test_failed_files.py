"""Files that failed, in the status: deleted one by one or all at once, after a question, and the red mark goes."""

from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.page.conftest import PHONE, Visit, photos
from tests.world import World


def failed(name: str, *, unreadable: bool = False) -> dict[str, Any]:
    return {
        "id": name.encode().hex().ljust(32, "0")[:32],
        "path": name,
        "state": "failed",
        "reason": "the file ends before its picture begins",
        "attempts": 1,
        "next_attempt_at": None,
        "unreadable": unreadable,
    }


class Failures:
    """What the server would do: failures that are deleted, a portion in each request."""

    def __init__(self, page: Page, world: World, *records: dict[str, Any], portion: int = 100) -> None:
        self.records = list(records)
        self.portion = portion
        self.requests: list[str] = []
        self.counts = world.get("/api/status")
        page.route("**/api/failures**", self.answer)
        page.route("**/api/status", lambda route: route.fulfill(json=self.counts | {"failed": len(self.records)}))

    def answer(self, route: Route) -> None:
        path = route.request.url.rpartition("/api/failures")[2].partition("?")[0]
        if route.request.method == "GET":
            route.fulfill(json={"total": len(self.records), "failures": self.records})
            return
        self.requests.append(f"{route.request.method} {path}")
        before = len(self.records)
        self.records = (
            [each for each in self.records if f"/{each['id']}" != path] if path else self.records[self.portion :]
        )
        route.fulfill(json={"deleted": before - len(self.records), "left": 0 if path else len(self.records)})


def test_all_that_failed_is_deleted_at_once_and_the_mark_goes(visit: Visit, world: World) -> None:
    page = visit("about:blank")
    failures = Failures(page, world, *(failed(f"{number}.jpg") for number in range(5)), portion=2)
    page.goto("/?view=status")
    photos(page)
    expect(page.locator("#status-button")).to_have_class("failed")

    page.get_by_role("button", name="Delete all that failed").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("Delete 5 files that failed?")
    question.get_by_role("button", name="Cancel").click()
    assert failures.requests == []
    page.get_by_role("button", name="Delete all that failed").click()
    question.get_by_role("button", name="Delete all that failed").click()

    expect(page.get_by_text("5 files deleted")).to_be_visible()
    expect(page.get_by_text("No photos have problems.")).to_be_visible()
    expect(page.locator("#status-button")).not_to_have_class("failed")
    assert failures.requests == ["DELETE "] * 3


def test_one_is_deleted_and_what_names_no_photo_dismissed(visit: Visit, world: World) -> None:
    page = visit("about:blank", size=PHONE)
    odd = failed("(message) nonsense", unreadable=True)
    Failures(page, world, failed("torn.jpg"), odd)
    page.goto("/?view=status")

    page.get_by_role("button", name="Dismiss: (message) nonsense").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Dismiss").click()
    expect(page.locator(".failures li")).to_have_count(1)
    page.get_by_role("button", name="Delete: torn.jpg").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()

    expect(page.get_by_text("No photos have problems.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")


def test_the_status_opens_with_what_is_known_by_now(visit: Visit, world: World) -> None:
    page = visit("about:blank")
    counts = world.get("/api/status")
    is_silent = False

    def answer(route: Route) -> None:
        if not is_silent:
            route.fulfill(json=counts)

    page.route("**/api/status", answer)
    page.goto("/?view=status")
    waiting = page.locator("#status .counts dd").nth(1)
    expect(waiting).to_have_text("0")
    page.keyboard.press("Escape")
    expect(page.locator("#status")).to_be_hidden()
    counts |= {"waiting": 87}
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#status-button")).to_have_text("87 waiting")

    is_silent = True
    page.locator("#status-button").click()

    expect(waiting).to_have_text("87")
