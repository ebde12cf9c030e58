"""The library's own fields in the chat: arguments of its tools, what it counts by, and what it reads of a photo."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from query.chat.field_arguments import as_texts
from query.chat.payloads import brief_payload, full_payload
from query.chat.tool_schemas import CountPhotos, SearchPhotos, tool_definitions
from query.search.facets import facet_counts, facet_records, facet_requests
from shared.catalogue.definition import Catalogue
from shared.catalogue.in_force import EMPTY, put_in_force
from shared.photo import Photo
from shared.search.results import Hit
from tests.shared.catalogue.definitions import shop


def properties(tool: int) -> dict[str, Any]:
    found: dict[str, Any] = tool_definitions()[tool]["function"]["parameters"]["properties"]
    return found


def test_tools_take_the_fields_in_force_and_none_where_there_are_none() -> None:
    assert "fields" not in properties(0)
    put_in_force(shop())

    fields = properties(0)["fields"]["properties"]
    assert fields["product_type"]["enum"] == ["shoe", "bag", "hat", "none"]
    assert fields["price"]["description"].startswith("price: a number or a range")
    assert "field.product_type" in properties(1)["by"]["enum"]
    assert "field.listed" not in properties(1)["by"]["enum"]

    put_in_force(EMPTY)
    assert "fields" not in properties(0)


def test_arguments_become_filters_whatever_types_a_model_writes() -> None:
    put_in_force(shop())
    arguments = SearchPhotos.model_validate({"fields": {"product_type": "hat", "sold": True, "price": 3, "listed": ""}})

    assert arguments.filters().fields == {"product_type": ["hat"], "sold": ["yes"], "price": ["3"]}
    assert SearchPhotos.model_validate({"fields": {"sold": None}}).filters().fields == {}
    assert as_texts("nonsense") == "nonsense"


def test_wrong_arguments_are_told_with_what_is_right() -> None:
    put_in_force(shop())

    with pytest.raises(ValidationError, match="one of shoe, bag, hat"):
        SearchPhotos.model_validate({"fields": {"product_type": "boot"}}).filters()
    with pytest.raises(ValidationError, match=r"counted by tags, .*, field.sold"):
        CountPhotos.model_validate({"by": "field.listed"})
    assert CountPhotos.model_validate({"by": "field.sold"}).by == "field.sold"


def test_counts_are_spelt_as_filters_take_them() -> None:
    put_in_force(shop())
    counted = {"field_sold": [("True", 2), ("False", 1)], "field_price": [("80.0", 1), ("12.5", 1)], "tags": [("a", 1)]}

    assert facet_requests()[-4:] == tuple(
        f"field_{name},count:50" for name in ("product_type", "materials", "price", "sold")
    )
    assert facet_counts("field.sold", counted) == [("yes", 2), ("no", 1)]
    assert set(facet_records(counted)) == {"tags", "field.sold", "field.price"}
    assert [each["value"] for each in facet_records(counted)["field.price"]] == ["80", "12.5"]


def test_a_photo_is_told_with_its_fields() -> None:
    put_in_force(shop())
    photo = Photo(id="a", path="a.jpg", custom={"sold": True, "materials": ["wool", "leather"], "of_before": "x"})

    told = json.loads(full_payload(1, Hit(photo)).json())
    assert told["fields"] == {"materials": "wool, leather", "sold": "yes"}
    assert '"sold"' in brief_payload(1, photo).json()


def test_of_many_long_values_only_as_many_are_told_as_fit() -> None:
    put_in_force(shop())
    photo = Photo(id="a", path="a.jpg", custom={"product_type": "hat", "price": 3, "article": "x" * 2000})

    told = json.loads(full_payload(1, Hit(photo), hit_count=30).json())

    assert told["fields"] == {"product_type": "hat", "price": "3"}


def test_models_are_told_what_people_call_a_field_in_any_language() -> None:
    price = {"name": "price", "type": "number", "labels": {"en": "Price", "de": "Preis", "fr": "Prix"}}
    put_in_force(Catalogue.model_validate({"fields": [price]}))

    assert properties(0)["fields"]["properties"]["price"]["description"].startswith("Price / Preis / Prix: a number")
