"""Documents: what goes in, the result of each in the response, and what comes back."""

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError

from tests.local.search.contract.conftest import ContractIndex, point
from tests.machine import eventually


def write(index: ContractIndex, *documents: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    response = index.send("POST", "/docs/search.index", {"value": list(documents)})
    assert response.status_code in (200, 207), response.text
    return response.status_code, response.json()["value"]


def test_every_document_of_a_batch_has_its_own_result_in_order(own_hotels: ContractIndex) -> None:
    status, results = write(
        own_hotels,
        {"@search.action": "upload", "id": "new"},
        {"@search.action": "upload", "id": "1", "name": "Other"},
        {"@search.action": "merge", "id": "2", "rating": 1},
        {"@search.action": "merge", "id": "missing", "rating": 1},
        {"@search.action": "mergeOrUpload", "id": "other", "rating": 1},
        {"@search.action": "delete", "id": "never-there"},
    )

    assert status == 207
    assert [(result["key"], result["status"], result["statusCode"]) for result in results] == [
        ("new", True, 201),
        ("1", True, 200),
        ("2", True, 200),
        ("missing", False, 404),
        ("other", True, 201),
        ("never-there", True, 200),
    ]
    assert results[0]["errorMessage"] is None
    assert results[3]["errorMessage"] == "Document not found."


def test_a_lookup_shows_every_field_and_normal_forms(hotels: ContractIndex) -> None:
    document = hotels.send("GET", "/docs('1')").json()

    assert document["renovated"] == "2019-03-01T05:00:00Z"
    assert document["location"]["crs"] == {"type": "name", "properties": {"name": "EPSG:4326"}}
    assert "secret" not in document
    assert document["rooms"][1] == {"kind": "single", "rate": 80.0, "extras": []}


def test_missing_values_are_null_and_missing_collections_empty(hotels: ContractIndex) -> None:
    document = hotels.send("GET", "/docs('4')").json()

    assert document["rating"] is None
    assert document["address"] is None
    assert document["tags"] == []
    assert document["rooms"] == []


def test_a_lookup_of_an_unknown_key_is_404_without_a_body(hotels: ContractIndex) -> None:
    response = hotels.send("GET", "/docs('nope')")

    assert (response.status_code, response.content) == (404, b"")
    with pytest.raises(ResourceNotFoundError):
        hotels.client.get_document("nope")


def test_a_lookup_can_be_limited_to_some_fields(hotels: ContractIndex) -> None:
    document = hotels.client.get_document("1", selected_fields=["name", "address/city"])

    assert document == {"name": "Harbour House", "address": {"city": "Seattle"}}


def test_merge_changes_only_what_it_names(own_hotels: ContractIndex) -> None:
    write(own_hotels, {"@search.action": "merge", "id": "1", "rating": None, "tags": ["x"], "address": {"zip": "0"}})

    document = own_hotels.client.get_document("1")
    assert (document["rating"], document["tags"], document["name"]) == (None, ["x"], "Harbour House")
    assert document["address"] == {"city": "Seattle", "zip": "0"}


def test_upload_replaces_the_whole_document(own_hotels: ContractIndex) -> None:
    write(own_hotels, {"@search.action": "upload", "id": "1", "name": "Other"})

    document = own_hotels.client.get_document("1")
    assert (document["name"], document["rating"], document["tags"]) == ("Other", None, [])


def test_a_change_is_found_and_what_it_replaced_is_not(own_hotels: ContractIndex) -> None:
    write(own_hotels, {"@search.action": "merge", "id": "1", "description": "Now a castle", "tags": ["old"]})

    def changed() -> None:
        assert own_hotels.keys(search="castle") == ["1"]
        assert own_hotels.keys(search="harbour", searchFields="description,tags") == []
        assert own_hotels.keys(search="*", filter="tags/any(t: t eq 'old')") == ["1"]

    eventually(changed, timeout=own_hotels.service.patience)


def test_a_deleted_document_is_gone_from_every_view(own_hotels: ContractIndex) -> None:
    write(own_hotels, {"@search.action": "delete", "id": "1"})

    def gone() -> None:
        assert own_hotels.client.get_document_count() == 3
        assert "1" not in own_hotels.keys(search="*")
        assert own_hotels.keys(search="quiet") == []

    eventually(gone, timeout=own_hotels.service.patience)
    assert own_hotels.send("GET", "/docs('1')").status_code == 404


def test_the_last_of_several_actions_on_a_key_wins(own_hotels: ContractIndex) -> None:
    write(
        own_hotels,
        {"@search.action": "upload", "id": "x", "name": "first"},
        {"@search.action": "delete", "id": "x"},
        {"@search.action": "mergeOrUpload", "id": "x", "rating": 2},
        {"@search.action": "merge", "id": "x", "price": 1.5},
    )

    document = own_hotels.client.get_document("x")
    assert (document["name"], document["rating"], document["price"]) == (None, 2, 1.5)


def test_the_count_is_text_with_a_byte_order_mark(hotels: ContractIndex) -> None:
    response = hotels.send("GET", "/docs/$count")

    assert response.headers["content-type"].startswith("text/plain")
    assert response.content == b"\xef\xbb\xbf4"
    assert hotels.client.get_document_count() == 4


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"nope": 1}, "The property 'nope' does not exist on type 'search.documentFields'"),
    ({"address": {"nope": 1}}, "The property 'nope' does not exist"),
    ({"rating": "five"}, "Edm.Int32"),
    ({"rating": 2**31}, "Edm.Int32"),
    ({"rating": True}, "Edm.Int32"),
    ({"rating": 1.5}, "Edm.Int32"),
    ({"price": "1"}, "Edm.Double"),
    ({"name": 5}, "Edm.String"),
    ({"parking": "yes"}, "Edm.Boolean"),
    ({"renovated": "2019-03-01T00:00:00"}, "Edm.DateTimeOffset"),
    ({"renovated": "2019-13-01T00:00:00Z"}, "Edm.DateTimeOffset"),
    ({"renovated": 5}, "Edm.DateTimeOffset"),
    ({"location": {"type": "Point", "coordinates": [181, 0]}}, "Edm.GeographyPoint"),
    ({"location": "0 0"}, "Edm.GeographyPoint"),
    ({"tags": "wifi"}, "Collection(Edm.String)"),
    ({"tags": [None]}, "Edm.String"),
    ({"rooms": [1]}, "Collection(Edm.ComplexType)"),
    ({"id": "_a"}, "Keys cannot start with a leading underscore"),
    ({"id": "a b"}, "Keys can only contain letters, digits, underscore (_), dash (-), or equal sign (=)"),
    ({"id": "x" * 1025}, "Invalid document key"),
    ({"id": ""}, "key"),
    ({"id": None}, "key"),
    ({"@search.action": "explode"}, "explode"),
]


@pytest.mark.parametrize(("change", "reason"), REFUSED, ids=lambda value: str(value)[:40])
def test_one_bad_document_refuses_the_whole_batch(hotels: ContractIndex, change: dict[str, Any], reason: str) -> None:
    documents = [{"@search.action": "upload", "id": "good"}, {"@search.action": "upload", "id": "bad", **change}]

    response = hotels.send("POST", "/docs/search.index", {"value": documents})

    assert response.status_code == 400
    assert reason in response.json()["error"]["message"]
    assert hotels.send("GET", "/docs('good')").status_code == 404


def test_a_batch_holds_between_one_and_a_thousand_actions(hotels: ContractIndex) -> None:
    actions = [{"@search.action": "delete", "id": f"none-{number}"} for number in range(1001)]

    assert hotels.send("POST", "/docs/search.index", {"value": []}).status_code == 400
    assert hotels.send("POST", "/docs/search.index", {"value": actions}).status_code == 400
    assert hotels.send("POST", "/docs/search.index", {"value": actions[:1000]}).status_code == 200


def test_a_request_over_16_megabytes_is_too_large(hotels: ContractIndex) -> None:
    document = {"@search.action": "upload", "id": "big", "description": "x" * (16 * 1024 * 1024)}

    assert hotels.send("POST", "/docs/search.index", {"value": [document]}).status_code == 413


def test_points_and_unusual_texts_come_back_as_they_went_in(make_index: Callable[..., ContractIndex]) -> None:
    index = make_index([{"name": "text", "type": "Edm.String"}, {"name": "place", "type": "Edm.GeographyPoint"}])
    text = "Ünï 東京 \U0001f600 \u0000 \"'\\ \u202e"

    index.put({"id": "a=-_1", "text": text, "place": point(0, -90)})

    document = index.client.get_document("a=-_1")
    assert (document["text"], document["place"]["coordinates"]) == (text, [0, -90])
