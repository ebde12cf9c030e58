"""The Responses API: what is sent in its words, and what is read of its answers."""

from typing import Any

import pytest

from shared.errors import Throttled, Transient
from shared.model_reply import ModelReply, TokenUsage, ToolCall
from shared.models.responses import read_reply, read_stream, to_body

CALL: Any = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": "{}"}}
THOUGHT = {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"}
COMMON = {"id": "r", "object": "response", "created_at": 1, "model": "m", "parallel_tool_calls": True}
USAGE = {
    "input_tokens": 7,
    "output_tokens": 5,
    "total_tokens": 12,
    "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
    "output_tokens_details": {"reasoning_tokens": 3},
}


def response(*output: dict[str, Any], **fields: Any) -> dict[str, Any]:
    values = {**COMMON, "status": "completed", "tool_choice": "auto", "tools": [], "usage": USAGE, **fields}
    return values | {"output": list(output)}


def message(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "id": "msg", "role": "assistant", "status": "completed", "content": list(parts)}


def text(words: str) -> dict[str, Any]:
    return {"type": "output_text", "text": words, "annotations": []}


def test_a_conversation_with_tools_becomes_items() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:,", "detail": "high"}}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "This?"}, picture]},
        {"role": "assistant", "content": None, "tool_calls": [CALL], "reasoning_items": [THOUGHT]},
        {"role": "tool", "tool_call_id": "c1", "content": "[]"},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}, {"type": "text", "text": "Hm."}]},
    ]

    assert to_body({"messages": messages}) == {
        "store": False,
        "input": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "This?"},
                    {"type": "input_image", "image_url": "data:,", "detail": "high"},
                ],
            },
            THOUGHT,
            {"type": "function_call", "call_id": "c1", "name": "search", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "[]"},
            {
                "role": "assistant",
                "content": [{"type": "refusal", "refusal": "no"}, {"type": "output_text", "text": "Hm."}],
            },
        ],
    }


def test_options_become_those_of_this_api() -> None:
    function = {"name": "search", "description": "d", "parameters": {"type": "object"}}
    body = to_body(
        {
            "messages": [],
            "tools": [{"type": "function", "function": function}],
            "tool_choice": {"type": "function", "function": {"name": "search"}},
            "response_format": {"type": "json_schema", "json_schema": {"name": "d", "strict": True, "schema": {}}},
            "reasoning_effort": "low",
            "max_completion_tokens": 9,
            "stop": ["x"],
            "stream": True,
            "stream_options": {"include_usage": True},
            "include": ["reasoning.encrypted_content"],
            "temperature": 0.5,
        }
    )

    assert body == {
        "input": [],
        "store": False,
        "tools": [{"type": "function", **function, "strict": False}],
        "tool_choice": {"type": "function", "name": "search"},
        "text": {"format": {"type": "json_schema", "name": "d", "strict": True, "schema": {}}},
        "reasoning": {"effort": "low"},
        "max_output_tokens": 16,
        "stream": True,
        "include": ["reasoning.encrypted_content"],
        "temperature": 0.5,
    }
    assert to_body({"messages": [], "response_format": {"type": "json_object"}})["text"] == {
        "format": {"type": "json_object"}
    }


CALLED = {"type": "function_call", "id": "fc", "call_id": "c1", "name": "search", "arguments": "{}"}


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (response(message(text("Hi"))), ModelReply("Hi", usage=TokenUsage(7, 5, 3, 4, 2))),
        (
            response(message({"type": "refusal", "refusal": "no"}), usage=None),
            ModelReply(refusal="no"),
        ),
        (
            response({**THOUGHT, "id": "rs", "summary": [{"type": "summary_text", "text": "hm"}]}, CALLED),
            ModelReply(
                finish_reason="tool_calls",
                tool_calls=(ToolCall("c1", "search", "{}"),),
                usage=TokenUsage(7, 5, 3, 4, 2),
                reasoning_items=({**THOUGHT, "summary": [{"type": "summary_text", "text": "hm"}]},),
            ),
        ),
        (
            response(
                {"type": "reasoning", "id": "rs", "summary": []},
                status="incomplete",
                incomplete_details={"reason": "max_output_tokens"},
            ),
            ModelReply(finish_reason="length", usage=TokenUsage(7, 5, 3, 4, 2)),
        ),
        (
            response(message(text("H")), status="incomplete", incomplete_details={"reason": "content_filter"}),
            ModelReply("H", "content_filter", usage=TokenUsage(7, 5, 3, 4, 2)),
        ),
    ],
)
def test_an_answer_becomes_a_reply(answer: dict[str, Any], reply: ModelReply) -> None:
    assert read_reply(answer) == reply


def test_a_response_that_failed_is_an_error() -> None:
    with pytest.raises(Transient, match="the model failed: out of luck"):
        read_reply(response(status="failed", error={"code": "server_error", "message": "out of luck"}))
    with pytest.raises(Throttled):
        read_reply(response(status="failed", error={"code": "rate_limit_exceeded", "message": "slow"}))
    with pytest.raises(Transient, match="it does not say why"):
        read_reply(response(status="failed", error=None))


async def pieces(*events: dict[str, Any]) -> list[str | ModelReply]:
    async def source() -> Any:
        for event in events:
            yield event

    return [piece async for piece in read_stream(source())]


async def test_a_stream_is_words_and_a_reply() -> None:
    deltas = [{"type": "response.output_text.delta", "delta": each} for each in ("H", "i")]
    last: dict[str, Any] = {"type": "response.completed", "response": response(message(text("Hi")))}

    assert await pieces({"type": "response.created"}, *deltas, last) == ["H", "i", read_reply(last["response"])]


async def test_a_server_that_sends_no_deltas_says_all_at_the_end() -> None:
    last: dict[str, Any] = {"type": "response.completed", "response": response(message(text("Hi")))}

    assert (await pieces(last))[0] == "Hi"


async def test_a_stream_that_ends_without_a_word_of_it_has_what_came() -> None:
    assert await pieces({"type": "response.output_text.delta", "delta": "H"}) == ["H", ModelReply("H")]


async def test_an_error_event_is_an_error() -> None:
    with pytest.raises(Transient, match="broken"):
        await pieces({"type": "error", "code": "server_error", "message": "broken"})
