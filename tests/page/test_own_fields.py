"""A library's own fields on the page: facets, chips and the photo, in the browser's language."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.machine import eventually
from tests.page.conftest import Visit, box_of, until
from tests.page.test_photo_editing import view
from tests.page.test_unsaved import go_on, held, wait_for
from tests.query.test_own_fields import assert_defined
from tests.world import World

FIELDS = {
    "fields": [
        {
            "name": "kind",
            "type": "choice",
            "labels": {"en": "Kind", "de": "Art"},
            "values": [{"value": "pet", "labels": {"de": "Haustier"}}, "wild"],
            "facet": True,
        },
        {"name": "sold", "type": "yes/no", "labels": {"de": "Verkauft"}},
        {"name": "shelf", "type": "string", "labels": {"de": "Regal"}, "required": True},
        {"name": "price", "type": "number", "labels": {"de": "Preis"}, "facet": True},
    ]
}


@pytest.fixture
def _fields(world: World) -> Iterator[None]:
    """Definitions, and two photos with values."""
    container = world.blobs.get_container_client("photo-settings")
    if not container.exists():
        container.create_container()
    container.upload_blob("catalogue.json", json.dumps(FIELDS).encode(), overwrite=True)
    eventually(lambda: assert_defined(world, len(FIELDS["fields"])), timeout=60)
    ids = [each["id"] for each in world.get("/api/search", folder="animals")["photos"]]
    world.merge_documents({"id": ids[0], "field_kind": "pet", "field_sold": True}, {"id": ids[1], "field_kind": "wild"})
    yield
    container.delete_blob("catalogue.json")
    eventually(lambda: assert_defined(world, 0), timeout=60)


@pytest.mark.usefixtures("_fields")
def test_labels_are_in_the_browsers_language(visit: Visit) -> None:
    page = visit("/?folder=animals", locale="de-CH")
    page.locator("#filter-toggle").click()
    facet = page.get_by_role("region", name="Art")
    facet.get_by_role("button", name="Haustier").click()

    expect(page.get_by_role("button", name="Filter entfernen: Art: Haustier")).to_be_visible()
    expect(page.locator("#total")).to_have_text("1 Foto gefunden")
    page.locator(".tile a, a.tile").first.click()
    own = page.locator(".own-fields")

    expect(own.locator("dt")).to_have_text(["Art", "Verkauft", "Regal", "Preis"])
    expect(own.locator("dd")).to_have_text(["Haustier", "Ja", "Fehlt", "Nicht festgelegt"])


@pytest.mark.usefixtures("_fields")
def test_own_fields_are_entered_taken_back_and_refused(visit: Visit, world: World) -> None:
    photos = world.get("/api/search", folder="animals")["photos"]
    id_ = next(each["id"] for each in photos if not each["fields"])
    page = visit(f"/?photo={id_}")
    page.get_by_role("button", name="Edit", exact=True).click()
    form = page.get_by_role("form", name="Edit this photo")
    form.get_by_label("Kind", exact=True).select_option("wild")
    form.get_by_label("Verkauft", exact=True).select_option("No")
    form.get_by_label("Regal", exact=True).fill("x" * 3000)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("shelf")
    form.get_by_label("Regal", exact=True).fill("B 7")
    page.get_by_role("button", name="Save").click()

    own = page.locator(".own-fields")
    expect(own.locator("dd")).to_have_text(["wild", "No", "B 7", "Not set"])
    expect(page.locator(".sources dd").first).to_contain_text("Kind")
    assert world.get(f"/api/photos/{id_}")["fields"] == {"kind": "wild", "sold": False, "shelf": "B 7"}
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Take back what people wrote: Kind").check()
    page.get_by_role("button", name="Save").click()
    expect(own.locator("dd")).to_have_text(["Not set", "No", "B 7", "Not set"])

    page.get_by_role("button", name="Undo the last edit").click()
    expect(own.locator("dd")).to_have_text(["wild", "No", "B 7", "Not set"])
    taken_back = {"fields": dict.fromkeys(("kind", "sold", "shelf"))}
    assert world.http.patch(f"/api/photos/{id_}", json=taken_back).json()["fields"] == {}


@pytest.mark.usefixtures("_fields")
def test_own_fields_come_first_and_photos_without_a_value_are_found(visit: Visit) -> None:
    page = visit("/?folder=animals")
    page.locator("#filter-toggle").click()
    expect(page.locator("#facets section.facet[aria-label]").first).to_have_attribute("aria-label", "Kind")
    kind = page.get_by_role("region", name="Kind")
    expect(kind.get_by_role("button")).to_have_text(["Haustier1", "wild1", "Nothing entered2"])

    kind.get_by_role("button", name="Nothing entered").click()

    expect(page.locator("#total")).to_have_text("2 photos found")


@pytest.mark.usefixtures("_fields")
def test_an_own_field_is_entered_where_it_is_missing(visit: Visit, world: World) -> None:
    photos = world.get("/api/search", folder="animals")["photos"]
    id_ = next(each["id"] for each in photos if each["fields"].get("kind") == "wild")
    page = visit(f"/?photo={id_}")
    own = page.locator(".own-fields")
    expect(own.get_by_role("link", name="Missing")).to_be_visible()
    pencil, label = box_of(own.get_by_role("button", name="Correct: Regal")), box_of(own.get_by_text("Regal"))
    assert abs(pencil["y"] + pencil["height"] / 2 - label["y"] - label["height"] / 2) < 3  # on one line
    own.get_by_role("button", name="Correct: Regal").click()
    own.get_by_label("Regal", exact=True).fill("C 3")
    page.keyboard.press("Enter")

    expect(own.get_by_role("link", name="C 3")).to_be_visible()
    assert world.get(f"/api/photos/{id_}")["fields"]["shelf"] == "C 3"
    world.http.patch(f"/api/photos/{id_}", json={"fields": {"shelf": None}}).raise_for_status()


@pytest.mark.usefixtures("_fields")
@pytest.mark.parametrize("how", ["another is saved", "the photo is closed"])
def test_what_is_begun_in_several_own_fields_goes_on(visit: Visit, world: World, how: str) -> None:
    photos = world.get("/api/search", folder="animals")["photos"]
    id_ = next(each["id"] for each in photos if not each["fields"])
    page = visit("/?folder=animals")
    page.locator(f"[data-id='{id_}'] a").click()
    own, waiting = page.locator(".own-fields"), held(page)
    if how == "another is saved":
        own.locator("[data-field='fields.shelf']").click()
        own.get_by_label("Regal", exact=True).fill("D 4")
        page.keyboard.press("Enter")
        route = wait_for(page, waiting)
    own.locator("[data-field='fields.price']").click()
    own.locator("[id='edit-fields.price']").fill("6.5")
    own.locator("[data-field='fields.kind']").click()
    own.get_by_label("Kind", exact=True).select_option("wild")

    if how == "another is saved":
        route.continue_()
    else:
        page.go_back()
        expect(view(page)).to_be_hidden()
        go_on(page)
    page.unroute_all()

    expect(view(page).get_by_role("heading", name="Edit this photo")).to_be_visible()
    expect(view(page).locator("[id='edit-fields.price']")).to_have_value("6.5")
    expect(view(page).get_by_label("Kind", exact=True)).to_have_value("wild")
    view(page).get_by_role("button", name="Save").click()
    expect(own.get_by_role("link", name="6.5", exact=True)).to_be_visible()
    shelf = {"shelf": "D 4"} if how == "another is saved" else {}
    assert world.get(f"/api/photos/{id_}")["fields"] == {"kind": "wild", "price": 6.5, **shelf}
    taken_back = {"fields": dict.fromkeys(("kind", "shelf", "price"))}
    world.http.patch(f"/api/photos/{id_}", json=taken_back).raise_for_status()


@pytest.mark.usefixtures("_fields")
@pytest.mark.parametrize(
    ("locale", "typed", "stored", "shown", "ambiguous"),
    [
        ("en-GB", "9,50", 9.5, "9.5", "1,234"),
        ("de-DE", "12,25", 12.25, "12,25", "1.234"),
        ("fr", "7.5", 7.5, "7,5", "1 234"),
    ],
)
def test_a_number_is_taken_as_its_reader_writes_it(
    visit: Visit, world: World, locale: str, typed: str, stored: float, shown: str, ambiguous: str
) -> None:
    id_ = world.get("/api/search", folder="animals")["photos"][0]["id"]
    page = visit(f"/?folder=animals&photo={id_}", locale=locale)
    own = page.locator(".own-fields")
    own.locator("[data-field='fields.price']").click()
    price = own.locator("[id='edit-fields.price']")
    price.fill(ambiguous)
    page.keyboard.press("Enter")
    expect(own.locator("[id='edit-fields.price']:invalid")).to_be_visible()
    price.fill(typed)
    page.keyboard.press("Enter")

    expect(own.get_by_role("link", name=shown, exact=True)).to_be_visible()
    assert world.get(f"/api/photos/{id_}")["fields"]["price"] == stored
    own.locator("[data-field='fields.price']").click()
    expect(price).to_have_value(shown)
    world.http.patch(f"/api/photos/{id_}", json={"fields": {"price": None}}).raise_for_status()


@pytest.mark.usefixtures("_fields")
def test_a_number_of_many_photos_may_have_a_comma(visit: Visit, world: World) -> None:
    id_ = world.get("/api/search", folder="animals")["photos"][0]["id"]
    page = visit("/?folder=animals")
    page.locator(f"[data-id='{id_}'] a").focus()
    page.keyboard.press("x")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Set a field…").click()
    page.get_by_label("Field", exact=True).select_option("fields.price")
    page.locator("#action-value").fill("8,75")
    page.keyboard.press("Enter")

    until(page, lambda: _assert_priced(world, id_, 8.75))
    world.http.patch(f"/api/photos/{id_}", json={"fields": {"price": None}}).raise_for_status()


def _assert_priced(world: World, id_: str, price: float) -> None:
    assert world.get(f"/api/photos/{id_}")["fields"].get("price") == price
