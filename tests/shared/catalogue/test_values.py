"""Values of fields: what each type takes, and what the error says of what it doesn't."""

from typing import Any

import pytest

from shared.catalogue.in_force import put_in_force
from shared.catalogue.values import check_patch, check_value, usable_values, value_text
from shared.errors import BadRequest
from tests.shared.catalogue.definitions import shop


@pytest.fixture(autouse=True)
def _shop() -> None:
    put_in_force(shop())


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("product_type", "hat", "hat"),
        ("materials", ["wool", "wool", "leather"], ["wool", "leather"]),
        ("price", 12, 12),
        ("price", 12.0, 12),
        ("price", -0.5, -0.5),
        ("listed", "2024-02-29", "2024-02-29"),
        ("sold", False, False),
        ("article", "  AB\n12 ", "AB 12"),
        ("article", None, None),
        ("article", "", None),
        ("materials", [], None),
        ("sold", None, None),
    ],
)
def test_a_value_of_the_type_is_stored(name: str, value: Any, stored: Any) -> None:
    checked = check_value(name, value)

    assert checked == stored
    assert type(checked) is type(stored)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("product_type", "Hat", "product_type can't be 'Hat': it is one of shoe, bag, hat"),
        ("product_type", ["hat"], "one of shoe, bag, hat"),
        ("materials", "wool", "a list of some of leather, wool"),
        ("materials", ["wool", "silk"], "a list of some of leather, wool"),
        ("price", "12", "price can't be '12': it is a number"),
        ("price", True, "a number"),
        ("price", float("nan"), "a number"),
        ("price", 1e300, "a number"),
        ("price", 10**400, "a number"),
        ("listed", "2023-02-29", "a day, such as 2024-05-31"),
        ("listed", "2023-02", "a day"),
        ("listed", 2023, "a day"),
        ("sold", "no", "true or false"),
        ("sold", 0, "true or false"),
        ("article", 12, "a text"),
        ("article", "x" * 2001, "at most 2,000 characters"),
        ("colour", "red", "there is no field 'colour'; the fields are product_type, materials"),
    ],
)
def test_any_other_value_is_refused_with_what_is_allowed(name: str, value: Any, words: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        check_value(name, value)

    assert words in str(refusal.value)
    assert refusal.value.param == f"fields.{name}"


def test_one_wrong_value_refuses_all() -> None:
    with pytest.raises(BadRequest, match="price"):
        check_patch({"sold": True, "price": "dear"})
    with pytest.raises(BadRequest, match="colour"):
        check_patch({"colour": ""})

    values: dict[str, Any] = {"sold": True, "price": None, "article": "", "materials": []}
    assert check_patch(values) == values


def test_of_an_answer_only_what_the_fields_take_is_used() -> None:
    fields = shop().fields
    answer = {"product_type": "boot", "materials": ["wool", "silk"], "price": "12", "gone": 1, "sold": None}

    assert usable_values(answer, fields) == {"materials": ["wool"]}


def test_values_in_words() -> None:
    texts = [value_text(each) for each in (True, False, 12.5, 3, ["a", "b"], "x", None)]

    assert texts == ["yes", "no", "12.5", "3", "a, b", "x", ""]
