"""The Responses API: requests that amount to a chat, and responses and events as OpenAI's clients expect them."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from openai.types.responses.response_create_params import ResponseCreateParamsBase
from pydantic import TypeAdapter

from query.chat.streaming import EventStream
from query.responses.requests import IGNORED, REFUSED, ResponsesRequest
from query.responses.respond import respond
from shared.errors import BadRequest, Throttled
from shared.models import ModelReply, TokenUsage, ToolCall
from tests.query.chat.test_completions import InterruptibleModels
from tests.query.fakes import FakeIndex, FakeModels, fake_context, hit

REPLY = ModelReply("A dog [1].", usage=TokenUsage(10, 5))
CALL = ModelReply(tool_calls=(ToolCall("c1", "get_weather", '{"town": "Bergen"}'),), usage=TokenUsage(1, 2))
WEATHER = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}}
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


async def ask(models: FakeModels, **fields: Any) -> dict[str, Any] | EventStream:
    body = json.dumps({"input": "dogs", **fields}).encode()
    context = fake_context(FakeIndex([hit(1, title="A dog"), hit(2)]), models)
    return await respond(body, context, zone=ZoneInfo("UTC"), caller="anyone", page_url="http://app/")


async def whole(models: FakeModels, **fields: Any) -> dict[str, Any]:
    body = await ask(models, **fields)
    assert isinstance(body, dict)
    Response.model_validate(body)
    return body


async def streamed(models: FakeModels, **fields: Any) -> list[dict[str, Any]]:
    stream = await ask(models, stream=True, **fields)
    assert not isinstance(stream, dict)
    events = []
    for text in "".join([part async for part in stream]).removesuffix("\n\n").split("\n\n"):
        name, data = text.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        EVENT.validate_python(event)
        events.append(event)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    return events


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in events]


# -- answers ------------------------------------------------------------------------------


async def test_a_whole_response() -> None:
    body = await whole(FakeModels([["A dog [1].", REPLY]]), metadata={"a": "b"}, store=True, instructions="Be brief.")

    [message] = body["output"]
    [part] = message["content"]
    assert (message["role"], message["status"], part["text"]) == ("assistant", "completed", "A dog [1].")
    [annotation] = part["annotations"]
    assert annotation["url"].startswith("http://app/?photo=")
    assert (annotation["start_index"], annotation["end_index"], annotation["title"]) == (6, 9, "A dog")
    assert (body["status"], body["store"], body["metadata"]) == ("completed", False, {"a": "b"})
    assert (body["usage"]["input_tokens"], body["usage"]["output_tokens"]) == (10, 5)
    assert [each["path"] for each in body["context"]["citations"]] == ["1.jpg"]


async def test_a_call_of_the_callers_tool_is_an_item() -> None:
    body = await whole(FakeModels([[CALL]]), tools=[WEATHER])

    [item] = body["output"]
    assert (item["type"], item["call_id"], item["name"]) == ("function_call", "c1", "get_weather")
    assert item["arguments"] == '{"town": "Bergen"}'
    assert body["tools"][0]["name"] == "get_weather"


async def test_words_before_a_call_are_an_item_of_their_own() -> None:
    reply = ModelReply("Let me see.", tool_calls=CALL.tool_calls)

    body = await whole(FakeModels([["Let me see.", reply]]), tools=[WEATHER])

    assert [item["type"] for item in body["output"]] == ["message", "function_call"]


@pytest.mark.parametrize(("reason", "detail"), [("length", "max_output_tokens"), ("content_filter", "content_filter")])
async def test_a_cut_answer_is_incomplete(reason: str, detail: str) -> None:
    body = await whole(FakeModels([["A d", ModelReply("A d", finish_reason=reason)]]))

    assert (body["status"], body["incomplete_details"]) == ("incomplete", {"reason": detail})
    assert body["output"][0]["status"] == "incomplete"


async def test_a_refusal_is_a_part_of_its_own() -> None:
    body = await whole(FakeModels([[ModelReply(refusal="I can't.")]]), text={"format": {"type": "json_object"}})

    assert body["output"][0]["content"] == [{"type": "refusal", "refusal": "I can't."}]


async def test_an_answer_follows_a_schema() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    models = FakeModels([["", ModelReply("[]")], ["", ModelReply('{"a": 1}')]])

    body = await whole(models, text={"format": {"type": "json_schema", "name": "x", "schema": schema}})

    assert body["output"][0]["content"][0]["text"] == '{"a": 1}'
    assert body["output"][0]["content"][0]["annotations"] == []
    assert models.requests[0]["response_format"]["json_schema"]["schema"] == schema
    assert body["text"]["format"]["schema"] == schema


# -- streams ------------------------------------------------------------------------------


async def test_a_stream_has_its_events_in_order() -> None:
    events = await streamed(FakeModels([["A dog", " [1].", REPLY]]))

    assert kinds(events) == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta", "output_text.delta",
        "output_text.annotation.added", "output_text.done", "content_part.done", "output_item.done", "completed",
    ]  # fmt: skip
    assert [each["path"] for each in events[0]["response"]["context"]["photos"]] == ["1.jpg", "2.jpg"]
    assert events[-4]["text"] == "A dog [1]."
    assert events[-1]["response"]["output"] == [events[-2]["item"]]
    assert events[-1]["response"]["usage"]["total_tokens"] == 15


async def test_a_streamed_call_has_its_arguments() -> None:
    events = await streamed(FakeModels([[CALL]]), tools=[WEATHER])

    assert kinds(events) == [
        "created", "in_progress", "output_item.added", "function_call_arguments.delta", "function_call_arguments.done",
        "output_item.done", "completed",
    ]  # fmt: skip
    assert events[2]["item"]["arguments"] == ""
    assert events[5]["item"]["arguments"] == '{"town": "Bergen"}'


async def test_a_streamed_refusal() -> None:
    events = await streamed(FakeModels([[ModelReply(refusal="No.")]]), text={"format": {"type": "json_object"}})

    assert "refusal.delta" in kinds(events)
    assert "refusal.done" in kinds(events)


async def test_an_answer_cut_before_its_first_word_ends_all_the_same() -> None:
    events = await streamed(FakeModels([[ModelReply(finish_reason="length")]]))

    assert kinds(events)[-1] == "incomplete"
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == ""


async def test_an_error_in_mid_stream_is_told_twice_as_openai_does() -> None:
    models = InterruptibleModels(Throttled("slow down"))
    models.go_on.set()

    events = await streamed(models)

    assert kinds(events)[-2:] == ["error", "failed"]
    assert events[-1]["response"]["error"] == {"code": "rate_limit_exceeded", "message": "slow down"}


# -- requests -----------------------------------------------------------------------------


async def test_the_output_of_earlier_responses_can_be_sent_back() -> None:
    models = FakeModels([["", CALL], ["Rain.", ModelReply("Rain.")]])
    first = await whole(models, tools=[WEATHER], input=[{"role": "user", "content": "the weather?"}])
    result = {"type": "function_call_output", "call_id": "c1", "output": "Rain."}
    reasoning = {"type": "reasoning", "id": "r", "summary": []}

    items = [{"role": "user", "content": "the weather?"}, reasoning, *first["output"], result]
    await whole(models, tools=[WEATHER], input=items, instructions="Be brief.")

    messages = models.requests[1]["messages"]
    assert "Be brief." in messages[0]["content"]
    assert messages[-2]["tool_calls"][0]["id"] == "c1"
    assert (messages[-1]["role"], messages[-1]["content"]) == ("tool", "Rain.")


async def test_messages_and_pictures_come_in() -> None:
    picture = {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"}
    models = FakeModels([["ok", ModelReply("ok")]], completion=ModelReply("two cats"))
    items = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]},
        {"type": "message", "role": "assistant", "id": "m", "content": [{"type": "output_text", "text": "Hi."}]},
        {"role": "user", "content": [{"type": "input_text", "text": "like this"}, picture]},
    ]

    await whole(models, input=items)

    seen, asked = models.requests
    assert seen["messages"][0]["content"][1]["image_url"]["url"].startswith("data:image/png")
    assert [each["content"] for each in asked["messages"][1:4]] == ["hello", "Hi.", "like this"]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"background": True}, "background"),
        ({"input": []}, "input"),
        ({"input": None}, "input"),
        ({"input": [{"role": "assistant", "content": "hi"}]}, "input"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input.0"),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "http://x"}]}]}, "input"),
        ({"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "x"}]}]}, "input"),
        ({"tools": [{"type": "web_search"}]}, "tools.0.type"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"text": {"format": {"type": "json_schema", "name": "x", "schema": {"type": "?"}}}}, "text.format.schema"),
        ({"model": "gpt-99"}, "model"),
    ],
)
async def test_an_invalid_request_names_the_field_at_fault(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as error:
        await ask(FakeModels(), **fields)

    assert error.value.param == param


def test_every_field_of_openais_request_is_decided_on() -> None:
    fields = set(ResponseCreateParamsBase.__annotations__) | {"stream"}

    assert fields == set(ResponsesRequest.model_fields) | set(IGNORED) | set(REFUSED)


async def test_what_clients_send_as_a_matter_of_course_is_accepted() -> None:
    fields: dict[str, Any] = {"include": [], "truncation": "auto", "previous_response_id": None}
    fields["reasoning"] = {"effort": "low"}

    body = await whole(FakeModels([["A", ModelReply("A")]]), background=False, store=False, **fields)

    assert body["status"] == "completed"
