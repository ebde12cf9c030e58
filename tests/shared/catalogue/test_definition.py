"""The catalogue's definitions: what a file may say, and how it is told what is wrong."""

import json
from typing import Any

import pytest

from shared.catalogue.definition import MAX_BYTES, MAX_FIELDS, parse_catalogue
from tests.shared.catalogue.definitions import SHOP, content, shop


def field(**changes: Any) -> bytes:
    return json.dumps({"fields": [{"name": "a", "type": "string"} | changes]}).encode()


def test_a_catalogue_is_read_with_or_without_a_byte_order_mark() -> None:
    assert parse_catalogue(b"\xef\xbb\xbf" + content()) == shop()
    assert [each.name for each in shop().fields] == [each["name"] for each in SHOP["fields"]]


def test_only_what_is_to_be_filled_by_the_model_is_asked() -> None:
    assert [each.name for each in shop().asked] == ["product_type"]


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        (b"", "JSON"),
        (b'{"fields": [', "JSON"),
        (b"[]", "Input should be an object"),
        (b'{"feilds": []}', "feilds: Extra inputs are not permitted"),
        (field(name="Product type"), r"fields\[0\].name: String should match"),
        (field(name="x" * 41), r"fields\[0\].name: String should match"),
        (field(type="text"), r"fields\[0\].type: Input should be 'string', 'choice'"),
        (field(labels={"xx": "A"}), '"xx" is not a language'),
        (field(values=["a"]), "a field of the type string takes no values"),
        (field(type="choice"), "a field of the type choice needs a list of values"),
        (field(type="choice", values=["a", "b", "a"]), "the value 'a' is there twice"),
        (field(type="choice", values=["none"]), '"none" is no value'),
        (field(type="choice", values=[" a"]), "without blanks around it"),
        (field(type="choice", values=[""]), r"fields\[0\].values\[0\].value: String should have at least 1"),
        (field(type="number", searchable=True), "only words can be searchable"),
        (field(type="string", instruction="Guess."), "remove the instruction of this string"),
        (field(type="choice", values=["a"], facets=True), r"fields\[0\].facets: Extra inputs"),
        (json.dumps({"fields": [{"name": "a", "type": "date"}] * 2}).encode(), "two fields called a"),
        (json.dumps({"fields": [{"name": f"a{i}", "type": "date"} for i in range(MAX_FIELDS + 1)]}).encode(), "50"),
        (
            field(type="choice", values=[f"v{i}" for i in range(401)], instruction="Which?"),
            "the model can choose among 400 values",
        ),
        (
            field(type="choice", values=[f"{i:099}" for i in range(100)], instruction="Which?"),
            "and these have 100 of 9,901",
        ),
        (b" " * (MAX_BYTES + 1), "at most 1,000,000 are read"),
    ],
)
def test_every_fault_is_named_with_its_place(file: bytes, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse_catalogue(file)


def test_all_faults_are_named_at_once() -> None:
    file = json.dumps({"fields": [{"name": "A", "type": "string"}, {"name": "b", "type": "colour"}]}).encode()

    with pytest.raises(ValueError, match=r"fields\[0\]\.name.*; fields\[1\]\.type"):
        parse_catalogue(file)


@pytest.mark.parametrize(
    ("language", "label"),
    [("de", "Produktart"), ("de-CH", "Produktart"), ("fr", "Product type"), ("en", "Product type")],
)
def test_labels_fall_back_to_the_language_without_region_and_to_english(language: str, label: str) -> None:
    assert shop().fields[0].label(language) == label


def test_a_field_without_labels_is_called_by_its_name() -> None:
    assert shop(labels={}).fields[0].label("de") == "product type"


def test_a_long_closed_list_that_the_model_does_not_fill_has_no_limit_of_schemas() -> None:
    assert len(parse_catalogue(field(type="choice", values=[f"v{i}" for i in range(5000)])).fields[0].choices) == 5000
