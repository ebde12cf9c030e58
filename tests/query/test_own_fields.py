"""A library's own fields through the running app: added to the index that is there, filtered by, counted and shown."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from shared.catalogue.in_force import put_in_force
from tests.machine import eventually
from tests.query.photo_seeder import PhotoSeeder
from tests.query.photos import photo
from tests.shared.catalogue.definitions import content, shop
from tests.world import World

HAT = {"product_type": "hat", "materials": ["wool", "leather"], "price": 12.5, "sold": False, "listed": "2024-05-31"}
BAG = {"product_type": "bag", "materials": ["leather"], "price": 80, "sold": True, "article": "QX 4711"}


@pytest.fixture
def catalogue_file(world: World) -> Iterator[Any]:
    """The blob of the definitions."""
    container = world.blobs.get_container_client("photo-settings")
    if not container.exists():
        container.create_container()
    blob = container.get_blob_client("catalogue.json")
    yield blob
    blob.delete_blob()
    eventually(lambda: assert_defined(world, 0), timeout=60)


def assert_defined(world: World, count: int) -> None:
    """So many fields are in force; a status has the file read again, once it is older than a few seconds."""
    world.get("/api/status")
    assert len(world.get("/api/catalogue")["fields"]) == count


@pytest.fixture
def _shop(world: World, seeder: PhotoSeeder, catalogue_file: Any) -> Iterator[None]:
    """The catalogue in force in the app and here, and two photos of products."""
    catalogue_file.upload_blob(content(), overwrite=True)
    eventually(lambda: assert_defined(world, len(shop().fields)), timeout=60)
    put_in_force(shop())
    photos = [photo(f"shop/{number}.jpg", title="A product", custom=custom) for number, custom in enumerate((HAT, BAG))]
    with seeder.extra_photos(*photos):
        yield


def names(response: dict[str, Any]) -> list[str]:
    return sorted(each["fields"].get("product_type", "") for each in response["photos"])


@pytest.mark.usefixtures("_shop")
def test_fields_are_filtered_by_counted_searched_and_shown(world: World) -> None:
    for parameters, found in (
        ({"field.product_type": "hat"}, ["hat"]),
        ({"field.product_type": ["hat", "bag"]}, ["bag", "hat"]),
        ({"field.materials": ["wool", "leather"]}, ["hat"]),
        ({"field.price": "13..100"}, ["bag"]),
        ({"field.price": "12.5"}, ["hat"]),
        ({"field.listed": "2024-05"}, ["hat"]),
        ({"field.listed": "2024-06.."}, []),
        ({"field.listed": "none", "folder": "shop"}, ["bag"]),
        ({"field.materials": "none", "folder": "shop"}, []),
        ({"field.sold": "no"}, ["hat"]),
        ({"field.article": "qx 4711"}, ["bag"]),
        ({"q": '"qx 4711"'}, ["bag"]),
        ({"q": "4711", "mode": "keyword"}, ["bag"]),
    ):
        assert names(world.get("/api/search", **parameters)) == found, parameters

    response = world.get("/api/search", folder="shop")
    assert {each["fields"]["price"] for each in response["photos"]} == {12.5, 80}
    assert response["facets"]["field.sold"] == [{"value": "no", "count": 1}, {"value": "yes", "count": 1}]
    assert {each["value"] for each in response["facets"]["field.price"]} == {"12.5", "80"}
    assert response["facets"]["field.materials"][0] == {"value": "leather", "count": 2}
    assert "field.listed" not in response["facets"]

    defined = world.get("/api/catalogue")["fields"]
    assert [each["name"] for each in defined] == [each.name for each in shop().fields]
    assert defined[0]["labels"]["de"] == "Produktart"
    parameters = world.get("/api/openapi.json")["paths"]["/api/search"]["get"]["parameters"]
    assert {"field.product_type", "field.price"} <= {each["name"] for each in parameters}


@pytest.mark.usefixtures("_shop")
def test_what_cannot_be_asked_is_refused_by_its_name(world: World) -> None:
    for name, value, words in (
        ("field.colour", "red", "there is no field 'colour'; the fields are product_type"),
        ("field.product_type", "boot", "one of shoe, bag, hat"),
        ("field.price", "dear", "a number or a range"),
    ):
        answer = world.http.get("/api/search", params={name: value})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, name)
        assert words in answer.json()["error"]["message"]


@pytest.mark.usefixtures("_shop")
def test_a_wrong_file_or_another_type_changes_nothing_and_status_says_why(world: World, catalogue_file: Any) -> None:
    for file, words in (
        (b'{"fields": [{"name": "x"}]}', "fields[0].type: Field required"),
        (content(type="multi-choice"), "the field product_type is Edm.String in the index 'photos'"),
    ):
        catalogue_file.upload_blob(file, overwrite=True)

        eventually(partial(assert_warned, world, words), timeout=60)
        assert names(world.get("/api/search", **{"field.product_type": "hat"})) == ["hat"]


def assert_warned(world: World, words: str) -> None:
    status = world.get("/api/status")
    assert status["health"] == "degraded"
    assert [each for each in status["warnings"] if words in each]


def test_without_a_file_there_are_no_fields(world: World) -> None:
    assert world.get("/api/catalogue") == {"fields": []}
    answer = world.http.get("/api/search", params={"field.x": "1"})
    assert answer.status_code == 400
    assert "this library defines no fields" in answer.json()["error"]["message"]
