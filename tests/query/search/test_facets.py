"""Facets as callers see them."""

from query.search.facets import DATE_FACETS, FACET_REQUESTS, PATH_FACETS, facet_counts, facet_records
from shared.photo import INDEXED

MONTHS = [("2024-05", 4), ("2023-12", 2), ("2024-01", 1)]
FACETS = {"taken_month": MONTHS, "tags": [("dog", 3), ("", 2)], "city": []}


def test_months_and_years_come_from_dates_the_latest_first() -> None:
    assert facet_counts("month", FACETS) == [("2024-05", 4), ("2024-01", 1), ("2023-12", 2)]
    assert facet_counts("year", FACETS) == [("2024", 5), ("2023", 2)]


def test_a_photo_known_to_the_year_alone_counts_for_the_year_and_for_no_month() -> None:
    counts = {"taken_month": [("1969", 3), ("1969-01", 1), ("1970", 2)]}

    assert facet_counts("month", counts) == [("1969-01", 1)]
    assert facet_counts("year", counts) == [("1970", 2), ("1969", 4)]


def test_every_month_is_counted_however_many_there_are() -> None:
    assert "taken_month,count:0" in FACET_REQUESTS


def test_empty_values_are_left_out() -> None:
    assert facet_counts("tags", FACETS) == [("dog", 3)]


def test_a_facet_the_index_does_not_know_has_no_counts() -> None:
    assert facet_counts("mood", FACETS) == []
    assert facet_counts("year", {}) == []


def test_records_name_every_facet_and_dates_as_months_and_years() -> None:
    records = facet_records(FACETS)

    assert list(records) == ["city", "month", "tags", "year"]
    assert records["tags"] == [{"value": "dog", "count": 3}]
    assert records["city"] == []
    assert records["year"][0] == {"value": "2024", "count": 5}


def test_keyword_paths_are_counted_at_every_level() -> None:
    counts = {"keyword_path_prefixes": [("space", 3), ("space > moon", 2)]}

    assert facet_counts("keyword_paths", counts) == [("space", 3), ("space > moon", 2)]
    assert list(facet_records(counts)) == ["keyword_paths"]


def test_without_dates_there_are_no_months() -> None:
    assert list(facet_records({"tags": []})) == ["tags"]


def test_every_facet_asked_for_is_a_facetable_field() -> None:
    fields = {request.partition(",")[0] for request in FACET_REQUESTS}
    facetable = {name for name, index in INDEXED.items() if "facetable" in index["attributes"]}

    assert fields <= facetable
    assert {*DATE_FACETS.values(), *PATH_FACETS.values()} <= fields
