"""People who share a browser: the last view is there for whoever has seen it, and for nobody after them."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.bundled_app import bundled_app
from tests.page.conftest import Visit, photos, until
from tests.page.test_offline import TEXTS, kept, wait_until_kept
from tests.page.test_sign_in import PEOPLE, account, choose
from tests.world import World, running_beside

KEY = "viewer-key-of-somebody-0123456789"
ANIMALS = "/?folder=animals"


@pytest.fixture(scope="module")
def origin(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same photos, behind a sign-in, and with a key."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "people.json").write_text(json.dumps(PEOPLE))
    arguments = ("--people", str(folder / "people.json"))
    settings = {"HTTP_AUTH": "platform", "API_KEYS": f"guest:viewer:{KEY}"}
    with running_beside(world, folder, *arguments, app_folder=bundled_app(folder), settings=settings) as host:
        yield host.url


@pytest.fixture
def anns(visit: Visit) -> Page:
    """What Ann has seen, who has signed in."""
    page = visit(ANIMALS, service_workers="allow")
    choose(page, "Ann")
    photos(page)
    wait_until_kept(page)
    return page


def assert_nothing_is_shown(page: Page) -> None:
    page.context.set_offline(True)
    page.goto(ANIMALS)
    expect(page.locator("#offline-banner")).to_have_text("The server is not responding. Trying again.")
    expect(page.locator("#library-message")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(0)


def test_who_signs_out_leaves_nothing_behind(anns: Page) -> None:
    account(anns)
    anns.get_by_role("link", name="Sign out").click()
    expect(anns.get_by_role("dialog", name="Sign in")).to_be_visible()

    assert kept(anns, "last view") == []
    assert kept(anns, "page") != []
    assert_nothing_is_shown(anns)


def test_who_signs_out_without_a_connection_leaves_nothing_behind(anns: Page) -> None:
    anns.context.set_offline(True)
    anns.reload()
    photos(anns)
    account(anns)
    anns.get_by_role("link", name="Sign out").click()
    expect(anns.locator("#scroller")).to_have_count(0)  # the browser shows that it cannot go there

    assert_nothing_is_shown(anns)


def test_a_session_that_has_ended_deletes_what_was_kept(anns: Page) -> None:
    anns.context.clear_cookies()
    anns.goto(ANIMALS)
    expect(anns.get_by_role("dialog", name="Sign in")).to_be_visible()

    until(anns, lambda: _is_empty(anns))
    assert_nothing_is_shown(anns)


def _is_empty(page: Page) -> None:
    assert kept(page, "last view") == []


def test_the_next_person_sees_nothing_of_the_one_before(anns: Page) -> None:
    anns.goto("/.auth/login/local?post_login_redirect_uri=/?folder=space")
    anns.get_by_role("button", name="Bob").click()
    photos(anns)

    def is_bobs() -> None:
        texts = anns.evaluate(TEXTS)
        assert "bob@photos.example" in texts
        assert "ann@photos.example" not in texts
        assert "animals/" not in texts

    until(anns, is_bobs)
    anns.context.set_offline(True)
    anns.goto(ANIMALS)
    expect(anns.get_by_role("link", name=re.compile("Show the photos of "))).to_have_attribute("href", "/?folder=space")
    expect(anns.locator(".tile")).to_have_count(0)


def test_a_sign_in_that_would_have_ended_shows_nothing(anns: Page) -> None:
    anns.context.set_offline(True)
    anns.clock.install(time=anns.evaluate("Date.now()") / 1000 + 9 * 3600)

    assert_nothing_is_shown(anns)


def test_a_key_is_kept_nowhere_and_opens_its_own_tab_alone(visit: Visit) -> None:
    page = visit(f"{ANIMALS}&code={KEY}", service_workers="allow")
    names = photos(page)
    wait_until_kept(page)
    assert KEY not in page.evaluate(TEXTS)
    page.context.set_offline(True)

    page.reload()
    assert set(photos(page)) == set(names)

    other = page.context.new_page()
    assert_nothing_is_shown(other)
    assert kept(other, "last view") == []
