"""Fields, vocabulary and edited tables on the page: what a file would change is shown before it does."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.machine import missing
from tests.page.conftest import PHONE, WIDE, Visit, file_dialog, photos, tool
from tests.page.test_accessibility import AXE, violations
from tests.page.test_selection import job
from tests.world import World

KIND = {"name": "kind", "type": "choice", "labels": {"en": "Kind"}, "values": ["wild", "pet"], "facet": True}
PRICE = {"name": "price", "type": "number", "labels": {"en": "Price"}, "facet": True}
TERMS = "tag,synonyms,broader\nanimal,,\ncat,kitty,animal\n"


DROP = """(target, files) => {
    const dataTransfer = new DataTransfer();
    for (const [name, bytes] of files) dataTransfer.items.add(new File([new Uint8Array(bytes)], name));
    target.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""


def file(name: str, content: str | bytes) -> Any:
    return {"name": name, "mimeType": "", "buffer": content.encode() if isinstance(content, str) else content}


@pytest.fixture
def _none_agreed(world: World) -> Iterator[None]:
    """Nothing is agreed on, before and afterwards."""
    yield
    world.http.put("/api/catalogue", json={"fields": []}).raise_for_status()
    world.http.put("/api/vocabulary", json={"terms": []}).raise_for_status()


def agreed(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Fields and vocabulary")


def choose(page: Page, button: str, chosen: Any) -> None:
    file_dialog(page, lambda: page.get_by_role("button", name=button).click()).set_files(chosen)


@pytest.mark.usefixtures("_none_agreed")
def test_fields_are_tried_and_put_in_force(page: Page, world: World) -> None:
    page.locator("#status-button").click()
    page.get_by_role("button", name="Show fields and vocabulary").click()
    view = agreed(page)
    expect(view.get_by_text("There are none yet")).to_be_visible()
    choose(page, "Choose catalogue.json…", file("catalogue.json", '{"fields": [{"name": "kind", "type": "colour"}]}'))
    expect(view.get_by_role("alert")).to_contain_text("fields[0].type")

    asked = KIND | {"instruction": "Which kind of animal it is."}
    choose(page, "Choose catalogue.json…", file("catalogue.json", json.dumps({"fields": [asked, PRICE]})))
    expect(view.get_by_text("New (2)")).to_be_visible()
    expect(view.get_by_text("kind, price")).to_be_visible()
    expect(view.get_by_text("The model would be asked something else")).to_be_visible()
    assert world.get("/api/catalogue") == {"fields": []}
    view.get_by_role("button", name="Put in force").click()

    expect(view.locator(".agreed li").first).to_contain_text("Kind one of a list · filled by the model")
    expect(view.get_by_role("button", name="Describe photos again…")).to_be_visible()
    assert [each["name"] for each in world.get("/api/catalogue")["fields"]] == ["kind", "price"]
    with page.expect_download() as download:
        view.get_by_role("button", name="Download this file").click()
    saved = json.loads(Path(download.value.path()).read_text())
    assert saved["fields"] == [{**asked}, PRICE]


@pytest.mark.usefixtures("_none_agreed")
def test_a_vocabulary_that_somebody_else_replaced_meanwhile_is_compared_again(page: Page, world: World) -> None:
    page.goto("/?view=catalogue")
    view = agreed(page)
    choose(page, "Choose a vocabulary…", file("terms.csv", TERMS))
    expect(view.get_by_text("New (2)")).to_be_visible()
    view.get_by_role("button", name="Put in force").click()
    expect(view.get_by_text("2 tags: animal, cat")).to_be_visible()

    choose(page, "Choose a vocabulary…", file("terms.csv", f"{TERMS}dog,,animal\n"))
    expect(view.get_by_text("New (1)")).to_be_visible()
    world.http.put("/api/vocabulary", json={"terms": [{"tag": "bird"}]}).raise_for_status()
    view.get_by_role("button", name="Put in force").click()
    expect(view.get_by_text("Somebody else has put another file in force")).to_be_visible()
    expect(view.get_by_text("Gone (1)")).to_be_visible()
    assert [each["tag"] for each in world.get("/api/vocabulary")["terms"]] == ["bird"]
    view.get_by_role("button", name="Put in force").click()

    expect(view.get_by_text("3 tags: animal, cat, dog")).to_be_visible()


@pytest.mark.usefixtures("_none_agreed")
def test_photos_are_described_again_once_it_is_known_what_that_takes(page: Page) -> None:
    made: list[Any] = []
    page.route("**/api/jobs/estimate", lambda route: route.fulfill(json={"total": 9, "photos": 7, "tokens": 700}))

    def take(route: Route) -> None:
        if route.request.method != "POST":
            route.fallback()
            return
        made.append(route.request.post_data_json)
        route.fulfill(status=202, json=job(action="recaption", total=9, position=9, changed=9))

    page.route("**/api/jobs", take)
    page.locator("#status-button").click()
    page.get_by_role("button", name="Show fields and vocabulary").click()
    choose(page, "Choose a vocabulary…", file("terms.csv", TERMS))
    agreed(page).get_by_role("button", name="Put in force").click()
    agreed(page).get_by_role("button", name="Describe photos again…").click()
    expect(page.get_by_role("heading", name="Describe 9 photos again")).to_be_visible()
    expect(page.get_by_text("about 700 tokens")).to_be_visible()

    with page.expect_request("**/api/jobs"):
        page.get_by_role("button", name="Describe again", exact=True).click()

    assert made == [{"action": "recaption", "search": {}, "expected": 9}]
    expect(page.locator("dialog:modal")).to_have_count(0)  # nor is the status shown, from which one came


# -- a table that comes back ----------------------------------------------------------------


@pytest.fixture
def table(world: World) -> Iterator[list[dict[str, str]]]:
    """The rows of an export; what is written of them is taken back."""
    text = world.http.get("/api/export", params={"folder": "animals"}).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    yield rows
    for row in rows:
        world.http.patch(f"/api/photos/{row['id']}", json={"title": None, "tags": None, "credit": None})
    world.wait_until_idle()


def saved(rows: list[dict[str, str]]) -> Any:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return file("edited.csv", out.getvalue())


def bring_back(page: Page, rows: list[dict[str, str]]) -> Locator:
    tool(page, "Export").click()
    choose(page, "Bring an edited table back…", saved(rows))
    return page.get_by_role("dialog", name="Edited table: edited.csv")


def test_an_edited_table_is_shown_before_it_changes_anything(
    page: Page, world: World, table: list[dict[str, str]]
) -> None:
    first, second, *_ = table
    first["title"], first["tags"] = "From the table", "brought back; cat"
    second["taken_local"] = "31.05.2024"
    view = bring_back(page, table)
    expect(view.get_by_text("Nothing is changed yet")).to_be_visible()
    expect(view.locator(".counts dd")).to_have_text(["1", str(len(table) - 2), "0", "1"])
    expect(view.locator(".import-problems")).to_contain_text("Row 3")
    expect(view.locator(".changes")).to_contain_text("From the table")
    expect(view.locator(".changes")).to_contain_text("brought back")
    assert world.get(f"/api/photos/{first['id']}")["title"] != "From the table"

    view.get_by_role("button", name="Change 1 photo").click()

    expect(view.get_by_text("1 photo changed")).to_be_visible()
    record = world.get(f"/api/photos/{first['id']}")
    assert (record["title"], record["tags"]) == ("From the table", ["brought back", "cat"])
    view.get_by_role("button", name="Close").last.click()
    expect(view).to_be_hidden()
    view = bring_back(page, [first])
    expect(view.get_by_text("nothing that the library does not say")).to_be_visible()
    expect(view.get_by_role("button", name="Change")).to_be_hidden()


def test_what_others_have_changed_since_the_export_is_left_alone(
    page: Page, world: World, table: list[dict[str, str]]
) -> None:
    first, second, *_ = table
    first["title"], second["title"] = "Ours", "Ours too"
    world.http.patch(f"/api/photos/{second['id']}", json={"credit": "Theirs"}).raise_for_status()

    view = bring_back(page, [first, second])

    expect(view.locator(".counts dd")).to_have_text(["1", "0", "1", "0"])
    expect(view.get_by_text("have changed since the export, and are left alone")).to_be_visible()
    expect(view.locator(".import-problems")).to_contain_text(second["path"])


def test_a_file_that_is_no_table_is_refused_in_words(page: Page) -> None:
    tool(page, "Export").click()
    choose(page, "Bring an edited table back…", file("holiday.csv", "a,b\n1,2\n"))

    view = page.get_by_role("dialog", name="Edited table: holiday.csv")
    expect(view.get_by_role("alert")).to_contain_text("edit a file that was exported")
    view.get_by_role("button", name="Close").last.click()
    expect(view).to_be_hidden()


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    """Files are dropped among the photos."""
    page.locator("#scroller").evaluate(DROP, [[name, list(data)] for name, data in files])


def test_a_table_dropped_among_photos_is_brought_back(page: Page, world: World, table: list[dict[str, str]]) -> None:
    first, *_ = table
    first["title"] = "From the table"
    drop(page, ("edited.csv", saved([first])["buffer"]))

    view = page.get_by_role("dialog", name="Edited table: edited.csv")
    view.get_by_role("button", name="Change 1 photo").click()

    expect(view.get_by_text("1 photo changed")).to_be_visible()
    assert world.get(f"/api/photos/{first['id']}")["title"] == "From the table"
    expect(page.locator("#uploads li")).to_have_count(0)


def test_several_tables_dropped_at_once_are_told_where_they_belong(page: Page) -> None:
    drop(page, ("one.csv", b"id"), ("two.csv", b"id"))

    expect(page.locator("#uploads li")).to_have_count(2)
    expect(page.locator("#uploads li").first).to_contain_text("Bring an edited table back")
    expect(page.locator("#csv-import")).to_have_count(0)


@pytest.mark.usefixtures("_none_agreed")
def test_tags_are_suggested_from_the_vocabulary_where_they_are_edited(page: Page, world: World) -> None:
    terms = [{"tag": "harbour", "synonyms": ["port"]}, {"tag": "hat"}, {"tag": "émile"}]
    world.http.put("/api/vocabulary", json={"terms": terms}).raise_for_status()
    [photo] = world.get("/api/search", folder="family archive")["photos"]
    page.goto(f"/?photo={photo['id']}")
    view = page.get_by_role("dialog", name="Photo")
    view.get_by_role("button", name="Correct: Tags").click()
    tags, suggestions = view.get_by_label("Tags", exact=True), view.get_by_role("group", name="Suggestions")
    tags.fill("boat\nha")
    expect(suggestions.get_by_role("button")).to_have_text(["harbour", "hat"])
    tags.fill("boat\npor")
    expect(suggestions.get_by_role("button")).to_have_text(["harbour"])
    tags.fill("harbour\nem")
    expect(suggestions.get_by_role("button")).to_have_text(["émile"])
    tags.fill("boat\nha")
    suggestions.get_by_role("button", name="hat").click()

    expect(tags).to_have_value("boat\nhat")
    expect(tags).to_be_focused()
    view.get_by_role("button", name="Cancel").click()


@pytest.mark.parametrize("look", [("dark", WIDE), ("light", PHONE)], ids=["dark", "phone"])
@pytest.mark.usefixtures("_none_agreed")
def test_these_views_have_no_accessibility_violation(
    visit: Visit, table: list[dict[str, str]], look: tuple[str, dict[str, int]]
) -> None:
    if not AXE.exists():
        missing("axe-core (npm ci in tests/page)")
    scheme, size = look
    page = visit(size=size, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    photos(page)
    first, second, *_ = table
    first["title"], second["taken_local"] = "From the table", "yesterday"
    view = bring_back(page, table)
    expect(view.locator(".changes")).to_be_visible()
    assert violations(page) == []

    page.goto("/?view=catalogue")
    choose(page, "Choose catalogue.json…", file("catalogue.json", json.dumps({"fields": [KIND]})))
    agreed(page).get_by_role("button", name="Put in force").click()
    expect(agreed(page).locator(".agreed li")).to_be_visible()
    choose(page, "Choose a vocabulary…", file("terms.csv", TERMS))
    expect(agreed(page).get_by_text("New (2)")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
