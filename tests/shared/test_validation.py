"""JSON from outside: what is wrong with it is said by field."""

import json
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, field_validator

from shared.errors import BadRequest
from shared.validation import MAX_VALUES, parse_json, validate


class Near(BaseModel):
    kilometres: float = Field(gt=0)


class Body(BaseModel):
    name: str
    choice: Literal["a"] | list[str] | None = None
    near: Near | str | None = None
    numbers: list[Annotated[int, Field(ge=0)]] = []

    @field_validator("name")
    @classmethod
    def check(cls, value: str) -> str:
        if value == "bad":
            raise ValueError("choose another name")
        return value


def test_good_json_is_read() -> None:
    assert parse_json(b'{"a": [1]}') == {"a": [1]}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe{", b"nope", b"[" * 20_000])
def test_bad_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest, match=r"the body is not JSON: .+"):
        parse_json(body)


@pytest.mark.parametrize(
    ("item", "template"),
    [
        (b"[]", b"[%s]"),
        (b"{}", b"[%s]"),
        (b"1", b'{"messages": [%s]}'),
        (b'""', b'{"messages": [%s]}'),
        (b'"a": 1', b"{%s}"),
        (b"[[[]]]", b"[[%s]]"),
    ],
)
def test_json_of_too_many_values_is_not_even_read(
    item: bytes, template: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json, "loads", None)

    with pytest.raises(BadRequest, match="more than 50,000 values"):
        parse_json(template % b",".join([item] * (MAX_VALUES + 1)))


def test_commas_and_brackets_in_text_are_no_values() -> None:
    text = ', [{ \\" ,' * MAX_VALUES

    assert parse_json(json.dumps([text, text]).encode()) == [text, text]


def test_a_good_value_becomes_the_model() -> None:
    assert validate(Body, {"name": "x", "near": {"kilometres": 2}}).near == Near(kilometres=2)


@pytest.mark.parametrize(
    ("value", "param", "message"),
    [
        ({}, "name", "name: Field required"),
        ({"name": "bad"}, "name", "name: choose another name"),
        ({"name": "x", "numbers": [1, -1]}, "numbers.1", "numbers.1: Input should be greater than or equal to 0"),
        ({"name": "x", "near": {"kilometres": 0}}, "near.Near.kilometres", "greater than 0"),
        ({"name": "x", "choice": [1]}, "choice.0", "choice.0: Input should be a valid string"),
        ([], None, "Input should be a valid dictionary"),
    ],
)
def test_the_field_at_fault_is_named(value: object, param: str | None, message: str) -> None:
    with pytest.raises(BadRequest) as raised:
        validate(Body, value)

    assert raised.value.param == param
    assert message in str(raised.value)
    assert str(raised.value).startswith(f"{param}: " if param else "Input")
