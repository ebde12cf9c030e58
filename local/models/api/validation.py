"""Checks of a chat request that involve more than one field."""

from local.models.api.errors import invalid_request
from local.models.api.requests import ChatCompletionRequest, JsonObject, RequestMessage


def validate_request(request: ChatCompletionRequest) -> None:
    """Raise the 400 that OpenAI would return for a request whose fields contradict each other."""
    if request.n not in (None, 1):
        raise invalid_request("Unsupported value: 'n' must be 1.", "n", "unsupported_value")
    if len(request.stop_sequences()) > 4:
        raise invalid_request("Invalid 'stop': at most 4 sequences are supported.", "stop", "array_above_max_length")
    if request.stream_options is not None and not request.stream:
        raise invalid_request("'stream_options' is only allowed when 'stream' is enabled.", "stream_options")
    _check_tool_choice(request)
    _check_response_format(request)
    _check_tool_results(request.messages)


def _check_tool_choice(request: ChatCompletionRequest) -> None:
    """A tool choice needs tools, and a named tool must be one of them."""
    names = {tool.function.name for tool in request.tools or []}
    choice = request.tool_choice
    if choice is None or choice == "none":
        return
    if not names:
        raise invalid_request("'tool_choice' is only allowed when 'tools' are specified.", "tool_choice")
    if not isinstance(choice, str) and choice.function.name not in names:
        raise invalid_request(f"Tool choice '{choice.function.name}' not found in 'tools'.", "tool_choice")


def _check_response_format(request: ChatCompletionRequest) -> None:
    """JSON mode needs the word in the prompt. A strict schema must be closed and require every property."""
    response_format = request.response_format
    if response_format is None or response_format.type == "text":
        return
    if response_format.type == "json_object":
        if not any("json" in message.text().lower() for message in request.messages):
            message = "'messages' must contain the word 'json' in some form, to use 'response_format' of type"
            raise invalid_request(f"{message} 'json_object'.", "messages")
        return
    if response_format.json_schema is None:
        raise invalid_request(
            "Missing required parameter: 'response_format.json_schema'.", "response_format.json_schema"
        )
    if response_format.json_schema.strict:
        _check_strict_schema(response_format.json_schema.body, response_format.json_schema.name, "root")


def _check_strict_schema(schema: JsonObject, name: str, path: str) -> None:
    """Every object of a strict schema must require all its properties and allow no others."""
    properties = schema.get("properties")
    if isinstance(properties, dict):
        message_start = f"Invalid schema for response_format '{name}': at {path}, "
        if schema.get("additionalProperties") is not False:
            raise invalid_request(message_start + "'additionalProperties' must be false.", "response_format")
        if set(schema.get("required", ())) != set(properties):
            raise invalid_request(message_start + "'required' must list every property.", "response_format")
        for key, subschema in properties.items():
            _check_strict_schema(subschema, name, f"{path}.{key}")
    if isinstance(schema.get("items"), dict):
        _check_strict_schema(schema["items"], name, f"{path}[]")
    for key, subschema in schema.get("$defs", {}).items():
        _check_strict_schema(subschema, name, f"$defs.{key}")


def _check_tool_results(messages: list[RequestMessage]) -> None:
    """Tool calls must be followed by exactly their results, and results must follow tool calls."""
    pending_ids: set[str] = set()
    for index, message in enumerate(messages):
        path = f"messages[{index}]"
        if message.role == "tool":
            if message.tool_call_id not in pending_ids:
                text = "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
                raise invalid_request(f"Invalid parameter: {text}", f"{path}.role")
            pending_ids.discard(message.tool_call_id)
            continue
        if pending_ids:
            raise _missing_tool_results(pending_ids, path)
        if message.role in ("system", "developer", "user") and message.content is None:
            raise invalid_request(f"Invalid value for '{path}.content': expected a string, got null.", path)
        pending_ids = {tool_call.id for tool_call in message.tool_calls or []}
    if pending_ids:
        raise _missing_tool_results(pending_ids, "messages")


def _missing_tool_results(call_ids: set[str], path: str) -> Exception:
    """The 400 for tool calls without a result."""
    missing = ", ".join(sorted(call_ids))
    message = "An assistant message with 'tool_calls' must be followed by tool messages responding to each"
    return invalid_request(f"{message} 'tool_call_id'. No response for: {missing}", path)
