"""The document, the schema and the id."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from shared.photo import FIELDS, STORED, Photo, folder_of, is_photo_id, links, path_prefixes, photo_id, utc
from shared.search.schema import index_definition


def test_dataclass_schema_and_vector_length_agree() -> None:
    fields = index_definition("photos", 384, image_dimensions=1024)["fields"]

    assert tuple(each["name"] for each in fields) == (*FIELDS, "folded_words", "folded_texts", "geo_cell")
    assert [each["name"] for each in fields if each["key"]] == ["id"]
    assert [each["dimensions"] for each in fields if "dimensions" in each] == [384, 1024]


def test_semantic_configuration_names_fields_there_are() -> None:
    [configuration] = index_definition("photos", 384)["semantic"]["configurations"]
    prioritized = configuration["prioritizedFields"]
    fields = [
        prioritized["titleField"],
        *prioritized["prioritizedContentFields"],
        *prioritized["prioritizedKeywordsFields"],
    ]

    assert [each["fieldName"] for each in fields] == [
        *("title", "caption", "embedded_title", "embedded_description", "text_in_photo"),
        *("tags", "keywords", "creators", "file_name", "path_words"),
    ]


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


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (photo_id("a.jpg"), True),
        ("a" * 31, False),
        ("a" * 33, False),
        ("g" * 32, False),
        ("A" * 32, False),
        ("", False),
    ],
)
def test_an_id_is_told_by_its_looks(text: str, answer: bool) -> None:
    assert is_photo_id(text) is answer


def test_an_id_never_changes() -> None:
    assert photo_id("a.jpg") == "509b0d4641a7c3ba088ffa28559d1f57"


@pytest.mark.parametrize(("path", "folder"), [("2024/rome/a.jpg", "2024/rome"), ("a.jpg", ""), ("/a.jpg", "")])
def test_the_folder_of_a_path(path: str, folder: str) -> None:
    assert folder_of(path) == folder


def test_absent_and_null_fields_take_their_defaults() -> None:
    photo = Photo.from_document({"id": "a", "path": "a.jpg", "tags": None, "title": None, "other": 1})

    assert photo == Photo(id="a", path="a.jpg")
    assert (photo.tags, photo.title, photo.location, photo.people) == ([], "", None, 0)
    assert photo.to_document()["location"] is None
    assert photo.record()["location"] is None
    assert Photo.from_document({"id": "a"}).id == "a"  # of a query that asks for no more


def test_the_vectors_are_not_fetched_with_the_rest() -> None:
    assert set(FIELDS) - set(STORED) == {"vector", "image_vector"}


def test_a_document_has_a_vector_of_its_picture_only_if_it_has_numbers() -> None:
    photo = Photo(id="a", path="a.jpg", image_vector=[0.5])

    assert photo.to_document()["image_vector"] == [0.5]
    assert "image_vector" not in Photo(id="a", path="a.jpg").to_document()


def test_links_lead_to_the_app() -> None:
    assert links("a") == {
        "thumbnail": "/api/photos/a/thumbnail",
        "preview": "/api/photos/a/preview",
        "original": "/api/photos/a/original",
    }


def test_a_keyword_path_is_found_by_every_path_above_it() -> None:
    assert path_prefixes(["space > moon > landing", "space > sun", "art"]) == [
        *("space", "space > moon", "space > moon > landing", "space > sun", "art")
    ]
    assert path_prefixes([]) == []


def test_fractions_of_a_second_are_left_out() -> None:
    assert utc(datetime(2024, 5, 1, 10, 0, 0, 999, tzinfo=UTC)) == "2024-05-01T10:00:00Z"


INDEX = """\
id Edm.String filterable sortable
path Edm.String filterable searchable sortable
folder Edm.String facetable filterable
file_name Edm.String filterable searchable sortable
title Edm.String searchable en.lucene
caption Edm.String searchable en.lucene
alt_text Edm.String searchable en.lucene
tags Collection(Edm.String) facetable filterable searchable en.lucene
text_in_photo Edm.String searchable
has_text Edm.Boolean facetable filterable
setting Edm.String facetable filterable
colors Collection(Edm.String) facetable filterable searchable
people Edm.Int32 facetable filterable sortable
embedded_title Edm.String searchable
embedded_description Edm.String searchable
keywords Collection(Edm.String) facetable filterable searchable
creator Edm.String facetable filterable searchable
rights Edm.String searchable
taken_at Edm.DateTimeOffset facetable filterable sortable
taken_at_source Edm.String facetable filterable
taken_at_zone Edm.String filterable
location Edm.GeographyPoint filterable sortable
city Edm.String facetable filterable searchable
country Edm.String facetable filterable searchable
camera Edm.String facetable filterable searchable
lens Edm.String facetable filterable searchable
software Edm.String filterable
width Edm.Int32 filterable sortable
height Edm.Int32 filterable sortable
orientation Edm.String facetable filterable
format Edm.String facetable filterable
size_bytes Edm.Int64 filterable sortable
digest Edm.String filterable
perceptual_hash Edm.String filterable
etag Edm.String filterable
recipe Edm.String facetable filterable
embedded_text Edm.String
tokens Edm.Int32 filterable
indexed_at Edm.DateTimeOffset filterable sortable
vector Collection(Edm.Single) searchable
"""


ADDED_SINCE = {
    *("creators", "credit", "keyword_path_prefixes", "keyword_paths", "rating", "state", "usage_terms"),
    *(
        "image_recipe",
        "sidecar_digest",
        "path_words",
        "caption_language",
        "folded_words",
        "folded_texts",
        "geo_cell",
        "suggested_tags",
    ),
    *(
        "persons",
        "favorite",
        "reviewed",
        "sources",
        "for_earlier_file",
        "unedited",
        "edits_state",
        "visible_to",
        "access_version",
    ),
    "collections",
    "alt_text_faults",
    "embedding_recipe",
    *("facts_version", "fields_version", "analyzers_version", "text_version"),
    *("taken_local", "taken_zone", "taken_precision", "taken_until", "taken_month", "arrived_at", "sorted_at"),
}


def test_the_index_of_the_last_release_still_fits() -> None:
    """An existing index cannot change a field: a difference here means that every deployment needs a new index."""
    attributes = ("facetable", "filterable", "searchable", "sortable")
    lines = [
        " ".join(
            [
                each["name"],
                each["type"],
                *(name for name in attributes if each[name]),
                *([each["analyzer"]] if "analyzer" in each else []),
            ]
        )
        for each in index_definition("photos", 384)["fields"]
    ]

    assert [line for line in lines if line.partition(" ")[0] not in ADDED_SINCE] == INDEX.splitlines()


def test_fields_that_were_added_since_can_be_searched_or_filtered() -> None:
    by_name = {each["name"]: each for each in index_definition("photos", 384)["fields"]}

    assert by_name.keys() - {line.partition(" ")[0] for line in INDEX.splitlines()} == ADDED_SINCE
    assert all(by_name[name]["searchable"] or by_name[name]["filterable"] for name in ADDED_SINCE - {"unedited"})


def test_a_photo_of_which_nothing_else_is_known() -> None:
    document = Photo(id="a", path="a.jpg").to_document()

    assert {name: value for name, value in document.items() if value not in ("", None)} == {
        "id": "a",
        "path": "a.jpg",
        "tags": [],
        "suggested_tags": [],
        "alt_text_faults": [],
        "colors": [],
        "keywords": [],
        "keyword_paths": [],
        "keyword_path_prefixes": [],
        "creators": [],
        "persons": [],
        "sources": [],
        "for_earlier_file": [],
        "collections": [],
        "visible_to": [],
        "favorite": False,
        "reviewed": False,
        "has_text": False,
        "people": 0,
        "width": 0,
        "height": 0,
        "size_bytes": 0,
        "tokens": 0,
        "facts_version": 0,
        "fields_version": 0,
        "analyzers_version": 0,
        "text_version": 0,
    }
    assert {name for name, value in document.items() if value is None} == {
        "rating",
        "taken_at",
        "taken_at_source",
        "taken_at_zone",
        "taken_local",
        "taken_zone",
        "taken_precision",
        "taken_until",
        "taken_month",
        "arrived_at",
        "sorted_at",
        "location",
        "camera",
        "lens",
        "software",
        "indexed_at",
    }
