"""The document, the schema and the id."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from shared.photo import FIELDS, Photo, photo_id, utc
from shared.search.schema import index_definition


def test_dataclass_schema_and_vector_length_agree() -> None:
    made = index_definition("photos", 384)

    assert tuple(each["name"] for each in made["fields"]) == FIELDS
    assert [each["name"] for each in made["fields"] if each["key"]] == ["id"]
    assert [each["dimensions"] for each in made["fields"] if "dimensions" in each] == [384]


def test_semantic_configuration_names_fields_there_are() -> None:
    [configuration] = index_definition("photos", 384)["semantic"]["configurations"]
    prioritized = configuration["prioritizedFields"]
    named = [
        prioritized["titleField"],
        *prioritized["prioritizedContentFields"],
        *prioritized["prioritizedKeywordsFields"],
    ]

    assert [each["fieldName"] for each in named] == ["title", "caption", "text_in_photo", "tags"]


def test_a_photo_survives_its_way_through_a_document() -> None:
    photo = Photo(id="a", path="x/y.jpg", tags=["dog"], location=(8.54, 47.37), people=2, vector=[0.5, 0.25])

    assert Photo.from_document(photo.to_document()) == photo


def test_the_record_has_links_and_no_vector() -> None:
    record = Photo(id="a", path="x.jpg", vector=[1.0], location=(8.5, 47.25)).record()

    assert "vector" not in record
    assert record["thumbnail"] == "/api/photos/a/thumbnail"
    assert record["location"] == {"longitude": 8.5, "latitude": 47.25}


@given(st.text(min_size=1), st.text(min_size=1))
def test_an_id_belongs_to_one_name_and_fits_the_service(first: str, second: str) -> None:
    assert (photo_id(first) == photo_id(second)) == (first == second)
    assert photo_id(first).isalnum()


def test_times_are_written_in_utc() -> None:
    assert utc(datetime(2024, 5, 1, 10, tzinfo=timezone(timedelta(hours=2)))) == "2024-05-01T08:00:00Z"
