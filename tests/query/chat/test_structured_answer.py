"""Answers as JSON: which schemas are accepted, and what is done about an answer that does not follow one."""

from typing import Any

import pytest

from query.chat.events import AnswerFinished, Event, Refused, TextDelta
from query.chat.structured_answer import AnswerFormat, is_strict, schema_format
from shared.errors import BadReply, BadRequest
from shared.models import ModelReply
from tests.query.chat.test_conversation import answer, call, events, text_of
from tests.query.fakes import FakeModels

SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}},
    "required": ["title"],
    "additionalProperties": False,
}


def json_schema(schema: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, **fields}}


async def ask(*replies: Any, response_format: dict[str, Any] | None = None) -> tuple[list[Event], FakeModels]:
    models = FakeModels(list(replies))
    return await events(models, response_format=response_format or json_schema(SCHEMA, strict=True)), models


async def test_the_format_is_forwarded_and_nothing_in_the_answer_is_changed() -> None:
    text = '{"title": "See [9] at https://x <b> ![a](b)"}'

    happened, models = await ask(answer(*text))

    assert [event for event in happened if isinstance(event, TextDelta)] == [TextDelta(text)]
    [request] = models.requests
    assert request["response_format"] == json_schema(SCHEMA, strict=True)
    assert "JSON" in request["messages"][0]["content"]
    end = happened[-1]
    assert isinstance(end, AnswerFinished)
    assert [each["path"] for each in end.citations] == ["1.jpg", "2.jpg"]
    assert end.is_data


async def test_a_wrong_answer_is_asked_for_once_more_with_the_reason() -> None:
    happened, models = await ask(answer('{"name": "x"}'), answer('{"title": "x"}'))

    assert text_of(happened) == '{"title": "x"}'
    assert models.requests[1]["choice"] == "none"
    wrong, correction = models.requests[1]["messages"][-2:]
    assert wrong == {"role": "assistant", "content": '{"name": "x"}'}
    assert "title" in correction["content"]
    end = happened[-1]
    assert isinstance(end, AnswerFinished)
    assert end.usage.total == 30


async def test_a_second_wrong_answer_is_an_error() -> None:
    with pytest.raises(BadReply, match="response format"):
        await ask(answer("no JSON"), answer("{}"))


async def test_photos_can_be_searched_before_the_answer() -> None:
    happened, _ = await ask(call("search_photos", "{}"), answer('{"title": "x"}'))

    assert text_of(happened) == '{"title": "x"}'


async def test_a_refusal_is_told_as_one() -> None:
    happened, _ = await ask([ModelReply(refusal="I can't.")])

    assert Refused("I can't.") in happened
    assert text_of(happened) == ""


async def test_a_cut_answer_is_passed_on_and_says_so() -> None:
    happened, models = await ask(answer('{"tit', finish_reason="length"))

    assert text_of(happened) == '{"tit'
    assert len(models.requests) == 1
    end = happened[-1]
    assert isinstance(end, AnswerFinished)
    assert end.finish_reason == "length"


async def test_silence_is_still_an_error() -> None:
    with pytest.raises(BadReply, match="no answer"):
        await ask(answer(""))


async def test_any_object_will_do_without_a_schema() -> None:
    happened, models = await ask(answer("[1]"), answer('{"a": 1}'), response_format={"type": "json_object"})

    assert text_of(happened) == '{"a": 1}'
    assert models.requests[0]["response_format"] == {"type": "json_object"}


async def test_text_is_an_ordinary_answer() -> None:
    happened, models = await ask(answer("A dog [1] [9]."), response_format={"type": "text"})

    assert text_of(happened) == "A dog [1]."
    assert "response_format" not in models.requests[0]


@pytest.mark.parametrize("text", ['{"a": 1}', ' {"a": 1}\n', '```json\n{"a": 1}\n```'])
def test_space_and_fences_around_json_are_left_out(text: str) -> None:
    assert AnswerFormat().read(text) == '{"a": 1}'


@pytest.mark.parametrize("text", ["", "[]", '{"a": NaN}', "[" * 100_000, 'Sure: {"a": 1}'])
def test_what_is_no_json_object_is_a_fault(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        AnswerFormat().read(text)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objekt"},
        {"$ref": "#"},
        {"$ref": "http://127.0.0.1:1/schema.json"},
        {"$ref": "#/$defs/missing"},
        {"patternProperties": {"(a+)+$": {}}},
        {"description": "x" * 130_000},
        {"$schema": []},
        {"properties": {"a": {"$schema": "https://json-schema.org/draft/2020-12/schema"}}},
        {"enum": list(range(1001))},
    ],
)
def test_a_schema_that_cannot_be_followed_is_refused_before_anything_is_paid(schema: dict[str, Any]) -> None:
    with pytest.raises(BadRequest) as error:
        schema_format("x", schema, description=None, strict=False, param="here")

    assert error.value.param == "here"


def test_a_deeply_nested_schema_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(500):
        schema = {"items": schema}

    with pytest.raises(BadRequest, match="nested too deeply"):
        schema_format("x", schema, description=None, strict=False, param="here")


def test_a_pattern_that_takes_for_ever_is_not_tried() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    form = schema_format("x", schema, description="y", strict=False, param="")

    form.check({"a": "a" * 50 + "!"})


def doubling(depth: int, keyword: str) -> dict[str, Any]:
    """A short schema whose check takes twice as long with each level."""
    twice = [[{"$ref": f"#/$defs/{level + 1}"}] * 2 for level in range(depth)]
    levels = {str(level): {keyword: each} for level, each in enumerate(twice)}
    return {"$ref": "#/$defs/0", "$defs": levels | {str(depth): {}}}


@pytest.mark.parametrize("keyword", ["allOf", "oneOf"])
@pytest.mark.parametrize(
    "dialect", ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"]
)
def test_a_schema_that_takes_for_ever_to_check_is_refused(keyword: str, dialect: str) -> None:
    schema = doubling(40, keyword) | {"$schema": dialect}

    with pytest.raises(BadRequest, match="too long to check"):
        schema_format("x", schema, description=None, strict=False, param="")


def test_an_answer_that_takes_for_ever_to_check_is_given_up() -> None:
    schema = doubling(40, "allOf")
    inner = {"properties": {"a": {"$ref": "#/$defs/0"}}, "$defs": schema["$defs"]}
    form = schema_format("x", inner, description=None, strict=False, param="")

    with pytest.raises(BadReply, match="too long to check"):
        form.read('{"a": 1}')


def test_the_rules_hold_below_a_reference_to_a_schema_with_a_dialect() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {"a": {"$ref": "#"}, "b": {"pattern": "^(a+)+$"}},
    }
    form = schema_format("x", schema, description=None, strict=False, param="")

    form.check({"a": {"b": "a" * 50 + "!"}})


def test_items_that_are_the_same_are_found() -> None:
    form = schema_format("x", {"uniqueItems": True}, description=None, strict=False, param="")

    form.check([{"a": 1}, {"a": 2}, "1", 1])
    with pytest.raises(ValueError, match="same"):
        form.check([{"a": 1, "b": 2}, {"b": 2, "a": 1}])


def test_older_dialects_keep_their_meaning() -> None:
    draft7 = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]}

    form = schema_format("x", draft7, description=None, strict=False, param="")

    with pytest.raises(ValueError, match="is not of type"):
        form.check([1])


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (SCHEMA, True),
        (SCHEMA | {"required": []}, False),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, False),
        (SCHEMA | {"$defs": {"a": {"type": ["object", "null"], "properties": {}}}}, False),
        (SCHEMA | {"anyOf": [{}]}, False),
        (SCHEMA | {"$defs": {"a": {"oneOf": [{}]}}}, False),
        ({"type": "array"}, False),
    ],
)
def test_only_what_servers_take_as_strict_is_sent_as_such(schema: dict[str, Any], strict: bool) -> None:
    assert is_strict(schema) is strict
    form = schema_format("x", schema, description=None, strict=True, param="")
    assert form.request_field["json_schema"]["strict"] is strict
