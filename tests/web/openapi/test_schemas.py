"""The schemas: requests as they are validated, records as they are sent."""

from typing import Any, get_args

from shared.photo import Photo
from shared.search.results import Source
from tests.query.fakes import hit
from tests.query.photos import photo
from web.hits import hit_records
from web.openapi.schemas import PHOTO_ID, schemas

SCHEMAS = schemas(("photos", "chat"))


def test_the_record_of_a_photo_is_described_field_by_field() -> None:
    schema = SCHEMAS["Photo"]

    assert schema["properties"].keys() == Photo(id="a", path="a.jpg").record().keys()
    assert schema["required"] == sorted(schema["properties"])
    assert "vector" not in schema["properties"]
    assert schema["properties"]["title"] == {"type": "string"}
    assert schema["properties"]["thumbnail"] == {"type": "string"}


def test_a_location_is_an_object_of_degrees() -> None:
    [degrees, null] = SCHEMAS["Photo"]["properties"]["location"]["anyOf"]

    assert null == {"type": "null"}
    assert degrees["type"] == "object"
    assert degrees["properties"] == {"longitude": {"type": "number"}, "latitude": {"type": "number"}}
    assert degrees["required"] == sorted(photo("a.jpg", location=[1.0, 2.0]).record()["location"])


def test_a_hit_is_described_field_by_field() -> None:
    [record] = hit_records([hit(1)])

    properties = SCHEMAS["Hit"]["properties"]
    assert properties.keys() == record.keys()
    assert SCHEMAS["Hit"]["required"] == sorted(record)
    assert properties["score"] == {"type": "number"}
    assert properties["ranked_by"] == {"enum": list(get_args(Source))}
    assert properties["passage"] == {"type": "string"}
    assert properties["highlights"] == {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    }
    assert properties["alike"] == {"type": "array", "items": {"$ref": "#/components/schemas/DuplicateRef"}}


def test_pages_of_photos_and_of_failures_have_totals() -> None:
    def required(name: str) -> list[str]:
        return list(SCHEMAS[name]["required"])

    numbers = ["less_likely", "photos", "stacked", "total", "total_is_exact", "unmet"]
    assert required("SearchPage") == ["facets", "interpreted", *numbers]
    assert SCHEMAS["SearchPage"]["properties"].items() > SCHEMAS["PictureLinks"]["properties"].items()
    assert required("SimilarPhotos") == ["photos", "total"]
    assert required("Failures") == ["failures", "total"]
    assert SCHEMAS["SearchPage"]["properties"]["total"]["type"] == "integer"
    assert SCHEMAS["Failures"]["properties"]["failures"]["items"] == {"$ref": "#/components/schemas/Failure"}
    assert SCHEMAS["SearchPage"]["properties"]["photos"] == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Hit"},
    }


def test_a_facet_is_a_list_of_values_with_counts() -> None:
    facet = SCHEMAS["SearchPage"]["properties"]["facets"]["additionalProperties"]

    assert facet == {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"value": {"type": "string"}, "count": {"type": "integer"}},
            "required": ["count", "value"],
        },
    }


def test_the_rules_in_code_are_in_the_schemas_too() -> None:
    chat: dict[str, Any] = SCHEMAS["ChatRequest"]["properties"]

    assert chat["model"] == {"anyOf": [{"enum": ["photos", "chat"]}, {"type": "null"}]}
    assert chat["messages"]["contains"] == {
        "type": "object",
        "properties": {"role": {"const": "user"}},
        "required": ["role"],
    }
    assert SCHEMAS["PictureLinksRequest"]["properties"]["ids"]["items"] == PHOTO_ID


def test_records_have_no_defaults() -> None:
    for name in ("Photo", "Failure"):
        assert not any("default" in each or "title" in each for each in SCHEMAS[name]["properties"].values())
        assert SCHEMAS[name]["required"] == sorted(SCHEMAS[name]["properties"])
