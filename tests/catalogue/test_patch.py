"""What a patch may say, and what is wrong with one that it may not."""

from typing import Any

import pytest

from catalogue.patch import parse_patch
from shared.errors import BadRequest


def test_a_patch_writes_what_it_names_and_takes_back_what_is_null() -> None:
    assert parse_patch({"title": " My \n lake ", "rating": 5, "city": None, "favorite": False}) == {
        "title": "My lake",
        "rating": 5,
        "city": None,
        "favorite": False,
    }


def test_lists_are_tidied_and_tags_are_in_lower_case_as_the_filter_is() -> None:
    values = parse_patch({"tags": ["Lake", " lake", "", "Blue\tsky"], "persons": ["Ann  Example", "Ann Example"]})

    assert values == {"tags": ["lake", "blue sky"], "persons": ["Ann Example"]}


def test_longer_texts_keep_their_lines_and_nothing_unseen() -> None:
    assert parse_patch({"caption": "One\r\ntwo\x00\u200b "}) == {"caption": "One\ntwo"}


def test_empty_says_that_people_know_there_is_nothing() -> None:
    empty = {"alt_text": "", "taken_local": "", "location": "", "keywords": [], "city": ""}

    assert parse_patch(empty) == empty


def test_a_location_is_a_position() -> None:
    assert parse_patch({"location": {"latitude": 1, "longitude": 2.5}}) == {
        "location": {"latitude": 1.0, "longitude": 2.5}
    }


@pytest.mark.parametrize(
    ("patch", "param"),
    [
        ([], None),
        ("title", None),
        ({"titel": "x"}, "titel"),
        ({"path": "b.jpg"}, "path"),
        ({"sources": {}}, "sources"),
        ({"title": ""}, "title"),
        ({"title": " \u200b"}, "title"),
        ({"title": 5}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"caption": "x" * 10_001}, "caption"),
        ({"tags": "lake"}, "tags"),
        ({"tags": ["lake", 5]}, "tags.1"),
        ({"tags": ["x"] * 201}, "tags"),
        ({"keywords": ["x" * 201]}, "keywords.0"),
        ({"rating": 6}, "rating"),
        ({"taken_local": "9999-12-31T23:59:59-05:00"}, "taken_local"),
        ({"taken_local": "٢٠٢٤"}, "taken_local"),
        ({"location": {"latitude": 10**400, "longitude": 1}}, "location"),
        ({"rating": "5"}, "rating"),
        ({"rating": True}, "rating"),
        ({"rating": 4.5}, "rating"),
        ({"favorite": "yes"}, "favorite"),
        ({"favorite": 1}, "favorite"),
        ({"taken_local": "yesterday"}, "taken_local"),
        ({"taken_local": "2024-02-30"}, "taken_local"),
        ({"taken_local": "0999"}, "taken_local"),
        ({"taken_local": 2024}, "taken_local"),
        ({"location": {"latitude": 91, "longitude": 0}}, "location"),
        ({"location": {"latitude": 1}}, "location"),
        ({"location": "Rome"}, "location"),
        ({"location": [1, 2]}, "location"),
        ({"location": {"latitude": True, "longitude": 0}}, "location"),
        ({"location": {"latitude": 1, "longitude": 2, "altitude": 3}}, "location"),
        ({"fields": {"colour": "red"}}, "fields.colour"),
        ({"fields": []}, "fields"),
    ],
)
def test_what_is_wrong_is_named(patch: Any, param: str | None) -> None:
    with pytest.raises(BadRequest) as refusal:
        parse_patch(patch)

    assert refusal.value.param == param
