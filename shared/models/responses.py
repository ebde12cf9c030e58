"""
The Responses API: the same conversation in other words, for models that take tools there only.

Nothing is kept by the server (`store` is false). What the model thought before its tool calls comes back encrypted, and
is sent again with their results.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator, Mapping
from typing import Any

from shared.errors import PhotoError
from shared.model_reply import ModelReply, TokenUsage, ToolCall, token_usage
from shared.models.errors import stream_error
from shared.models.request import REASONING_ITEMS, Message, Request

SAME_FIELDS = ("stream", "temperature", "top_p", "user", "tool_choice", "parallel_tool_calls", "metadata", "include")
MIN_OUTPUT_TOKENS = 16  # fewer are a 400 at this API
FINISH_REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}


def to_body(request: Mapping[str, Any]) -> Request:
    """The body of `POST /responses`. What that has no field for, such as `stop`, is left out."""
    body: Request = {name: request[name] for name in SAME_FIELDS if name in request}
    body |= {"input": [item for message in request["messages"] for item in _input_items(message)], "store": False}
    cap = request.get("max_completion_tokens") or request.get("max_tokens")
    if cap:
        body["max_output_tokens"] = max(cap, MIN_OUTPUT_TOKENS)
    if effort := request.get("reasoning_effort"):
        body["reasoning"] = {"effort": effort}
    if response_format := request.get("response_format"):
        body["text"] = {"format": _text_format(response_format)}
    if tools := request.get("tools"):
        body["tools"] = [_tool(each["function"]) for each in tools]
    if isinstance(choice := request.get("tool_choice"), Mapping):
        body["tool_choice"] = {"type": "function", "name": choice["function"]["name"]}
    return body


def _tool(function: Mapping[str, Any]) -> Request:
    # Without `strict` this API would hold every tool to a strict schema.
    return {"type": "function", **function, "strict": bool(function.get("strict"))}


def _text_format(response_format: Mapping[str, Any]) -> Request:
    if response_format["type"] != "json_schema":
        return dict(response_format)
    return {"type": "json_schema", **response_format["json_schema"]}


def _input_items(message: Message) -> Iterator[Request]:
    if message["role"] == "tool":
        output = {"type": "function_call_output", "call_id": message["tool_call_id"], "output": message["content"]}
        yield output
        return
    yield from message.get(REASONING_ITEMS, ())
    if message.get("content"):
        yield {"role": message["role"], "content": _input_content(message)}
    for call in message.get("tool_calls") or ():
        # Without its id, so that the server does not look for what it has not kept.
        yield {"type": "function_call", "call_id": call["id"], **call["function"]}


def _input_content(message: Message) -> Any:
    content = message["content"]
    if isinstance(content, str):
        return content
    kind = "output_text" if message["role"] == "assistant" else "input_text"
    return [_input_part(part, kind) for part in content]


def _input_part(part: Mapping[str, Any], kind: str) -> Request:
    if part.get("type") == "image_url":
        return {"type": "input_image", "image_url": part["image_url"]["url"], **_detail(part["image_url"])}
    if part.get("type") == "refusal":
        return {"type": "refusal", "refusal": part["refusal"]}
    return {"type": kind, "text": part["text"]}


def _detail(image: Mapping[str, Any]) -> Request:
    return {"detail": image["detail"]} if "detail" in image else {}


def read_reply(response: Mapping[str, Any]) -> ModelReply:
    """The reply in a whole response, or at the end of a streamed one."""
    if response.get("status") == "failed":
        raise _error_of(response)
    output = response.get("output") or ()
    parts = [part for item in output if item.get("type") == "message" for part in item.get("content") or ()]
    calls = tuple(
        ToolCall(each["call_id"], each["name"], each["arguments"])
        for each in output
        if each.get("type") == "function_call"
    )
    incomplete = (response.get("incomplete_details") or {}).get("reason")
    return ModelReply(
        text="".join(part["text"] for part in parts if part.get("type") == "output_text"),
        finish_reason=FINISH_REASONS.get(incomplete or "", "tool_calls" if calls else "stop"),
        refusal="".join(part["refusal"] for part in parts if part.get("type") == "refusal"),
        tool_calls=calls,
        usage=_read_usage(response.get("usage")),
        reasoning_items=tuple(_reasoning_items(output)),
    )


def _reasoning_items(output: Iterable[Mapping[str, Any]]) -> Iterator[Request]:
    """The thoughts that can be sent again: those that came encrypted, without their ids, which name nothing kept."""
    for item in output:
        if item.get("type") == "reasoning" and item.get("encrypted_content"):
            summary = [{"type": "summary_text", "text": each["text"]} for each in item.get("summary") or ()]
            yield {"type": "reasoning", "summary": summary, "encrypted_content": item["encrypted_content"]}


def _read_usage(usage: Mapping[str, Any] | None) -> TokenUsage:
    if not usage:
        return TokenUsage()
    return token_usage(
        usage.get("input_tokens"),
        usage.get("output_tokens"),
        usage.get("input_tokens_details"),
        usage.get("output_tokens_details"),
    )


def _error_of(response: Mapping[str, Any]) -> PhotoError:
    error = response.get("error") or {"message": "it does not say why"}
    return stream_error(error.get("code"), error.get("message"))


async def read_stream(events: AsyncIterable[Mapping[str, Any]]) -> AsyncGenerator[str | ModelReply, None]:
    """The text of a streamed response as it comes and, at the end, the whole reply."""
    text = ""
    async for event in events:
        kind = event.get("type")
        if kind == "response.output_text.delta":
            text += event["delta"]
            yield event["delta"]
        elif kind in {"response.completed", "response.incomplete", "response.failed"}:
            reply = read_reply(event["response"])
            if not text and reply.text:  # a server that sends its text whole
                yield reply.text
            yield reply
            return
        elif kind == "error":
            raise stream_error(event.get("code"), event.get("message"))
    yield ModelReply(text)
