"""Signing in and out on the page, two people at once, and a session that ends while somebody works."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import PHONE, Visit, photos
from tests.page.test_accessibility import AXE, RULES
from tests.world import World, picture, running_beside

PEOPLE = {
    "people": [
        {"id": "ann", "name": "Ann", "email": "ann@photos.example", "roles": ["admin"]},
        {"id": "bob", "name": "Bob", "email": "bob@photos.example", "roles": ["viewer"]},
        {"id": "eve", "name": "Eve", "email": "eve@photos.example"},
    ]
}


@pytest.fixture(scope="module")
def origin(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same photos, behind a sign-in."""
    folder = tmp_path_factory.mktemp("sign-in")
    file = folder / "people.json"
    file.write_text(json.dumps(PEOPLE))
    settings = {"HTTP_AUTH": "platform", "ACCESS_CONTACT": "ann@photos.example"}
    with running_beside(world, folder, "--people", str(file), settings=settings) as host:
        yield host.url


def choose(page: Page, name: str) -> None:
    """Sign in, from the page's own offer."""
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name=name).click()


def account(page: Page) -> str:
    menu = page.locator("#account-menu")
    if not menu.is_visible():  # it closes when another window gets the focus
        page.get_by_role("button", name="Your account").click()
    return menu.inner_text()


def test_two_people_sign_in_and_out_each_in_a_browser_of_their_own(visit: Visit) -> None:
    ann, bob = visit("/?folder=animals"), visit()

    choose(ann, "Ann")
    assert photos(ann)
    assert ann.url.endswith("/?folder=animals")
    expect(ann.locator("#add")).to_be_visible()
    assert all(text in account(ann) for text in ("ann@photos.example", "Administrator"))

    choose(bob, "Bob")
    assert photos(bob)
    expect(bob.locator("#add")).to_be_hidden()
    assert all(text in account(bob) for text in ("bob@photos.example", "Viewer"))

    account(ann)
    ann.get_by_role("link", name="Sign out").click()
    expect(ann.get_by_role("dialog", name="Sign in")).to_be_visible()
    bob.reload()
    assert photos(bob)


def test_who_has_no_role_is_told_whom_to_ask_and_may_be_somebody_else(visit: Visit) -> None:
    page = visit()
    choose(page, "Eve")

    dialog = page.get_by_role("dialog", name="You have no access yet")
    expect(dialog).to_contain_text("ask ann@photos.example")
    dialog.get_by_role("link", name="Sign out").click()
    choose(page, "Bob")
    assert photos(page)


def test_a_session_that_ends_costs_nothing_that_was_typed(visit: Visit) -> None:
    page = visit()
    choose(page, "Bob")
    photos(page)
    if not page.locator("#chat").is_visible():
        page.locator("#chat-button").click()
    question = page.locator("#chat textarea")
    question.fill("Which of these photos")
    page.context.clear_cookies()
    page.get_by_role("searchbox").fill("dog")
    page.get_by_role("searchbox").press("Enter")

    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="Sign in").click()
    opened.value.get_by_role("button", name="Bob").click()
    photos(opened.value)
    opened.value.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")

    expect(dialog).to_be_hidden()
    expect(question).to_have_value("Which of these photos")
    assert photos(page)


def test_an_upload_that_meets_the_end_of_a_session_asks_to_sign_in(visit: Visit) -> None:
    page = visit()
    choose(page, "Ann")
    photos(page)
    refusal = {"error": {"code": "sign_in_required", "message": "nobody", "sign_in": "/.auth/login/local"}}
    page.route("**/api/photos/*.jpg", lambda route: route.fulfill(status=401, json=refusal))
    file: Any = {"name": "new.jpg", "mimeType": "image/jpeg", "buffer": picture(77)}
    page.locator(".add-photos input[type=file]").first.set_input_files([file])

    expect(page.get_by_role("dialog", name="Your session has ended")).to_be_visible()


def test_a_key_opens_the_page_beside_the_sign_in(visit: Visit) -> None:
    page = visit()
    page.get_by_role("button", name="Use a key instead").click()
    page.get_by_label("Key", exact=True).fill("wrong")
    page.get_by_role("button", name="Unlock").click()

    expect(page.get_by_text("This key does not open it")).to_be_visible()
    page.get_by_role("button", name="Forget this key").click()
    expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("size", [None, PHONE], ids=["wide", "phone"])
def test_the_sign_in_and_the_account_are_for_everybody(visit: Visit, size: dict[str, int] | None) -> None:
    page = visit(size=size)
    expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()
    assert violations(page) == []
    choose(page, "Ann")
    photos(page)
    account(page)
    expect(page.get_by_role("link", name="Sign out")).to_be_in_viewport()
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found = page.evaluate("(rules) => axe.run({ runOnly: rules })", RULES)
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]
