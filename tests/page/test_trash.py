"""The trash on the page: what was deleted comes back or goes for good, and that only after a question."""

from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.page.conftest import PHONE, Visit, photos, until
from tests.world import World, picture

NAME = "trashed/a wall.jpg"


def test_a_deleted_photo_comes_back_and_goes_for_good(visit: Visit, world: World) -> None:
    world.http.delete("/api/trash").raise_for_status()  # what other tests have deleted
    id_ = world.put(NAME, picture(311)).json()["id"]
    world.wait_until_idle()
    assert world.http.delete(f"/api/photos/{id_}").status_code < 300
    page = visit("/?view=status")
    page.get_by_role("button", name="Show the trash").click()
    trash = page.get_by_role("dialog", name="Trash")
    expect(trash.get_by_text(NAME)).to_be_visible()
    expect(trash.get_by_text("7 days left")).to_be_visible()

    trash.get_by_role("button", name="Restore").click()

    expect(trash.get_by_text("Nothing is in the trash.")).to_be_visible()
    until(page, lambda: expect_there(world, id_), 60)

    assert world.http.delete(f"/api/photos/{id_}").status_code < 300
    page.goto("/?view=trash")
    trash.get_by_role("button", name="Delete for good").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
    assert world.get("/api/trash")["total"] == 1
    trash.get_by_role("button", name="Empty the trash").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Empty the trash").click()

    expect(trash.get_by_text("Nothing is in the trash.")).to_be_visible()
    assert world.get("/api/trash")["total"] == 0
    world.wait_until_idle()


def test_a_photo_that_is_deleted_and_restored_on_the_page_is_seen_again(visit: Visit, world: World) -> None:
    world.http.delete("/api/trash").raise_for_status()
    id_ = world.put(NAME, picture(312)).json()["id"]
    world.wait_until_idle()
    page = visit("/?folder=trashed")
    tile = page.locator(f'.tile a[href*="{id_}"]')
    tile.focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Photo").get_by_role("button", name="Delete", exact=True).click()
    expect(tile).to_be_hidden()
    page.locator(".toast").get_by_role("button", name="Close").click()  # the time to undo is over
    until(page, lambda: expect_trashed(world, 1))

    page.locator("#status-button").click()
    page.get_by_role("button", name="Show the trash").click()
    page.get_by_role("dialog", name="Trash").get_by_role("button", name="Restore").click()
    until(page, lambda: expect_there(world, id_), 60)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    expect(tile).to_be_visible()
    world.http.delete(f"/api/photos/{id_}").raise_for_status()
    world.http.delete("/api/trash").raise_for_status()
    world.wait_until_idle()


def expect_trashed(world: World, count: int) -> None:
    assert world.get("/api/trash")["total"] == count


def expect_there(world: World, id_: str) -> None:
    assert world.http.get(f"/api/photos/{id_}").status_code == 200


def trashed(number: int, **values: Any) -> dict[str, Any]:
    return {
        "id": f"{number:032x}",
        "path": f"trip/{number}.jpg",
        "title": f"Picture {number}",
        "size_bytes": 1,
        "deleted_at": "2026-01-01T10:00:00Z",
        "expires_at": "2026-01-08T10:00:00Z",
        "by": "Ann",
        "restorable": True,
    } | values


def with_trash(page: Page, *entries: dict[str, Any], total: int | None = None, **reply: Any) -> list[str]:
    """Let the trash have these entries, and the server answer so to changes; returns what it is asked."""
    changes: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method == "GET":
            skip = int(route.request.url.partition("skip=")[2] or 0)
            route.fulfill(json={"total": total or len(entries), "photos": entries[skip : skip + 2]})
            return
        changes.append(f"{route.request.method} {route.request.url.partition('/api/')[2]}")
        route.fulfill(**(reply or {"json": {"deleted": 1}}))

    page.route("**/api/trash**", answer)
    page.route("**/api/trash/**", answer)
    return changes


def opened(visit: Visit, *entries: dict[str, Any], **reply: Any) -> tuple[Page, list[str]]:
    page = visit("about:blank", size=PHONE)
    changes = with_trash(page, *entries, **reply)
    page.goto("/?view=trash")
    photos(page)
    return page, changes


def test_a_file_that_was_deleted_elsewhere_cannot_be_restored(visit: Visit) -> None:
    page, _ = opened(visit, trashed(1, restorable=False))

    expect(page.get_by_text("comes back with a file of this name")).to_be_visible()
    expect(page.get_by_role("button", name="Restore")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete for good: Picture 1")).to_be_visible()


def test_what_does_not_come_back_says_why_and_stays(visit: Visit) -> None:
    taken = {"error": {"message": "there is another trip/1.jpg", "type": "", "param": "id", "code": ""}}
    page, _ = opened(visit, trashed(1), status=412, json=taken)

    page.get_by_role("button", name="Restore Picture 1").click()

    expect(page.locator(".toast")).to_contain_text("there is another trip/1.jpg")
    expect(page.get_by_role("button", name="Restore Picture 1")).to_be_visible()


def test_one_is_deleted_for_good_and_the_others_stay(visit: Visit) -> None:
    page, changes = opened(visit, trashed(1), trashed(2))

    page.get_by_role("button", name="Delete for good: Picture 1").click()
    page.get_by_role("alertdialog", name="Delete “Picture 1” for good?").get_by_role("button").first.click()

    expect(page.locator("#trash strong")).to_have_text(["Picture 2"])
    expect(page.get_by_role("heading", name="Trash")).to_be_focused()
    assert changes == [f"DELETE trash/{1:032x}"]


def test_a_long_trash_is_shown_page_by_page(visit: Visit) -> None:
    page, _ = opened(visit, trashed(1), trashed(2), trashed(3))
    expect(page.locator("#trash strong")).to_have_count(2)

    page.locator("#trash").get_by_role("button", name="Show more").click()

    until(page, lambda: expect(page.locator("#trash strong")).to_have_count(3))
