"""A photo is in a year, a month or on a day only if that much of its date is known."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.photo import photo_id
from tests.machine import eventually
from tests.partial_dates import FIRST_OF_JULY, JANUARY, MONTH, YEAR, YEAR_BY_EXIF, files
from tests.world import World

ALL = {YEAR, YEAR_BY_EXIF, MONTH, FIRST_OF_JULY, JANUARY}


@pytest.fixture(scope="module")
def library(world: World) -> Iterator[World]:
    for path, data in files().items():
        world.put(path, data).raise_for_status()
    eventually(lambda: contains_all(world), timeout=120)
    yield world
    for path in files():
        world.http.delete(f"/api/photos/{photo_id(path)}").raise_for_status()


def contains_all(world: World) -> None:
    assert world.paths() >= ALL


def search(world: World, **parameters: str) -> dict[str, Any]:
    answer = world.http.get("/api/search", params={"folder": "partial", **parameters})
    answer.raise_for_status()
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(
    ("parameters", "paths"),
    [
        ({"taken_in": "1969"}, ALL),
        ({"taken_in": "1969-01"}, {JANUARY}),
        ({"taken_in": "1969-01-01"}, set()),
        ({"taken_in": "1969-07"}, {MONTH, FIRST_OF_JULY}),
        ({"taken_in": "1969-07-01"}, {FIRST_OF_JULY}),
        ({"taken_after": "1969", "taken_before": "1970"}, ALL),
        ({"taken_after": "1969-01-02"}, {JANUARY, MONTH, FIRST_OF_JULY}),
        ({"taken_after": "1969-07-02"}, set()),
        ({"taken_before": "1969-07-15"}, {JANUARY, FIRST_OF_JULY}),
        ({"taken_before": "1969-07-01T12:00"}, {JANUARY}),
        ({"taken_before": "1969-07-15T00:00:00+02:00"}, {JANUARY, FIRST_OF_JULY}),
        ({"taken_before": "1969-01-15T12:00:00"}, set()),
        ({"taken_before": "1969-01-15T12:00:01"}, {JANUARY}),
        ({"known_to": "year"}, {YEAR, YEAR_BY_EXIF}),
        ({"known_to": "month"}, {JANUARY, MONTH, FIRST_OF_JULY}),
        ({"taken_after": "1969-01", "taken_before": "1970-01", "known_to": "month"}, {JANUARY, MONTH, FIRST_OF_JULY}),
        ({"dated": "true"}, ALL),
    ],
)
def test_a_range_holds_photos_whose_whole_period_lies_in_it(
    library: World, parameters: dict[str, str], paths: set[str]
) -> None:
    assert {each["path"] for each in search(library, **parameters)["photos"]} == paths


def test_counts_by_month_and_year_are_what_searches_for_them_return(library: World) -> None:
    facets = search(library)["facets"]

    assert facets["month"] == [{"value": "1969-07", "count": 2}, {"value": "1969-01", "count": 1}]
    assert facets["year"] == [{"value": "1969", "count": 5}]
    for each in facets["month"] + facets["year"]:
        assert search(library, taken_in=each["value"])["total"] == each["count"]


def test_the_records_say_how_far_the_date_is_known(library: World) -> None:
    year, month = (library.get(f"/api/photos/{photo_id(path)}") for path in (YEAR, MONTH))

    assert (year["taken_month"], year["taken_until"]) == ("1969", "1970-01-01T00:00:00")
    assert (month["taken_month"], month["taken_until"]) == ("1969-07", "1969-08-01T00:00:00")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many photos are there per month in the folder partial?", "1969-07 (2) and 1969-01 (1)"),
        ("How many photos are there per year in the folder partial?", "1969 (5)"),
        ("How many photos are there from 1969 in the folder partial?", "5 such photos"),
    ],
)
def test_chat_counts_no_photo_in_a_month_that_nobody_claims(library: World, question: str, words: str) -> None:
    body = {"messages": [{"role": "user", "content": question}]}

    answer = library.http.post("/v1/chat/completions", json=body)

    assert words in answer.json()["choices"][0]["message"]["content"]
