"""Refusals as servers word them, and what is sent instead: of all ways round, the one that loses least."""

import json
from typing import Any

import httpx2
import openai
import pytest

from shared.models.errors import read_refusal
from shared.models.request import adapt
from shared.models.workarounds import (
    WORKAROUND_SECONDS,
    Refusal,
    Workaround,
    WorkaroundMemory,
    find_workaround,
    nearest_effort,
)

TOOLS = [{"type": "function", "function": {"name": "search", "parameters": {}}}]
IMAGE = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,", "detail": "high"}}]}
NAMED = {"type": "function", "function": {"name": "search"}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "d", "schema": {"type": "object"}}}


def refusal(body: Any, status: int = 400) -> Refusal:
    """What we read in the SDK's error for a response with this body."""
    client = openai.OpenAI(api_key="k", base_url="http://model.example/v1")
    request = httpx2.Request("POST", "http://model.example/v1/chat/completions")
    response = httpx2.Response(status, text=json.dumps(body), request=request)
    return read_refusal(client._make_status_error_from_response(response))


def openai_body(message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}


def found(
    refusal: Refusal, request: dict[str, Any], known: dict[str, str] | None = None, *, responses: bool = True
) -> tuple[str, str] | None:
    workaround = find_workaround(
        refusal, {"messages": [], **request}, known or {}, "MODEL", may_use_responses=responses
    )
    return (workaround.field, workaround.value) if workaround else None


NO_TOOLS_WITH_REASONING = openai_body(
    "Function tools with reasoning_effort are not supported for MODEL in /v1/chat/completions. "
    "To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
    "reasoning_effort",
)
MISTRAL = {
    "error": {
        "code": "Invalid input",
        "message": json.dumps(
            {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options", "include_usage"]}]}
        ),
        "status": 422,
    }
}
EVERYTHING = {
    "tools": TOOLS,
    "tool_choice": "auto",
    "reasoning_effort": "low",
    "max_completion_tokens": 9,
    "response_format": SCHEMA,
    "temperature": 0.2,
    "stream_options": {"include_usage": True},
}


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (NO_TOOLS_WITH_REASONING, 400, ("effort_with_tools", "none")),
        (openai_body("Unrecognized request argument supplied: reasoning_effort"), 400, ("reasoning_effort", "")),
        (openai_body("Unsupported value: 'reasoning_effort' does not support 'low' with this model. Supported values "
                     "are: 'medium', and 'high'.", "reasoning_effort"), 400, ("reasoning_effort=low", "medium")),
        ({"error": "invalid reasoning value: 'low' (must be \"high\", \"medium\", or \"none\")"}, 400,
         ("reasoning_effort=low", "medium")),
        ({"error": '"gemma3" does not support thinking'}, 400, ("reasoning_effort", "")),
        (openai_body("Unsupported parameter: 'max_completion_tokens'", "max_completion_tokens"), 400,
         ("max_completion_tokens", "max_tokens")),
        ({"detail": [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"], "input": 9},
                     {"type": "extra_forbidden", "loc": ["body", "temperature"], "input": "tools"}]}, 422,
         ("max_completion_tokens", "max_tokens")),
        (MISTRAL, 422, ("stream_options", "")),
        (openai_body("Unsupported value: 'temperature' does not support 0.2", "temperature"), 400, ("temperature", "")),
        (openai_body("This response_format type is unavailable now"), 400, ("response_format", "json_object")),
        (openai_body("registry.ollama.ai/library/gemma3:4b does not support tools"), 400, ("tools", "")),
        ({"error": {"code": 500, "message": "tools param requires --jinja flag", "type": "server_error"}}, 500,
         ("tools", "")),
        ({"object": "error", "message": '"auto" tool choice requires --enable-auto-tool-choice', "code": 400}, 400,
         ("tools", "")),
        (openai_body("This model is only supported in v1/responses and not in v1/chat/completions.", "model"), 404,
         ("api", "responses")),
        ({"error": {"code": "OperationNotSupported", "message": "The chatCompletion operation does not work with the "
                    "specified model, gpt-5-codex."}}, 400, ("api", "responses")),
        (openai_body("The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
                     "prompt", "content_filter"), 400, None),
        (openai_body("max_completion_tokens is too large: 90000", "max_completion_tokens"), 400, None),
        (openai_body("Invalid schema for response_format 'd': 'additionalProperties' must be false", "response_format"),
         400, None),
        (openai_body("Invalid schema for function 'search': ...", "tools[0].function.parameters",
                     "invalid_function_parameters"), 400, None),
        (openai_body("'messages' must contain the word 'json' in some form, to use 'response_format'", "messages"), 400,
         None),
        (openai_body("Tool choice 'x' not found in 'tools' parameter.", "tool_choice"), 400, None),
        (openai_body("The model `x` does not exist", "model", "model_not_found"), 404, None),
        (openai_body("The server had an error while processing your tools"), 500, None),
        (openai_body("Invalid image", "messages"), 400, None),
        ("", 400, None),
    ],
)  # fmt: skip
def test_the_way_round_that_loses_least(body: Any, status: int, expected: tuple[str, str] | None) -> None:
    assert found(refusal(body, status), EVERYTHING) == expected


def test_tools_go_elsewhere_where_no_reasoning_is_not_taken_either() -> None:
    refused_none = openai_body(
        "Unsupported value: 'reasoning_effort' does not support 'none' with this model. Supported values are: 'low'.",
        "reasoning_effort",
    )
    request, known = {"tools": TOOLS, "reasoning_effort": "none"}, {"effort_with_tools": "none"}

    assert found(refusal(refused_none), request, known) == ("api", "responses")
    assert found(refusal(NO_TOOLS_WITH_REASONING), request, known) == ("api", "responses")
    assert found(refusal(refused_none), request, known, responses=False) == ("tools", "")
    assert found(refusal(refused_none), {"reasoning_effort": "none"}) == ("reasoning_effort=none", "low")


def test_a_named_tool_is_the_only_one_where_names_are_not_taken() -> None:
    body = {"error": "Invalid tool_choice type: 'object'. Supported string values: none, auto, required"}
    other = {"type": "function", "function": {"name": "count", "parameters": {}}}
    request = {"messages": [], "tools": [other, *TOOLS], "tool_choice": NAMED}

    assert found(refusal(body), request) == ("tool_choice", "required")
    assert found(refusal({"error": "tool_choice must be one of auto, none"}), request) == ("tool_choice", "")
    adapted = adapt(request, {"tool_choice": "required"})
    assert (adapted["tools"], adapted["tool_choice"]) == (TOOLS, "required")
    assert adapt({"messages": [], "tools": TOOLS, "tool_choice": "none"}, {"tool_choice": "required"}) == {
        "messages": [], "tools": TOOLS, "tool_choice": "none"}  # fmt: skip


def test_a_field_nobody_foresaw_is_left_out_and_named() -> None:
    workaround = find_workaround(
        refusal(openai_body("Unknown parameter: 'verbosity'.", "verbosity")),
        {"messages": [], "verbosity": "low"},
        {},
        "MODEL",
        may_use_responses=True,
    )

    assert workaround == Workaround("verbosity", loss="MODEL refused verbosity, which is left out")


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("temperature", "a temperature has no effect on MODEL: "),
        ("stream_options", "the tokens of streamed answers of MODEL are not counted: "),
        ("tools", "chat works without filters and counts: MODEL refused tools: "),
        ("response_format", "MODEL is not held to a JSON schema by its server: "),
        ("max_completion_tokens", ""),
    ],
)
def test_a_loss_is_a_sentence_with_the_words_of_the_server(field: str, words: str) -> None:
    said = f"Unsupported parameter: '{field}' is not supported with this model."
    request = {"messages": [], **EVERYTHING}

    workaround = find_workaround(refusal(openai_body(said, field)), request, {}, "MODEL", may_use_responses=True)

    assert workaround
    assert workaround.loss == (words + said if words else "")


@pytest.mark.parametrize(
    ("wanted", "text", "nearest"),
    [
        ("none", "supported values are: 'low', 'medium', and 'high'.", "low"),
        ("max", "supported values are: 'none', 'low', 'medium', 'high', and 'xhigh'.", "xhigh"),
        ("minimal", 'must be "high", "medium", "low", or "none"', "none"),
        ("none", "does not support 'none'", "minimal"),
        ("minimal", "does not support 'minimal'", "low"),
        ("low", "does not support 'low'", ""),
        ("high", "no", ""),
    ],
)
def test_the_nearest_effort_is_taken(wanted: str, text: str, nearest: str) -> None:
    assert nearest_effort(wanted, text) == nearest


def test_each_effort_has_its_own_stand_in() -> None:
    known = {"reasoning_effort=none": "minimal", "reasoning_effort=minimal": "low"}

    assert adapt({"messages": [], "reasoning_effort": "none"}, known)["reasoning_effort"] == "low"
    assert adapt({"messages": [], "reasoning_effort": "high"}, known)["reasoning_effort"] == "high"
    assert "reasoning_effort" not in adapt({"messages": [], "reasoning_effort": "high"}, {"reasoning_effort": ""})


def test_detail_is_taken_out_of_every_picture() -> None:
    assert adapt({"messages": [IMAGE]}, {"detail": ""})["messages"][0]["content"] == [
        {"type": "image_url", "image_url": {"url": "data:,"}}
    ]


def test_a_workaround_is_forgotten_after_its_time_and_not_before() -> None:
    now = 0.0
    memory = WorkaroundMemory(lambda: now)
    memory.learn("m", Workaround("tools", loss="no tools"))

    now = WORKAROUND_SECONDS - 1
    assert (memory.of("m"), memory.losses, memory.of("other")) == ({"tools": ""}, ["no tools"], {})
    now = WORKAROUND_SECONDS
    assert (memory.of("m"), memory.losses) == ({}, [])


def test_the_other_api_ends_what_was_lost_at_the_first() -> None:
    memory = WorkaroundMemory()
    memory.learn("m", Workaround("effort_with_tools", "none", "does not reason"))

    memory.learn("m", Workaround("api", "responses"))

    assert (memory.of("m"), memory.losses) == ({"api": "responses"}, [])
