"""The bodies of requests to `/responses`, and the chat completion they amount to."""

import base64
import binascii
import hmac
import secrets
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from local.models.api.errors import ApiError, invalid_request
from local.models.api.requests import JsonObject, StrictRequestModel

SECRET = secrets.token_bytes(32)  # of this process: what another one encrypted cannot be verified
MIN_OUTPUT_TOKENS = 16
PART_TYPES = {"input_text": "text", "output_text": "text"}


class ReasoningOptions(StrictRequestModel):
    effort: str | None = None
    summary: str | None = None


class TextFormatOptions(StrictRequestModel):
    format: JsonObject | None = None
    verbosity: str | None = None


class ResponsesRequestBody(StrictRequestModel):
    """The body of `POST /v1/responses`. Nothing is stored, whatever `store` says."""

    model: str
    input: str | list[JsonObject]
    instructions: str | None = None
    stream: bool | None = None
    store: bool | None = None
    include: list[str] | None = None
    tools: list[JsonObject] | None = None
    tool_choice: str | JsonObject | None = None
    parallel_tool_calls: bool | None = None
    reasoning: ReasoningOptions | None = None
    text: TextFormatOptions | None = None
    max_output_tokens: int | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    user: str | None = None
    metadata: dict[str, str] | None = None
    previous_response_id: None = None
    truncation: Literal["auto", "disabled"] | None = None

    def to_chat(self) -> JsonObject:
        """The same request in the words of chat completions."""
        if self.max_output_tokens is not None and self.max_output_tokens < MIN_OUTPUT_TOKENS:
            raise _too_few_tokens(self.max_output_tokens)
        fields: JsonObject = {
            "model": self.model,
            "messages": list(self._messages()),
            "stream": self.stream,
            "tools": [{"type": "function", "function": _function(tool)} for tool in self.tools or ()] or None,
            "tool_choice": _tool_choice(self.tool_choice),
            "parallel_tool_calls": self.parallel_tool_calls,
            "reasoning_effort": self.reasoning.effort if self.reasoning else None,
            "response_format": _response_format(self.text.format if self.text else None),
            "max_completion_tokens": self.max_output_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def _messages(self) -> Iterator[JsonObject]:
        if self.instructions:
            yield {"role": "system", "content": self.instructions}
        if isinstance(self.input, str):
            yield {"role": "user", "content": self.input}
            return
        calls: list[JsonObject] = []
        for item in self.input:
            if item.get("type") == "function_call":
                calls.append(_tool_call(item))
                continue
            if calls:
                yield {"role": "assistant", "content": None, "tool_calls": calls}
                calls = []
            yield from _message(item)


def _too_few_tokens(value: int) -> ApiError:
    message = (
        "Invalid 'max_output_tokens': integer below minimum value. "
        f"Expected a value >= {MIN_OUTPUT_TOKENS}, but got {value} instead."
    )
    return invalid_request(message, "max_output_tokens", "integer_below_min_value")


def _message(item: JsonObject) -> Iterator[JsonObject]:
    kind = item.get("type", "message")
    if kind == "reasoning":
        _check_reasoning(item)
    elif kind == "function_call_output":
        yield {"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]}
    elif kind == "message":
        yield {"role": item["role"], "content": _content(item["content"])}
    else:
        raise invalid_request(f"Invalid value: '{kind}'.", "input", "invalid_value")


def _content(content: Any) -> Any:
    return content if isinstance(content, str) else [_part(part) for part in content]


def _part(part: JsonObject) -> JsonObject:
    if part["type"] == "input_image":
        return {"type": "image_url", "image_url": {"url": part["image_url"], "detail": part.get("detail", "auto")}}
    if part["type"] == "refusal":
        return {"type": "refusal", "refusal": part["refusal"]}
    return {"type": PART_TYPES.get(part["type"], part["type"]), "text": part["text"]}


def _tool_call(item: JsonObject) -> JsonObject:
    function = {"name": item["name"], "arguments": item["arguments"]}
    return {"id": item["call_id"], "type": "function", "function": function}


def _function(tool: JsonObject) -> JsonObject:
    return {name: value for name, value in tool.items() if name != "type"}


def _tool_choice(choice: str | JsonObject | None) -> str | JsonObject | None:
    return {"type": "function", "function": {"name": choice["name"]}} if isinstance(choice, dict) else choice


def _response_format(text_format: JsonObject | None) -> JsonObject | None:
    if text_format is None or text_format["type"] != "json_schema":
        return text_format
    return {"type": "json_schema", "json_schema": {name: each for name, each in text_format.items() if name != "type"}}


def _check_reasoning(item: JsonObject) -> None:
    """Thoughts come back encrypted, because those of a response that was not stored are not found by their id."""
    encrypted = item.get("encrypted_content")
    if encrypted is None:
        message = (
            f"Item with id '{item.get('id')}' not found. Items are not persisted when `store` is set to false. Try "
            "again with `store` set to true, or remove this item from your input."
        )
        raise ApiError(404, message, param="input")
    if not _is_ours(encrypted):
        message = f"The encrypted content {encrypted[:4]}...{encrypted[-4:]} could not be verified."
        raise invalid_request(message, None, "invalid_encrypted_content")


def encrypt_thoughts() -> str:
    """Thoughts that only this process can read."""
    nonce = secrets.token_bytes(16)
    return base64.urlsafe_b64encode(nonce + hmac.digest(SECRET, nonce, "sha256")).decode()


def _is_ours(encrypted: str) -> bool:
    try:
        data = base64.urlsafe_b64decode(encrypted)
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(data[16:], hmac.digest(SECRET, data[:16], "sha256"))
