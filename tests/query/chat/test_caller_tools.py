"""The caller's own tools beside ours: what the model is offered, and what becomes of its calls."""

from typing import Any

import pytest

from query.chat.caller_tools import CallerTool, CallerTools, ChosenTool, caller_tools
from query.chat.events import AnswerFinished, CallerToolsCalled, Event, PhotosFound
from shared.errors import BadReply, BadRequest
from shared.models import ModelReply, ToolCall, ToolsUnsupported
from tests.query.chat.test_conversation import answer, call, events, text_of
from tests.query.fakes import FakeModels

OWN = ["search_photos", "count_photos", "look_at_photos"]


def tool(name: str, **fields: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **fields}}


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def offered(request: dict[str, Any]) -> list[str]:
    return [each["function"]["name"] for each in request["tools"]]


def called(happened: list[Event]) -> list[ToolCall]:
    return [call for event in happened if isinstance(event, CallerToolsCalled) for call in event.calls]


def ending(happened: list[Event]) -> AnswerFinished:
    end = happened[-1]
    assert isinstance(end, AnswerFinished)
    return end


async def test_a_call_of_the_callers_tool_ends_the_turn() -> None:
    models = FakeModels([call("get_weather", '{"town": "Bergen"}')])

    happened = await events(models, "the weather?", tools=[tool("get_weather", description="x")])

    assert called(happened) == [ToolCall("a", "get_weather", '{"town": "Bergen"}')]
    assert ending(happened).finish_reason == "tool_calls"
    assert offered(models.requests[0]) == [*OWN, "get_weather"]
    assert models.requests[0]["choice"] == "auto"


async def test_a_call_without_arguments_is_an_empty_object() -> None:
    happened = await events(FakeModels([call("get_weather", "")]), tools=[tool("get_weather")])

    assert called(happened)[0].arguments == "{}"


async def test_calls_of_both_kinds_in_one_round_are_both_followed() -> None:
    calls = (ToolCall("a", "search_photos", '{"tags": ["snow"]}'), ToolCall("b", "get_weather", "{}"))
    models = FakeModels([answer(tool_calls=calls)])

    happened = await events(models, tools=[tool("get_weather")])

    assert [each.name for each in called(happened)] == ["get_weather"]
    assert [event.searches for event in happened if isinstance(event, PhotosFound)][-1][-1] == {"tags": ["snow"]}


async def test_our_tools_are_run_before_a_call_of_the_callers() -> None:
    models = FakeModels([call("search_photos", "{}"), call("get_weather", "{}")])

    happened = await events(models, tools=[tool("get_weather")])

    assert [each.name for each in called(happened)] == ["get_weather"]


async def test_the_result_of_a_call_is_what_the_model_reads_next() -> None:
    calls = [{"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}]
    after = [
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "c1", "content": "Rain."},
    ]
    models = FakeModels([answer("Rain.")])

    await events(models, "the weather?", after=after, tools=[tool("get_weather")])

    messages = models.requests[0]["messages"]
    assert [each["role"] for each in messages] == ["system", "user", *(["assistant", "tool"] * 2)]
    assert messages[-2]["tool_calls"][0]["function"]["name"] == "get_weather"
    assert (messages[-1]["tool_call_id"], messages[-1]["content"]) == ("c1", "Rain.")


async def test_results_of_the_question_are_kept_however_long_they_are() -> None:
    calls = [{"id": "c1", "type": "function", "function": {"name": "read", "arguments": "{}"}}]
    exchange = [
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "c1", "content": "x" * 20_000},
    ]
    models = FakeModels([answer("ok")])

    await events(models, "read", before=[{"role": "user", "content": "older"}, *exchange], after=exchange)

    tools = [each for each in models.requests[0]["messages"] if each["role"] == "tool"]
    assert [len(each["content"]) == 20_000 for each in tools].count(True) == 1


async def test_names_that_clash_with_ours_are_kept_apart() -> None:
    models = FakeModels([call("caller_caller_search_photos", "{}")])
    theirs = [tool("search_photos", description="theirs"), tool("caller_search_photos")]

    happened = await events(models, tools=theirs)

    assert offered(models.requests[0]) == [*OWN, "caller_caller_search_photos", "caller_search_photos"]
    assert [each.name for each in called(happened)] == ["search_photos"]


async def test_none_offers_only_ours() -> None:
    models = FakeModels([answer("A dog.")])

    await events(models, tools=[tool("get_weather")], tool_choice="none")

    assert offered(models.requests[0]) == OWN


async def test_required_may_search_first_and_must_call_in_the_end() -> None:
    search = call("search_photos", "{}")
    models = FakeModels([search, search, search, call("final", "{}")])

    happened = await events(models, "How many dogs?", tools=[tool("final")], tool_choice="required")

    assert [request["choice"] for request in models.requests] == ["required"] * 4
    assert offered(models.requests[-1]) == ["final"]
    assert [each.name for each in called(happened)] == ["final"]


async def test_a_named_tool_is_the_only_one() -> None:
    models = FakeModels([call("caller_count_photos", "{}")])

    theirs = [tool("count_photos"), tool("other")]
    happened = await events(models, tools=theirs, tool_choice=named("count_photos"))

    assert offered(models.requests[0]) == ["caller_count_photos"]
    assert models.requests[0]["choice"] == named("caller_count_photos")
    assert [each.name for each in called(happened)] == ["count_photos"]


async def test_words_where_a_tool_had_to_be_called_are_an_error() -> None:
    with pytest.raises(BadReply, match="called no tool"):
        await events(FakeModels([answer("A dog.")]), tools=[tool("final")], tool_choice="required")


async def test_without_parallel_calls_there_is_one_at_most() -> None:
    calls = (ToolCall("a", "x", "{}"), ToolCall("b", "x", "{}"))
    models = FakeModels([[ModelReply(tool_calls=calls)], [ModelReply(tool_calls=calls)]])

    one = await events(models, tools=[tool("x")], parallel_tool_calls=False)
    two = await events(models, tools=[tool("x")])

    assert (len(called(one)), len(called(two))) == (1, 2)
    assert models.requests[0]["parallel_tool_calls"] is False
    assert "parallel_tool_calls" not in models.requests[1]


async def test_a_model_without_tools_is_an_error_where_the_caller_has_some() -> None:
    with pytest.raises(BadRequest, match="does not support tools"):
        await events(FakeModels([ToolsUnsupported("no tools")]), tools=[tool("x")])


async def test_a_tool_that_is_not_offered_is_no_call() -> None:
    models = FakeModels([call("get_weather", "{}"), answer("A dog.")])

    happened = await events(models, tools=[tool("get_weather")], tool_choice="none")

    assert (called(happened), text_of(happened)) == ([], "A dog.")


def _tools(*names: str) -> list[CallerTool]:
    return [CallerTool.model_validate(tool(name)) for name in names]


@pytest.mark.parametrize(
    ("tools", "choice", "param"),
    [
        (_tools("a", "a"), None, "tools"),
        ((), "required", "tool_choice"),
        (_tools("a"), ChosenTool.model_validate(named("b")), "tool_choice"),
    ],
)
def test_contradictions_name_the_field_at_fault(tools: Any, choice: Any, param: str) -> None:
    with pytest.raises(BadRequest) as error:
        caller_tools(tools, choice, parallel=None)

    assert error.value.param == param


def test_a_tool_without_parameters_takes_none() -> None:
    [definition] = CallerTools(_tools("a")).definitions()

    assert definition["function"] == {"name": "a", "parameters": {"type": "object", "properties": {}}}
