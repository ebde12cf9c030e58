"""Requests of the Responses API, and the chat requests that they amount to."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from query.chat.caller_tools import NAME
from query.chat.request_policy import check_refused
from query.chat.wire_format import ChatRequest, TokenLimit, check_request
from query.chat.wire_model import WireModel
from query.responses.input_items import InputItem, chat_messages
from shared.errors import BadRequest
from shared.validation import parse_json, validate

JsonObject = dict[str, Any]

IGNORED: Mapping[str, str] = {
    "include": "there is nothing more to include",
    "reasoning": "set by who runs this service",
    "service_tier": "set by who runs this service",
    "moderation": "set by who runs this service",
    "truncation": "the latest messages that fit are sent to the model",
    "context_management": "the latest messages that fit are sent to the model",
    "max_tool_calls": "our own tools are called in four rounds at most",
    "stream_options": "usage comes with every response",
    "prompt_cache_key": "it changes no answer",
    "prompt_cache_options": "it changes no answer",
    "prompt_cache_retention": "it changes no answer",
    "safety_identifier": "`user` is passed on",
}
REFUSED: Mapping[str, str] = {
    "previous_response_id": "nothing is stored; send the earlier items in input",
    "conversation": "nothing is stored; send the earlier items in input",
    "background": "nothing is stored; wait for the response, or stream it",
    "background_options": "nothing is stored; wait for the response, or stream it",
    "prompt": "nothing is stored; send the prompt in instructions",
    "top_logprobs": "not available",
    "image": "answers are text",
    "access_programs": "not available",
}
# How a fault in the chat request is called in this one.
PARAMS = {
    "response_format.json_schema.schema": "text.format.schema",
    "response_format.json_schema": "text.format",
    "messages": "input",
}


class FunctionToolField(WireModel):
    """A function that the caller runs; other types of tools are not supported."""

    type: Literal["function"]
    name: str = Field(pattern=NAME)
    description: str | None = None
    parameters: JsonObject | None = None
    strict: bool | None = None


class NamedFunction(WireModel):
    type: Literal["function"]
    name: str


class TextFormat(WireModel):
    """Plain text, any JSON object, or JSON of a schema."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    name: str | None = Field(None, pattern=NAME)
    description: str | None = None
    schema_: JsonObject | None = Field(None, alias="schema")
    strict: bool | None = None


class TextOptions(WireModel):
    format: TextFormat | None = None


class ResponsesRequest(WireModel):
    """OpenAI's request to create a response, of which nothing is stored."""

    model: str | None = None
    input: str | Annotated[list[InputItem], Field(min_length=1)]
    instructions: str | None = None
    tools: list[FunctionToolField] | None = Field(None, max_length=128)
    tool_choice: Literal["none", "auto", "required"] | NamedFunction | None = None
    parallel_tool_calls: bool | None = None
    text: TextOptions | None = None
    stream: bool | None = None
    max_output_tokens: TokenLimit | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    user: str | None = None
    store: Annotated[bool | None, Field(description="Ignored: nothing is stored.")] = None
    metadata: Annotated[dict[str, str] | None, Field(description="Comes back with the response.")] = None

    def chat_request(self) -> ChatRequest:
        """The chat request that asks the same."""
        messages = [{"role": "user", "content": self.input}] if isinstance(self.input, str) else []
        messages += chat_messages(self.input if isinstance(self.input, list) else ())
        if self.instructions:
            messages.insert(0, {"role": "system", "content": self.instructions})
        fields = {
            "model": self.model,
            "messages": messages,
            "max_completion_tokens": self.max_output_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "user": self.user,
            "tools": [_chat_tool(tool) for tool in self.tools or ()] or None,
            "tool_choice": self._chat_choice,
            "parallel_tool_calls": self.parallel_tool_calls,
            "response_format": self._chat_format,
        }
        return validate(ChatRequest, fields)

    @property
    def _chat_choice(self) -> str | JsonObject | None:
        if isinstance(self.tool_choice, NamedFunction):
            return {"type": "function", "function": {"name": self.tool_choice.name}}
        return self.tool_choice

    @property
    def _chat_format(self) -> JsonObject | None:
        form = self.text.format if self.text else None
        if form is None:
            return None
        if form.type != "json_schema":
            return {"type": form.type}
        schema = form.model_dump(by_alias=True, exclude={"type"})
        return {"type": form.type, "json_schema": schema | {"name": form.name or "answer"}}


def _chat_tool(tool: FunctionToolField) -> JsonObject:
    return {"type": "function", "function": tool.model_dump(exclude={"type"})}


def parse(body: bytes, *, model_names: Sequence[str]) -> tuple[ResponsesRequest, ChatRequest]:
    """The request in a body, and the chat request that asks the same; BadRequest names the field at fault."""
    value = parse_json(body)
    check_refused(value, REFUSED)
    request = validate(ResponsesRequest, value)
    try:
        chat = request.chat_request()
        check_request(chat, model_names=model_names)
    except BadRequest as error:
        raise BadRequest(str(error), param=_renamed(error.param), code=error.code) from error
    return request, chat


def _renamed(param: str | None) -> str | None:
    """The field of this request that stands for a field of the chat request."""
    if param is None:
        return "input"
    return next((ours for theirs, ours in PARAMS.items() if param.startswith(theirs)), param)
