"""Filters, requests and definitions of the index for a library's own fields."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.catalogue.definition import Catalogue
from shared.catalogue.in_force import put_in_force
from shared.errors import SettingsError
from shared.photo import STORED, Photo
from shared.search.any_spelling import holds_words
from shared.search.filters import EXACT_FIELDS, Filters
from shared.search.query import SEARCHABLE_TEXT, IndexQuery, request_body
from shared.search.schema import check_agreement, index_definition
from tests.shared.catalogue.definitions import shop


@pytest.fixture(autouse=True)
def _shop() -> None:
    put_in_force(shop())


@pytest.mark.parametrize(
    ("fields", "odata"),
    [
        ({"product_type": "hat"}, "(field_product_type eq 'hat')"),
        ({"product_type": ["hat", "none"]}, "(field_product_type eq 'hat' or field_product_type eq null)"),
        ({"materials": ["wool"]}, "field_materials/any(value: value eq 'wool')"),
        ({"materials": "none"}, "not field_materials/any()"),
        ({"price": "12"}, "field_price eq 12"),
        ({"price": "10..20.5"}, "field_price ge 10 and field_price le 20.5"),
        ({"price": "..0.25"}, "field_price le 0.25"),
        ({"price": "-3.."}, "field_price ge -3"),
        ({"listed": "2024"}, "field_listed ge '2024' and field_listed lt '2024~'"),
        ({"listed": "2024-05..2024-06-10"}, "field_listed ge '2024-05' and field_listed lt '2024-06-10~'"),
        ({"listed": "..2023"}, "field_listed ge '0' and field_listed lt '2023~'"),
        ({"listed": "2023.."}, "field_listed ge '2023'"),
        ({"sold": "No"}, "field_sold eq false"),
        ({"sold": "none"}, "field_sold eq null"),
        ({"article": "it's 12"}, holds_words("it's 12", ("field_article",))),
        ({"article": "!!"}, "field_article eq '!!'"),
    ],
)
def test_a_field_is_filtered_by_its_type(fields: dict[str, Any], odata: str) -> None:
    assert Filters.model_validate({"fields": fields}).odata() == odata


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"colour": "red"}, "there is no field.colour; the fields are product_type"),
        ({"product_type": "boot"}, "one of shoe, bag, hat, or none"),
        ({"price": "cheap"}, "a number or a range"),
        ({"price": ".."}, "a number or a range"),
        ({"price": "nan"}, "a number or a range"),
        ({"price": "1e400"}, "a number or a range"),
        ({"listed": "May"}, "a year, a month, a day"),
        ({"listed": "2024-13"}, "a year, a month, a day"),
        ({"sold": "maybe"}, "yes or no"),
        ({"price": "20..10"}, "from the smaller number to the larger"),
        ({"listed": "2025..2024-05"}, "from the earlier date to the later"),
    ],
)
def test_what_a_field_cannot_be_is_refused_with_what_it_can(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Filters.model_validate({"fields": fields})


def test_queries_return_and_search_the_fields_without_naming_them() -> None:
    body = request_body(IndexQuery(text="hat"), semantic=False)

    assert body["select"].split(",")[len(STORED) :] == [each.index_name for each in shop().fields]
    assert body["searchFields"].split(",")[len(SEARCHABLE_TEXT) :] == ["field_product_type", "field_article"]
    assert request_body(IndexQuery(text="x", search_fields=("title",)), semantic=False)["searchFields"] == "title"


def test_phrases_are_looked_for_in_searchable_fields() -> None:
    assert f"'{EXACT_FIELDS},folded_texts,field_product_type,field_article'" in str(Filters(exact=["AB 12"]).odata())


def test_without_fields_every_request_is_as_it_was() -> None:
    put_in_force(Catalogue())

    body = request_body(IndexQuery(text="hat"), semantic=False)

    assert (body["select"], body["searchFields"]) == (",".join(STORED), ",".join(SEARCHABLE_TEXT))
    assert index_definition("photos", 2) == index_definition("photos", 2, Catalogue())


def test_values_make_the_way_to_the_index_and_back() -> None:
    custom = {"product_type": "hat", "price": 12, "sold": False, "materials": ["wool"], "listed": "2024-05-31"}

    document = Photo(id="a", path="a.jpg", custom=custom).to_document()

    assert document["field_price"] == 12
    assert "custom" not in document
    photo = Photo.from_document(document | {"field_price": 12.0, "field_article": None, "field_gone": []})
    assert photo.custom == custom
    assert photo.record()["fields"] == custom


def test_a_field_whose_type_would_change_is_refused_with_the_way_out() -> None:
    existing = index_definition("photos", 2, shop())
    changed = index_definition("photos", 2, shop(type="multi-choice"))

    with pytest.raises(
        SettingsError, match=r"product_type is Edm.String in the index 'photos'.*AZURE_SEARCH_INDEX.*refresh"
    ):
        check_agreement(changed, existing)


@pytest.mark.parametrize(
    "changes", [{"searchable": False}, {"facet": False}, {"type": "string", "values": [], "instruction": ""}]
)
def test_what_a_query_decides_can_change_in_place(changes: dict[str, Any]) -> None:
    check_agreement(index_definition("photos", 2, shop(**changes)), index_definition("photos", 2, shop()))
