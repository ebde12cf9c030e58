"""The tools as the model is told about them, and the arguments it sends."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from query.chat.tool_schemas import TOOLS, CountPhotos, LookAtPhotos, SearchPhotos, tool_definitions
from query.search.facets import DATE_FACETS, FACET_REQUESTS, PATH_FACETS
from shared.search.filters import Filters, Near


def parameters(name: str) -> dict[str, Any]:
    [function] = [each["function"] for each in tool_definitions() if each["function"]["name"] == name]
    return dict(function["parameters"])


def test_every_tool_is_defined_under_its_public_name() -> None:
    assert [each["function"]["name"] for each in tool_definitions()] == list(TOOLS)
    assert list(TOOLS) == ["search_photos", "count_photos", "look_at_photos"]
    assert {each["type"] for each in tool_definitions()} == {"function"}
    proposing = tool_definitions(proposing=True)
    assert [each["function"]["name"] for each in proposing] == [*TOOLS, "propose_edit", "propose_collection"]
    for each in proposing:
        assert each["function"]["description"]
        assert "\n" not in each["function"]["description"]
        assert "  " not in each["function"]["description"]


def test_schemas_have_nothing_that_confuses_small_models() -> None:
    text = json.dumps(tool_definitions(proposing=True)).replace('["title", "alt_text"', "")

    for word in ('"title"', '"default"', '"anyOf"', '"null"', '"$ref"'):
        assert word not in text


def test_optional_arguments_keep_their_type_and_description() -> None:
    properties = parameters("search_photos")["properties"]

    assert properties["taken_in"]["type"] == "string"
    assert properties["taken_in"]["pattern"]
    assert "2024-05-31" in properties["taken_in"]["description"]
    assert properties["tags"] == {
        "items": {"type": "string"},
        "type": "array",
        "description": "Tags a photo must all have, exactly as they appear on photos.",
    }
    assert properties["near"]["required"] == ["latitude", "longitude", "km"]
    assert properties["people"]["type"] == properties["rating"]["type"] == "integer"
    assert properties["sort"]["enum"] == ["relevance", "newest", "oldest"]
    assert (properties["top"]["minimum"], properties["top"]["maximum"]) == (1, 30)


def test_a_count_may_be_by_every_facet_that_tells_photos_apart() -> None:
    names = parameters("count_photos")["properties"]["by"]["enum"]

    assert names == [
        *("tags", "folder", "month", "year", "camera", "colors", "people", "city", "country"),
        *("creators", "rating", "keywords", "keyword_paths"),
    ]
    assert set(names) <= {request.partition(",")[0] for request in FACET_REQUESTS} | set(DATE_FACETS) | set(PATH_FACETS)


def test_only_looking_has_required_arguments() -> None:
    assert parameters("search_photos")["required"] == parameters("count_photos")["required"] == []
    assert parameters("look_at_photos")["required"] == ["ids", "question"]
    assert parameters("look_at_photos")["properties"]["ids"]["maxItems"] == 4


@pytest.mark.parametrize("empty", ["", [], {}, None])
def test_empty_arguments_count_as_missing(empty: Any) -> None:
    names = (
        *("taken_in", "taken_after", "taken_before", "folder", "tags", "place", "near", "people", "colors", "camera"),
        *("made_by", "rating", "filed_under"),
    )
    arguments = SearchPhotos.model_validate({**dict.fromkeys(names, empty), "has_text": empty, "top": 0, "sort": ""})

    assert arguments == SearchPhotos()
    assert arguments.top == 10
    assert arguments.filters() == Filters()
    assert CountPhotos.model_validate({"by": empty}).by is None


def test_arguments_become_filters_and_what_is_false_or_zero_counts() -> None:
    arguments = SearchPhotos.model_validate(
        {
            "query": "dog", "taken_in": "2024", "folder": "a", "tags": ["x"], "place": "Bern", "people": 0,
            "near": {"latitude": 1, "longitude": 2, "km": 3}, "colors": ["red"], "camera": "Canon", "has_text": False,
            "made_by": "Ann", "rating": 0, "filed_under": "moon", "unknown": 1,
        }
    )  # fmt: skip

    assert arguments.filters() == Filters(
        taken_in="2024", folder="a", tags=["x"], place="Bern", people=0, near=Near(latitude=1, longitude=2, km=3),
        colors=["red"], camera="Canon", has_text=False, made_by="Ann", rating=0, filed_under="moon",
    )  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [{"top": 31}, {"top": -1}, {"query": "x" * 2001}, {"sort": "best"}, {"tags": "x"}]
)
def test_invalid_arguments_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SearchPhotos.model_validate(arguments)


@pytest.mark.parametrize("arguments", [{"ids": [], "question": "x"}, {"ids": ["1"], "question": ""}, {"question": "x"}])
def test_looking_needs_photos_and_a_question(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LookAtPhotos.model_validate(arguments)


def test_photos_to_look_at_are_named_by_number_or_id() -> None:
    assert LookAtPhotos.model_validate({"ids": [1, "2"], "question": "x"}).ids == [1, "2"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-31T00:00:00Z", "2024-05-31T00:00:00"),
        ("2024-05-31T00:00:00.000Z", "2024-05-31T00:00:00"),
        ("2024-05-31T10:30+02:00", "2024-05-31T10:30"),
        ("2024-05-31T10:30:00 -0500", "2024-05-31T10:30:00"),
        ("2024-05-31T10:30", "2024-05-31T10:30"),
        ("2024-05-31", "2024-05-31"),
        ("2024-05", "2024-05"),
    ],
)
def test_a_model_means_the_clock_on_the_wall_whatever_zone_it_writes(text: str, moment: str) -> None:
    arguments = SearchPhotos.model_validate({"taken_after": text, "taken_before": text, "taken_in": text})

    assert (arguments.taken_after, arguments.taken_before, arguments.taken_in) == (moment, moment, text[:10])
