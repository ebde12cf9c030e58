"""The view of a photo: fields edited where they stand, history, side by side, and a closer look."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.machine import eventually, missing
from tests.page.conftest import PATIENCE, PHONE, WIDE, Visit, photos, until
from tests.page.test_accessibility import AXE, violations
from tests.world import World

WRITTEN = ("title", "caption", "credit", "tags", "keywords")  # by the tests of this module
MEANWHILE = "Somebody else has changed this in the meantime"


@pytest.fixture
def boats(page: Page, world: World) -> Iterator[str]:
    """The id of a photo that is open; what was written about it is taken back."""
    [photo] = world.get("/api/search", folder="family archive")["photos"]
    page.goto(f"/?folder=family archive&photo={photo['id']}")
    expect(page.locator("#photo-title")).to_be_visible()
    yield photo["id"]
    world.http.patch(f"/api/photos/{photo['id']}", json=dict.fromkeys(WRITTEN))
    world.wait_until_idle()


def view(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Photo")


def test_a_field_is_edited_where_it_stands(page: Page, world: World, boats: str) -> None:
    before = page.locator("#photo-title").text_content()
    view(page).get_by_role("button", name="Correct: Title").click()
    expect(view(page).get_by_label("Title", exact=True)).to_be_focused()
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    expect(page.locator("#photo-title")).to_have_text(str(before))
    expect(view(page)).to_be_visible()  # Escape left the field, not the photo

    page.keyboard.press("Enter")  # the pencil has the focus again
    view(page).get_by_label("Title", exact=True).fill("Boats at the pier")
    page.keyboard.press("Control+Enter")

    expect(page.locator("#photo-title")).to_have_text("Boats at the pier")
    assert world.get(f"/api/photos/{boats}")["sources"]["title"] == "person"


def test_what_somebody_is_about_to_press_stays_when_the_photos_around_arrive(page: Page, boats: str) -> None:
    searches: list[Route] = []

    def hold(route: Route) -> None:
        searches.append(route)

    page.route("**/api/search*", hold)
    page.goto(f"/?photo={boats}")
    pencil = view(page).get_by_role("button", name="Correct: Title")
    expect(pencil).to_be_visible()
    pencil.evaluate("element => { element.id = 'seen'; }")
    for search in searches:
        search.continue_()

    expect(view(page).locator(".position")).to_contain_text(" of 9")
    expect(page.locator("#seen")).to_have_count(1)


def test_the_grid_follows_and_only_the_last_edit_is_offered_to_be_undone(page: Page, boats: str) -> None:
    for title in ("First", "Second"):
        view(page).get_by_role("button", name="Correct: Title").click()
        view(page).get_by_label("Title", exact=True).fill(title)
        page.keyboard.press("Control+Enter")
        expect(page.locator("#photo-title")).to_have_text(title)
    expect(page.locator(".toast")).to_have_count(1)
    view(page).get_by_role("button", name="Correct: Tags").click()
    expect(view(page).get_by_text("one on each line")).to_be_visible()
    view(page).get_by_role("button", name="Cancel").click()

    page.keyboard.press("Escape")

    expect(page.locator(f'.tile a[href*="{boats}"] .name')).to_have_text("Second")


def test_the_counts_of_filters_follow_an_edit(page: Page, boats: str) -> None:
    page.goto("/")
    photos(page)
    page.get_by_role("button", name="Filters").click()
    counted = page.locator('#facets [data-facet="keyword=counted anew"] .count')
    expect(page.locator("#facets [data-facet]").first).to_be_visible()
    expect(counted).to_have_count(0)
    page.locator(f'.tile a[href*="{boats}"]').click()
    view(page).get_by_role("button", name="Edit", exact=True).click()
    view(page).get_by_label("Keywords", exact=True).fill("counted anew")
    view(page).get_by_role("button", name="Save").click()
    expect(view(page).get_by_text("counted anew")).to_be_visible()

    page.keyboard.press("Escape")

    expect(counted).to_have_text("1")


def test_every_field_says_whose_it_is_and_can_be_corrected(page: Page, world: World, boats: str) -> None:
    view(page).get_by_text("All fields").click()
    fields = view(page).locator(".field-list")
    expect(fields.locator("dt")).to_have_count(17)
    expect(fields.locator("dt").nth(0)).to_have_text("Titlemodel")

    fields.get_by_role("button", name="Correct: Credit").click()
    view(page).get_by_label("Credit", exact=True).fill("Ann Example")
    page.keyboard.press("Control+Enter")

    expect(fields.locator("dd").filter(has_text="Ann Example")).to_be_visible()
    expect(fields.locator("dt").filter(has_text="Credit")).to_have_text("Creditpeople")


def write(world: World, id_: str, **values: object) -> None:
    """Somebody else edits the photo."""
    world.http.patch(f"/api/photos/{id_}", json=values).raise_for_status()


def test_of_two_who_change_a_list_at_the_same_time_both_have_their_way(page: Page, world: World, boats: str) -> None:
    write(world, boats, tags=["boat", "harbour"])
    page.reload()
    view(page).get_by_role("button", name="Correct: Tags").click()
    tags = view(page).get_by_label("Tags", exact=True)
    tags.fill("harbour\nsea")
    write(world, boats, tags=["boat", "harbour", "pier"])

    page.keyboard.press("Control+Enter")
    expect(view(page).get_by_role("alert")).to_contain_text(MEANWHILE)
    expect(view(page).get_by_text("Somebody else has written: boat, harbour, pier")).to_be_visible()
    expect(tags).to_have_value("harbour\npier\nsea")
    assert world.get(f"/api/photos/{boats}")["tags"] == ["boat", "harbour", "pier"]
    page.keyboard.press("Control+Enter")

    expect(view(page).locator(".tags")).to_have_text("harbourpiersea")
    assert world.get(f"/api/photos/{boats}")["tags"] == ["harbour", "pier", "sea"]


def test_what_somebody_else_has_written_may_stay(page: Page, world: World, boats: str) -> None:
    view(page).get_by_role("button", name="Correct: Title").click()
    view(page).get_by_label("Title", exact=True).fill("Ours")
    write(world, boats, title="Theirs")
    page.keyboard.press("Control+Enter")
    expect(view(page).get_by_text("Somebody else has written: Theirs")).to_be_visible()
    expect(view(page).get_by_label("Title", exact=True)).to_have_value("Ours")

    view(page).get_by_role("button", name="Cancel").click()

    expect(page.locator("#photo-title")).to_have_text("Theirs")
    expect(page.locator(".toast")).to_be_hidden()  # nothing was saved that could be undone
    assert world.get(f"/api/photos/{boats}")["title"] == "Theirs"


def test_the_form_asks_about_the_fields_that_both_have_changed_alone(page: Page, world: World, boats: str) -> None:
    view(page).get_by_role("button", name="Edit", exact=True).click()
    view(page).get_by_label("Title", exact=True).fill("Ours")
    view(page).get_by_label("Credit", exact=True).fill("Ann Example")
    write(world, boats, title="Theirs", keywords=["Nagasaki"])
    view(page).get_by_role("button", name="Save").click()

    expect(view(page).get_by_role("alert")).to_contain_text(MEANWHILE)
    expect(view(page).get_by_text("Somebody else has written")).to_have_text(["Somebody else has written: Theirs"])
    expect(view(page).get_by_label("Keywords", exact=True)).to_have_value("Nagasaki")
    view(page).get_by_role("button", name="Save").click()

    expect(page.locator("#photo-title")).to_have_text("Ours")
    photo = world.get(f"/api/photos/{boats}")
    assert (photo["title"], photo["credit"], photo["keywords"]) == ("Ours", "Ann Example", ["Nagasaki"])


def test_who_changes_another_field_at_the_same_time_is_no_matter(page: Page, world: World, boats: str) -> None:
    view(page).get_by_role("button", name="Correct: Title").click()
    view(page).get_by_label("Title", exact=True).fill("Ours")
    write(world, boats, tags=["boat"])

    page.keyboard.press("Control+Enter")

    expect(page.locator("#photo-title")).to_have_text("Ours")
    photo = world.get(f"/api/photos/{boats}")
    assert (photo["title"], photo["tags"]) == ("Ours", ["boat"])


def title_undone(page: Page, title: str) -> Locator:
    """The button that undoes this title, which was just saved."""
    view(page).get_by_role("button", name="Correct: Title").click()
    view(page).get_by_label("Title", exact=True).fill(title)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#photo-title")).to_have_text(title)
    return view(page).get_by_role("button", name="Undo the last edit")


def test_an_edit_is_undone_though_the_record_was_written_meanwhile(page: Page, world: World, boats: str) -> None:
    before = str(page.locator("#photo-title").text_content())
    undo = title_undone(page, "By mistake")
    sent: list[str | None] = []

    def refuse_the_first(route: Route) -> None:
        sent.append(route.request.header_value("if-match"))
        if len(sent) > 1:
            route.fallback()
            return
        error = {"error": {"message": "the photo has changed", "type": "", "param": "If-Match", "code": ""}}
        route.fulfill(status=412, json=error)

    page.route("**/api/photos/*/undo", refuse_the_first)
    undo.click()

    expect(page.locator("#photo-title")).to_have_text(before)
    assert len(sent) == 2
    assert all(sent)
    assert world.get(f"/api/photos/{boats}")["title"] == before


def test_an_edit_is_not_undone_over_what_somebody_else_has_written(page: Page, world: World, boats: str) -> None:
    undo = title_undone(page, "Ours")
    sent: list[Request] = []

    def watch(request: Request) -> None:
        if request.url.endswith("/undo"):
            sent.append(request)

    page.on("request", watch)
    write(world, boats, title="Theirs")

    undo.click()

    expect(page.locator(".toast", has_text="changed")).to_be_visible()
    photo = world.get(f"/api/photos/{boats}")
    assert (photo["title"], photo["sources"]["title"]) == ("Theirs", "person")
    assert len(sent) == 1  # and it was not tried again


def open_history(page: Page) -> None:
    """A click is lost on a panel that is just being drawn anew."""
    part = view(page).locator("details.history")

    def is_open() -> None:
        if part.get_attribute("open") is None:
            part.locator("summary").click()
        assert part.get_attribute("open") is not None

    until(page, is_open)


def test_changes_are_listed_and_undone_one_by_one(page: Page, world: World, boats: str) -> None:
    before = world.get(f"/api/photos/{boats}")["caption"]
    for values in ({"caption": "First"}, {"title": "Second"}):
        assert world.http.patch(f"/api/photos/{boats}", json=values).status_code == 200
    page.reload()
    open_history(page)
    changes = view(page).locator(".past-changes li")
    expect(changes.nth(0)).to_contain_text("Second")
    expect(changes.nth(0)).to_contain_text("somebody not signed in")
    expect(changes.nth(1)).to_contain_text("First")

    changes.nth(1).get_by_role("button", name="Undo this change: Description").click()

    expect(view(page).locator(".caption")).to_have_text(before)
    expect(page.locator("#photo-title")).to_have_text("Second")


def test_versions_and_photos_are_seen_side_by_side(page: Page, world: World, boats: str) -> None:
    world.http.patch(f"/api/photos/{boats}", json={"title": "Later words"})
    page.goto(f"/?photo={boats}")
    photos(page)
    view(page).get_by_role("button", name="Compare").click()
    compared = page.get_by_role("dialog", name="Compare")
    expect(compared.locator(".side img")).to_have_count(2)
    compared.get_by_role("button", name="Next photo").click()

    compared.get_by_role("button", name="Earlier versions").click()
    left, right = compared.locator(".side").nth(0), compared.locator(".side").nth(1)
    expect(right.locator("mark")).to_have_text("Later words")
    expect(left.locator("mark")).not_to_have_text("Later words")
    page.keyboard.press("Escape")

    expect(compared).to_be_hidden()
    expect(view(page)).to_be_visible()


def test_who_looks_closer_is_shown_more_pixels(page: Page, boats: str) -> None:
    asked: list[str] = []

    def watch(request: Request) -> None:
        if request.url.endswith("/api/links"):
            asked.append(str((request.post_data_json or {}).get("size")))

    page.on("request", watch)
    picture = view(page).locator(".pswp__img").first
    expect(picture).to_be_visible()
    page.locator("#photo").focus()
    small = eventually(lambda: _width(picture), PATIENCE)

    def is_closer() -> None:
        page.keyboard.press("+")
        assert _width(picture) > small * 1.5

    until(page, is_closer)  # it is shown anew, as far away as at first, when the photo's record comes
    until(page, lambda: _has(asked, "original"))


def _width(picture: Locator) -> float:
    box = picture.bounding_box()
    assert box  # while it is shown anew, there is none
    return box["width"]


def _has(asked: list[str], size: str) -> None:
    assert size in asked


@pytest.mark.parametrize("look", [("dark", WIDE), ("light", PHONE)], ids=["dark", "phone"])
def test_editing_and_comparing_are_accessible(visit: Visit, look: tuple[str, dict[str, int]]) -> None:
    if not AXE.exists():
        missing("axe-core (npm ci in tests/page)")
    scheme, size = look
    page = visit(size=size, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    photos(page)
    page.locator(".tile a").first.click()
    page.get_by_text("All fields").click()
    page.get_by_role("button", name="Correct: Credit").click()
    open_history(page)
    assert violations(page) == []

    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#compare .side img").nth(1)).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Earlier versions").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
