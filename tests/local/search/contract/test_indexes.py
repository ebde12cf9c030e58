"""Index administration: definitions in and out, etags, updates, and what is refused."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError

from tests.local.search.contract.conftest import HOTEL_FIELDS, KEY_FIELD, ContractIndex, SearchEndpoint


def definition(index: ContractIndex) -> dict[str, Any]:
    return dict(index.send("GET", "").json())


def test_a_definition_comes_back_complete(hotels: ContractIndex) -> None:
    body = definition(hotels)

    name = next(field for field in body["fields"] if field["name"] == "name")
    flags = {flag: name[flag] for flag in ("searchable", "filterable", "sortable", "facetable", "retrievable")}
    assert set(flags.values()) == {True}
    assert (name["analyzer"], name["synonymMaps"], name["key"]) == (None, [], False)
    for part in ("suggesters", "scoringProfiles", "analyzers", "tokenizers", "tokenFilters", "charFilters"):
        assert body[part] == []
    assert body["similarity"]["@odata.type"] == "#Microsoft.Azure.Search.BM25Similarity"
    assert body["@odata.etag"].startswith('"0x')


def test_attribute_defaults_depend_on_the_type(hotels: ContractIndex) -> None:
    fields = {field["name"]: field for field in definition(hotels)["fields"]}

    assert fields["tags"]["sortable"] is False
    assert fields["location"]["facetable"] is False
    assert fields["rating"]["searchable"] is False
    assert fields["address"].get("searchable") is None


def test_creating_answers_201_with_etag_and_location(
    service: SearchEndpoint, make_index: Callable[..., ContractIndex]
) -> None:
    name = f"contract-{uuid.uuid4().hex[:12]}"
    response = service.send("POST", "/indexes", {"name": name, "fields": [KEY_FIELD]})
    service.send("DELETE", f"/indexes('{name}')")

    assert response.status_code == 201
    assert response.headers["etag"].startswith('W/"0x')
    assert name in response.headers["location"]
    assert response.headers["odata-version"] == "4.0"


def test_creating_an_existing_index_is_a_400_that_says_so(hotels: ContractIndex) -> None:
    response = hotels.service.send("POST", "/indexes", {"name": hotels.name, "fields": [KEY_FIELD]})

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "ResourceNameAlreadyInUse"


def test_put_creates_with_201_and_updates_with_200(service: SearchEndpoint) -> None:
    name = f"contract-{uuid.uuid4().hex[:12]}"
    body = {"name": name, "fields": [KEY_FIELD]}
    try:
        created = service.send("PUT", f"/indexes('{name}')", body, Prefer="return=representation")
        updated = service.send("PUT", f"/indexes('{name}')", body, Prefer="return=representation")
    finally:
        deleted = service.send("DELETE", f"/indexes('{name}')")

    assert (created.status_code, updated.status_code, deleted.status_code) == (201, 200, 204)
    assert updated.json()["@odata.etag"] != created.json()["@odata.etag"]


def test_a_stale_etag_is_a_failed_precondition(own_hotels: ContractIndex) -> None:
    admin = own_hotels.service.admin()
    index = admin.get_index(own_hotels.name)
    admin.create_or_update_index(index)

    with pytest.raises((ResourceModifiedError, HttpResponseError)) as error:
        admin.create_or_update_index(index, match_condition=MatchConditions.IfNotModified)

    assert error.value.status_code == 412
    assert own_hotels.send("GET", "").status_code == 200


def test_an_absent_index_is_404_in_both_wordings(service: SearchEndpoint) -> None:
    administration = service.send("GET", "/indexes('not-there')")
    documents = service.send("POST", "/indexes('not-there')/docs/search.post.search", {"search": "*"})

    assert (administration.status_code, documents.status_code) == (404, 404)
    assert "No index with the name 'not-there' was found" in administration.json()["error"]["message"]
    assert "The index 'not-there' for service" in documents.json()["error"]["message"]
    with pytest.raises(ResourceNotFoundError):
        service.admin().get_index("not-there")


def test_indexes_are_listed_by_name(hotels: ContractIndex) -> None:
    assert hotels.name in list(hotels.service.admin().list_index_names())


def test_new_fields_are_empty_in_old_documents_and_usable_at_once(own_hotels: ContractIndex) -> None:
    body = definition(own_hotels)
    body["fields"].append({"name": "stars", "type": "Edm.Int32"})
    body["fields"].append({"name": "motto", "type": "Edm.String"})

    assert own_hotels.send("PUT", "", body).status_code == 200

    assert own_hotels.client.get_document("1")["stars"] is None
    assert len(own_hotels.keys(search="*", filter="stars eq null")) == 4
    assert own_hotels.keys(search="quiet") == ["1"]


@pytest.mark.parametrize(
    "change",
    [{"filterable": False}, {"type": "Edm.String"}, {"facetable": False}],
    ids=lambda change: next(iter(change)),
)
def test_existing_fields_cannot_be_changed(hotels: ContractIndex, change: dict[str, Any]) -> None:
    body = definition(hotels)
    next(field for field in body["fields"] if field["name"] == "rating").update(change)

    response = hotels.send("PUT", "", body)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "OperationNotAllowed"
    assert response.json()["error"]["message"] == "Existing field 'rating' cannot be changed."


def test_existing_fields_cannot_be_removed(hotels: ContractIndex) -> None:
    body = definition(hotels)
    body["fields"] = [field for field in body["fields"] if field["name"] != "rating"]

    assert hotels.send("PUT", "", body).status_code == 400


def test_a_field_can_be_hidden_later(own_hotels: ContractIndex) -> None:
    body = definition(own_hotels)
    next(field for field in body["fields"] if field["name"] == "rating")["retrievable"] = False

    assert own_hotels.send("PUT", "", body).status_code == 200
    assert "rating" not in own_hotels.client.get_document("1")


def field(**parts: Any) -> list[dict[str, Any]]:
    return [KEY_FIELD, {"name": "x", "type": "Edm.String", **parts}]


VECTOR = {"type": "Collection(Edm.Single)", "searchable": True}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no key": ({"fields": [{"name": "x", "type": "Edm.String"}]}, "key"),
    "two keys": ({"fields": [KEY_FIELD, {**KEY_FIELD, "name": "b"}]}, "key"),
    "key of a wrong type": ({"fields": [{"name": "id", "type": "Edm.Int32", "key": True}]}, "id"),
    "unknown type": ({"fields": field(type="Edm.Date")}, "Edm.Date"),
    "unknown analyzer": ({"fields": field(analyzer="klingon.lucene")}, "klingon.lucene"),
    "searchable number": ({"fields": field(type="Edm.Int32", searchable=True)}, "searchable"),
    "sortable collection": ({"fields": field(type="Collection(Edm.String)", sortable=True)}, "sortable"),
    "facetable point": ({"fields": field(type="Edm.GeographyPoint", facetable=True)}, "facetable"),
    "bad name": ({"fields": field(name="1x")}, "1x"),
    "reserved name": ({"fields": field(name="azureSearchX")}, "azureSearchX"),
    "name used twice": ({"fields": [*field(), {"name": "X", "type": "Edm.String"}]}, "more than once"),
    "vector without dimensions": (
        {"fields": field(**VECTOR, vectorSearchProfile="p")},
        "The vector field 'x' must have the property 'dimensions' set.",
    ),
    "vector without profile": ({"fields": field(**VECTOR, dimensions=3)}, "vectorSearchProfile"),
    "vector with unknown profile": (
        {"fields": field(**VECTOR, dimensions=3, vectorSearchProfile="p")},
        "'p'",
    ),
    "suggester on an unknown field": (
        {
            "fields": field(),
            "suggesters": [{"name": "s", "searchMode": "analyzingInfixMatching", "sourceFields": ["y"]}],
        },
        "'y'",
    ),
    "semantic configuration on an unknown field": (
        {
            "fields": field(),
            "semantic": {"configurations": [{"name": "c", "prioritizedFields": {"titleField": {"fieldName": "y"}}}]},
        },
        "'y'",
    ),
    "unknown default scoring profile": ({"fields": field(), "defaultScoringProfile": "p"}, "'p'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_definition_is_refused_with_the_reason(service: SearchEndpoint, case: str) -> None:
    body, reason = REFUSED[case]

    response = service.send("POST", "/indexes", {"name": "contract-refused", **body})

    assert response.status_code == 400
    assert reason in response.json()["error"]["message"]


@pytest.mark.parametrize("name", ["A", "x", "UPPER", "-dash", "a b", "a--b", "x" * 129])
def test_index_names_follow_the_rules(service: SearchEndpoint, name: str) -> None:
    assert service.send("POST", "/indexes", {"name": name, "fields": [KEY_FIELD]}).status_code == 400


def test_statistics_count_documents_and_bytes(hotels: ContractIndex) -> None:
    body = hotels.send("GET", "/search.stats").json()

    assert body["documentCount"] == 4
    assert body["storageSize"] > 0
    assert body["vectorIndexSize"] == 0


def test_service_statistics_have_counters_and_limits(hotels: ContractIndex) -> None:
    body = hotels.service.send("GET", "/servicestats").json()

    assert body["counters"]["indexesCount"]["usage"] >= 1
    assert body["counters"]["documentCount"]["usage"] >= 4
    assert "maxFieldsPerIndex" in body["limits"]


def test_the_analyzer_shows_its_tokens(hotels: ContractIndex) -> None:
    tokens = hotels.send("POST", "/search.analyze", {"text": "The Dogs", "analyzer": "standard.lucene"}).json()

    assert tokens["tokens"] == [
        {"token": "the", "startOffset": 0, "endOffset": 3, "position": 0},
        {"token": "dogs", "startOffset": 4, "endOffset": 8, "position": 1},
    ]


def test_plain_rest_addresses_mean_the_same(own_hotels: ContractIndex) -> None:
    path = f"/indexes/{own_hotels.name}"

    assert own_hotels.service.send("GET", path).json()["name"] == own_hotels.name
    assert own_hotels.service.send("GET", f"{path}/docs/1").json()["id"] == "1"
    assert own_hotels.service.send("POST", f"{path}/docs/search", {"search": "quiet"}).json()["value"][0]["id"] == "1"
    response = own_hotels.service.send("POST", f"{path}/docs/index", {"value": [{"id": "9"}]})
    assert response.json()["value"][0]["statusCode"] == 201


def test_all_hotel_fields_survive_a_round_trip(own_hotels: ContractIndex) -> None:
    body = definition(own_hotels)

    assert {one["name"] for one in body["fields"]} == {"id", *(one["name"] for one in HOTEL_FIELDS)}
    assert own_hotels.send("PUT", "", body).status_code == 200
