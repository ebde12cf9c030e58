"""Requests parsed, and bodies and events written, as OpenAI's clients expect them."""

import json
from typing import Any

import pytest
from openai.types.chat.completion_create_params import CompletionCreateParamsBase

from query.chat.envelope import CompletionEnvelope, json_list, server_sent_event, usage_body
from query.chat.request_policy import IGNORED, REFUSED
from query.chat.wire_format import MAX_CONTEXT_PHOTOS, ChatMessage, ChatRequest, model_list, parse
from shared.errors import BadRequest
from shared.models import TokenUsage

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
USER = {"role": "user", "content": "hi"}
CALLING = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}
ENVELOPE = CompletionEnvelope("photos", id="chatcmpl-1", created=7)


def parsed(**fields: Any) -> ChatRequest:
    return parse(json.dumps({"messages": [USER], **fields}).encode(), model_names=("photos", "gpt"))


# -- requests -----------------------------------------------------------------------------


def test_unknown_fields_are_ignored_and_whole_floats_are_numbers() -> None:
    request = parsed(seed=3, max_tokens=5.0, model="gpt", stream=True, stream_options={"include_usage": True, "x": 1})

    assert request.max_tokens == 5
    assert request.model == "gpt"
    assert request.stream
    assert request.stream_options is not None
    assert request.stream_options.include_usage


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "assistant", "content": "hi"}]}, None),
        ({"messages": [{"role": "robot", "content": "hi"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages.0.content.0"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}]},
            "messages.0.content.0.image_url.url",
        ),
        ({"n": 2}, "n"),
        ({"n": True}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"logprobs": 0}, "logprobs"),
        ({"top_logprobs": False}, "top_logprobs"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"modalities": ["text", "audio"]}, "modalities.1"),
        ({"audio": {"voice": "x"}}, "audio"),
        ({"functions": [{"name": "x"}]}, "functions"),
        ({"function_call": "auto"}, "function_call"),
        ({"web_search_options": {"a": 1}}, "web_search_options"),
        ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "tools.0.type"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "messages.0.content.0.type"),
        ({"messages": [USER, {"role": "tool", "tool_call_id": "x", "content": "y"}]}, "messages.1.tool_call_id"),
        ({"messages": [USER, CALLING]}, "messages"),
        ({"messages": [USER, CALLING, USER]}, "messages"),
        ({"messages": [USER], "tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools.0.function.name"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": -0.1}, "temperature"),
        ({"top_p": 0}, "top_p"),
        ({"top_p": 1.1}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"max_tokens": "5"}, "max_tokens"),
        ({"stream": "yes"}, "stream"),
        ({"model": "gpt-99"}, "model"),
    ],
)
def test_an_invalid_request_names_the_field_at_fault(fields: dict[str, Any], param: str | None) -> None:
    with pytest.raises(BadRequest) as error:
        parsed(**fields)

    assert error.value.param == param


def test_other_legal_parts_in_the_history_are_accepted() -> None:
    history = [
        {"role": "user", "content": [{"type": "input_audio", "input_audio": {}}, {"type": "file", "file": {}}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]},
        {
            "role": "assistant",
            "content": [{"type": "refusal", "refusal": "I can't."}],
            "annotations": [],
            "audio": None,
        },
        {"role": "assistant", "content": None, "refusal": "Still not."},
        CALLING | {"function_call": None},
        {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "done"}]},
    ]

    request = parsed(messages=[*history, USER])

    assert [each.text for each in request.messages][2:4] == ["I can't.", "Still not."]
    assert request.messages[1].images == []
    assert request.messages[5].text == "done"


def test_every_field_of_openais_request_is_decided_on() -> None:
    fields = set(CompletionCreateParamsBase.__annotations__) | {"stream"}

    assert fields | {"collection"} == set(ChatRequest.model_fields) | set(IGNORED) | set(REFUSED)


def test_ignored_fields_are_accepted() -> None:
    parsed(
        **dict.fromkeys(IGNORED, 1),
        store=True,
        metadata={"a": "b"},
        n=1.0,
        logprobs=False,
        top_logprobs=0,
        modalities=["text"],
    )


def test_an_unknown_model_is_told_the_known_ones() -> None:
    with pytest.raises(BadRequest, match="'gpt-99' does not exist here; this service has photos and gpt") as error:
        parsed(model="gpt-99")

    assert error.value.code == "model_not_found"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_a_body_that_is_not_a_request_is_the_callers_fault(body: bytes) -> None:
    with pytest.raises(BadRequest):
        parse(body, model_names=())


def test_options_are_passed_on_if_they_are_set() -> None:
    assert parsed().options == {}
    assert parsed(temperature=0.0, top_p=1, stop=["x"], user="u", max_tokens=5).options == {
        "temperature": 0.0, "top_p": 1, "stop": ["x"], "user": "u", "max_completion_tokens": 5,
    }  # fmt: skip
    assert parsed(max_tokens=5, max_completion_tokens=6).options == {"max_completion_tokens": 6}


def test_the_parts_of_a_message_are_its_text_and_its_images() -> None:
    parts = [{"type": "text", "text": "a"}, PICTURE, {"type": "text", "text": "b"}]
    message = ChatMessage.model_validate({"role": "user", "content": parts})

    assert message.text == "a\nb"
    assert message.images == ["data:image/png;base64,AAAA"]


def test_a_message_without_parts_has_text_or_nothing() -> None:
    assert ChatMessage(role="user", content="a").text == "a"
    assert ChatMessage(role="user", content="a").images == []
    assert ChatMessage(role="assistant", content=None).text == ""


@pytest.mark.parametrize(
    ("context", "ids"),
    [
        (None, []),
        ("text", []),
        ([], []),
        ({"photos": [{"id": "a"}], "citations": [{"id": "b"}]}, ["a"]),
        ({"photos": [], "citations": [{"id": "b"}, {"id": 7}, "c", {}]}, ["b"]),
        ({"photos": "abc", "citations": [{"id": "b"}]}, ["b"]),
        ({"photos": [{"id": str(number)} for number in range(99)]}, [str(number) for number in range(40)]),
    ],
)
def test_a_context_sent_back_names_photos_by_id(context: Any, ids: list[str]) -> None:
    assert ChatMessage(role="assistant", content="x", context=context).photo_ids == ids
    assert len(ids) <= MAX_CONTEXT_PHOTOS


# -- answers ------------------------------------------------------------------------------


def event_body(text: str) -> Any:
    assert text.startswith("data: ")
    assert text.endswith("\n\n")
    return json.loads(text[6:])


def test_a_whole_answer() -> None:
    message = {"role": "assistant", "content": "A dog [1]."}

    body = ENVELOPE.completion(message, "stop", TokenUsage(3, 4))

    assert body == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 7,
        "model": "photos",
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
    }  # fmt: skip


def test_a_chunk_of_an_answer() -> None:
    assert event_body(ENVELOPE.chunk({"content": "a"}, "length")) == {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 7,
        "model": "photos",
        "choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": "length", "logprobs": None}],
    }
    assert event_body(ENVELOPE.chunk({}))["choices"][0]["finish_reason"] is None


def test_the_last_chunk_has_the_usage_and_no_choices() -> None:
    body = event_body(ENVELOPE.usage_chunk(TokenUsage(3, 4)))

    assert (body["choices"], body["usage"]) == ([], usage_body(TokenUsage(3, 4)))
    assert body["object"] == "chat.completion.chunk"


@pytest.mark.parametrize(
    "text", ["", "Zürich", 'say "hi"\n\\ \x00', "b\x85c\u2028d\u2029e", "😀 </script>", "%s {text}"]
)
@pytest.mark.parametrize("model", ["photos", 'a "model"\u2028 }, "choices"'])
def test_a_chunk_of_words_is_what_any_other_chunk_with_them_would_be(text: str, model: str) -> None:
    envelope = CompletionEnvelope(model)

    assert envelope.words_chunk(text) == envelope.chunk({"content": text})


def test_every_answer_has_an_id_and_a_time_of_its_own() -> None:
    one, other = CompletionEnvelope("photos"), CompletionEnvelope("photos")

    assert one.id.startswith("chatcmpl-")
    assert one.id != other.id
    assert one.created > 1_700_000_000


def test_text_of_any_script_stays_readable_on_the_wire() -> None:
    assert server_sent_event({"a": "b\x85c\u2028d\u2029e"}).splitlines() == [
        'data: {"a": "b\\u0085c\\u2028d\\u2029e"}',
        "",
    ]
    assert server_sent_event({"a": "Zürich"}) == 'data: {"a": "Zürich"}\n\n'
    assert json_list(("Zürich", "b")) == '["Zürich", "b"]'


def test_models_are_listed_once_each() -> None:
    card = {"id": "photos", "object": "model", "created": 0, "owned_by": "chat-with-your-photos"}

    assert model_list(("photos", "photos")) == {"object": "list", "data": [card]}
