"""A request as the server takes it: without what it refused before, or with what stands in for that."""

import json
from collections.abc import Mapping
from typing import Any

Message = dict[str, Any]
Request = dict[str, Any]
REASONING_ITEMS = "reasoning_items"  # in a message: what the model thought before its tool calls, for its server alone


def adapt(request: Mapping[str, Any], workarounds: Mapping[str, str]) -> Request:
    """The request with these values in place of what was refused; an empty one leaves its field out."""
    adapted = dict(request)
    if adapted.get("tools") and "effort_with_tools" in workarounds:
        adapted["reasoning_effort"] = workarounds["effort_with_tools"]
    if effort := adapted.get("reasoning_effort"):
        adapted["reasoning_effort"] = _accepted_effort(effort, workarounds)
    for field, value in workarounds.items():
        if field in adapted:
            _replace(adapted, field, value)
    if "detail" in workarounds:
        adapted["messages"] = [_without_detail(message) for message in adapted["messages"]]
    return adapted


def _accepted_effort(effort: str, workarounds: Mapping[str, str]) -> str:
    """The effort that stands in for this one, which may have been refused in its turn."""
    refused: set[str] = set()
    while effort not in refused and (other := workarounds.get(f"reasoning_effort={effort}")):
        refused.add(effort)
        effort = other
    return effort


def _replace(adapted: Request, field: str, value: str) -> None:
    old = adapted.pop(field)
    if field == "max_completion_tokens":
        adapted[value] = old
    elif field == "tool_choice" and value:
        _require_tool(adapted, old, value)
    elif field == "response_format":
        adapted["messages"] = _with_instruction(adapted["messages"], old)
        if value:
            adapted[field] = {"type": value}
    elif value:
        adapted[field] = value


def _require_tool(adapted: Request, choice: Any, value: str) -> None:
    """A named tool where names are not taken: it is the only one, and one is required."""
    if not isinstance(choice, Mapping):
        adapted["tool_choice"] = choice
        return
    name = choice["function"]["name"]
    adapted["tools"] = [each for each in adapted["tools"] if each["function"]["name"] == name]
    adapted["tool_choice"] = value


def _with_instruction(messages: list[Message], response_format: Mapping[str, Any]) -> list[Message]:
    """The messages with the format in words, for servers that do not enforce it."""
    schema = (response_format.get("json_schema") or {}).get("schema")
    instruction = "Answer with JSON and nothing else."
    if schema:
        instruction += f" It must follow this JSON schema:\n{json.dumps(schema, ensure_ascii=False)}"
    first, *rest = messages
    if first["role"] != "system" or not isinstance(first["content"], str):
        return [{"role": "system", "content": instruction}, *messages]
    return [first | {"content": f"{first['content']}\n\n{instruction}"}, *rest]


def _without_detail(message: Message) -> Message:
    if not isinstance(message.get("content"), list):
        return message
    return message | {"content": [_part_without_detail(part) for part in message["content"]]}


def _part_without_detail(part: dict[str, Any]) -> dict[str, Any]:
    return part | {"image_url": {"url": part["image_url"]["url"]}} if part["type"] == "image_url" else part
