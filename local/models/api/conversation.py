"""Checks of a chat request that look at more than one field."""

from __future__ import annotations

import json

from local.models.api.errors import invalid
from local.models.api.requests import ChatRequest, JsonObject, Message, Tool

MODELS = ("stand-in-vision", "stand-in-chat", "stand-in-embedding")
CHAT_MODELS = MODELS[:2]


def check(request: ChatRequest) -> None:
    """Raise the 400 that OpenAI would give for a request whose fields do not fit together."""
    if request.n not in (None, 1):
        raise invalid("Unsupported value: 'n' must be 1.", "n", "unsupported_value")
    if len(request.stops()) > 4:
        raise invalid("Invalid 'stop': at most 4 sequences are supported.", "stop", "array_above_max_length")
    if request.stream_options is not None and not request.stream:
        raise invalid("'stream_options' is only allowed when 'stream' is enabled.", "stream_options")
    check_tools(request)
    check_format(request)
    check_turns(request.messages)


def check_tools(request: ChatRequest) -> None:
    """A tool choice needs tools, and a named one must be among them."""
    names = {tool.function.name for tool in request.tools or []}
    choice = request.tool_choice
    if choice is None or choice == "none":
        return
    if not names:
        raise invalid("'tool_choice' is only allowed when 'tools' are specified.", "tool_choice")
    if not isinstance(choice, str) and choice.function.name not in names:
        raise invalid(f"Tool choice '{choice.function.name}' not found in 'tools'.", "tool_choice")


def check_format(request: ChatRequest) -> None:
    """JSON mode wants the word in the prompt; a strict schema must be closed and require every property."""
    wanted = request.response_format
    if wanted is None or wanted.type == "text":
        return
    if wanted.type == "json_object":
        if not any("json" in message.text().lower() for message in request.messages):
            message = "'messages' must contain the word 'json' in some form, to use 'response_format' of type"
            raise invalid(f"{message} 'json_object'.", "messages")
        return
    if wanted.json_schema is None:
        raise invalid("Missing required parameter: 'response_format.json_schema'.", "response_format.json_schema")
    if wanted.json_schema.strict:
        check_strict(wanted.json_schema.body, wanted.json_schema.name, "root")


def check_strict(schema: JsonObject, name: str, place: str) -> None:
    """Every object of a strict schema lists all its properties as required and allows no other."""
    properties = schema.get("properties")
    if isinstance(properties, dict):
        complain = f"Invalid schema for response_format '{name}': at {place}, "
        if schema.get("additionalProperties") is not False:
            raise invalid(complain + "'additionalProperties' must be false.", "response_format")
        if set(schema.get("required", ())) != set(properties):
            raise invalid(complain + "'required' must list every property.", "response_format")
        for key, part in properties.items():
            check_strict(part, name, f"{place}.{key}")
    if isinstance(schema.get("items"), dict):
        check_strict(schema["items"], name, f"{place}[]")
    for key, part in schema.get("$defs", {}).items():
        check_strict(part, name, f"$defs.{key}")


def check_turns(messages: list[Message]) -> None:
    """Tool calls are followed by exactly their results, and results by nothing else."""
    open_calls: set[str] = set()
    for number, message in enumerate(messages):
        place = f"messages[{number}]"
        if message.role == "tool":
            if message.tool_call_id not in open_calls:
                text = "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
                raise invalid(f"Invalid parameter: {text}", f"{place}.role")
            open_calls.discard(message.tool_call_id)
            continue
        if open_calls:
            raise unanswered(open_calls, place)
        if message.role in ("system", "developer", "user") and message.content is None:
            raise invalid(f"Invalid value for '{place}.content': expected a string, got null.", place)
        open_calls = {call.id for call in message.tool_calls or []}
    if open_calls:
        raise unanswered(open_calls, "messages")


def unanswered(calls: set[str], place: str) -> Exception:
    """The 400 for tool calls that nobody answered."""
    missing = ", ".join(sorted(calls))
    message = "An assistant message with 'tool_calls' must be followed by tool messages responding to each"
    return invalid(f"{message} 'tool_call_id'. No response for: {missing}", place)


def tool_named(tools: list[Tool], name: str) -> Tool | None:
    """The tool with this name, if it is offered."""
    return next((tool for tool in tools if tool.function.name == name), None)


def arguments(text: str) -> JsonObject:
    """The arguments of a tool call as an object; anything else counts as none."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
