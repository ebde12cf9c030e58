"""What each role is offered on the page: nothing that the server would refuse."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

from shared.access.roles import Role
from tests.page.conftest import Visit, photos
from web.routes import ROUTES

SOURCE = Path(__file__).parents[2] / "web" / "page" / "js"
# Who is offered what a module asks of the server, which changes something: the highest role, where there are several.
CONTROLS = {
    "access/accessDialog.js": Role.ADMIN,
    "catalogue/agreedFile.js": Role.ADMIN,
    "chat/conversation.js": Role.VIEWER,
    "chat/proposalCard.js": Role.EDITOR,
    "collections/collections.js": Role.EDITOR,
    "csvImport/csvImport.js": Role.EDITOR,
    "export/largeExport.js": Role.VIEWER,
    "feedback.js": Role.VIEWER,
    "imageLinks.js": Role.VIEWER,
    "jobs/jobs.js": Role.EDITOR,
    "library/pictureSearch.js": Role.VIEWER,
    "photo/photoDeletion.js": Role.EDITOR,
    "photo/photoHistory.js": Role.EDITOR,
    "photo/photoMove.js": Role.EDITOR,
    "photo/saving.js": Role.EDITOR,
    "selection/recaptionForm.js": Role.ADMIN,
    "sharing/shareDialog.js": Role.EDITOR,
    "status/failureList.js": Role.CONTRIBUTOR,
    "trash/trashDialog.js": Role.ADMIN,
    "uploads/originals.js": Role.CONTRIBUTOR,
    "wall/ratings.js": Role.EDITOR,
    "uploads/uploadQueue.js": Role.CONTRIBUTOR,
}
IMPORT = re.compile(r"import \{([^}]*)\} from \"[./]*/api\.js\"")
CHANGING = {"patch", "patchRaw", "post", "postFile", "postRaw", "put", "putRaw", "remove", "undoEdit"}
LEVELS = {f"needs-{role.label}": role for role in Role}
READING = {"/api/links", "/api/search"}
BROKEN = {"error": {"message": "not in this test", "type": "server_error", "param": None, "code": "server_error"}}
VIEWS = ["/?view=status", "/?view=trash", "/?view=catalogue", "/?view=review", "/"]


def needed(request: Request) -> Role:
    """The role that a request takes."""
    path = urlsplit(request.url).path.lstrip("/")
    for route in ROUTES:
        pattern = re.sub(r"\\{\\\*\w+\\}", ".+", re.escape(route.path.lstrip("/")))
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", pattern)
        if route.method == request.method and re.fullmatch(pattern, path):
            return route.role
    raise AssertionError(f"no route answers {request.method} {path}")


def visible_levels(page: Page) -> set[Role]:
    """The roles that controls on the screen say they take."""
    return {role for name, role in LEVELS.items() if page.locator(f".{name}:visible").count()}


@pytest.mark.parametrize("role", Role, ids=lambda role: role.label)
def test_nothing_is_offered_that_would_be_refused(role: Role, visit: Visit) -> None:
    refused: list[str] = []

    def answer(route: Route) -> None:
        request = route.request
        if needed(request) > role:
            refused.append(f"{request.method} {request.url}")
        if request.method != "GET" and urlsplit(request.url).path not in READING:
            route.fulfill(status=500, json=BROKEN)  # what changes something is only counted
        else:
            route.fallback()

    page = visit("about:blank")
    page.route(re.compile(r"/(api|v1)/"), answer)
    me: dict[str, object] = {"name": "Ann", "role": role.label, "right": "full" if role is Role.ADMIN else "read"}
    me |= {"feedback": "off", "search_by_picture": False}
    page.route("**/api/me", lambda route: route.fulfill(json=me))
    trash = {"total": 1, "photos": [in_trash()]}
    if role >= Role.EDITOR:
        page.route("**/api/trash?*", lambda route: route.fulfill(json=trash))

    offered: set[Role] = set()
    for view in VIEWS if role >= Role.EDITOR else [VIEWS[0], VIEWS[-1]]:
        page.goto(view)
        expect(page.locator("html")).to_have_attribute("data-role", role.label)
        photos(page)
        if "view" in view:
            expect(page.locator("dialog[open] .body > *").first).to_be_visible()
        else:
            page.locator(".tile").first.click()
            expect(page.locator("#photo .photo-actions").first).to_be_visible()
        offered |= visible_levels(page)
        press_all(page)
    # A page that is closed deletes what it has said is deleted, and past the routes of the test.
    page.evaluate("document.querySelectorAll('.toast button').forEach((each) => each.click())")

    assert refused == []
    assert offered == {each for each in Role if Role.VIEWER < each <= role}


def press_all(page: Page) -> None:
    """Press every control on the screen that takes a role, but for those that leave the view."""
    page.keyboard.press("Delete")
    for name in LEVELS:
        for control in page.locator(f"dialog[open] button.{name}:visible").element_handles():
            # What was pressed before may have taken it away, or have put a question over it.
            control.evaluate("(each) => each.isConnected && each.checkVisibility() && each.click()")
            if page.locator("dialog[open].confirm, dialog[open]#confirm").count():
                page.keyboard.press("Escape")


def in_trash() -> dict[str, object]:
    times = {"deleted_at": "2026-11-20T00:00:00Z", "expires_at": "2026-12-20T00:00:00Z"}
    return {"id": "0" * 32, "path": "a.jpg", "title": "", "size_bytes": 1, "by": "", "restorable": True} | times


def test_every_module_that_asks_for_more_than_a_viewer_may_says_for_whom() -> None:
    modules = {path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.js")}
    asking = {
        name
        for name, text in modules.items()
        if any({each.strip() for each in names.split(",")} & CHANGING for names in IMPORT.findall(text))
    }

    assert asking == CONTROLS.keys()
    assert not [name for name, text in modules.items() if "needs-full" in text], "say which role: needs-editor"
    offers = "".join(modules.values())
    assert {role for role in LEVELS.values() if f"needs-{role.label}" in offers} == {*CONTROLS.values()} - {Role.VIEWER}


def test_who_is_in_too_many_groups_is_told(visit: Visit) -> None:
    page = visit("about:blank")
    me = {"name": "Ann", "role": "viewer", "right": "read", "feedback": "off", "search_by_picture": False}
    me |= {"signed_in": True, "sign_out": "/.auth/logout", "groups_missing": True}
    page.route("**/api/me", lambda route: route.fulfill(json=me))
    page.goto("/")

    page.get_by_role("button", name="Your account").click()

    expect(page.locator("#account-menu")).to_contain_text("none of them counts here")
