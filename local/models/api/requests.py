"""The bodies of requests, validated field by field."""

import json
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from local.models.api.errors import ApiError, invalid_request

Role = Literal["system", "developer", "user", "assistant", "tool"]
JsonObject = dict[str, Any]
RequestT = TypeVar("RequestT", bound="StrictRequestModel")


class StrictRequestModel(BaseModel):
    """A part of a request. An unknown field is an error, as it is in OpenAI's API."""

    model_config = ConfigDict(extra="forbid", strict=True)


class TextPart(StrictRequestModel):
    type: Literal["text"]
    text: str


class ImageUrl(StrictRequestModel):
    url: str
    detail: Literal["auto", "low", "high", "original"] = "auto"


class ImagePart(StrictRequestModel):
    type: Literal["image_url"]
    image_url: ImageUrl


class RefusalPart(StrictRequestModel):
    type: Literal["refusal"]
    refusal: str


ContentPart = Annotated[TextPart | ImagePart | RefusalPart, Field(discriminator="type")]


class FunctionCall(StrictRequestModel):
    name: str
    arguments: str


class MessageToolCall(StrictRequestModel):
    id: str
    type: Literal["function"] = "function"
    function: FunctionCall


class RequestMessage(StrictRequestModel):
    """One message of the conversation."""

    role: Role
    content: str | list[ContentPart] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[MessageToolCall] | None = None
    tool_call_id: str | None = None
    # Fields that some clients send back from an earlier response.
    context: JsonObject | None = None
    audio: None = None
    annotations: list[JsonObject] | None = None
    function_call: None = None
    reasoning_content: str | None = None

    def text(self) -> str:
        """All the text of the message, its parts joined by newlines."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or [] if isinstance(part, TextPart))

    def parts(self) -> list[ContentPart]:
        """The content as parts, even if it was sent as a string."""
        if isinstance(self.content, str):
            return [TextPart(type="text", text=self.content)]
        return self.content or []

    def images(self) -> list[ImageUrl]:
        """The images of the message, in order."""
        return [part.image_url for part in self.parts() if isinstance(part, ImagePart)]


class FunctionDefinition(StrictRequestModel):
    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    description: str | None = None
    parameters: JsonObject = Field(default_factory=dict)
    strict: bool | None = None


class ToolDefinition(StrictRequestModel):
    type: Literal["function"]
    function: FunctionDefinition


class NamedToolChoiceFunction(StrictRequestModel):
    name: str


class NamedToolChoice(StrictRequestModel):
    type: Literal["function"]
    function: NamedToolChoiceFunction


class ResponseJsonSchema(BaseModel):
    """The `json_schema` of a response format; pydantic reserves the name `schema`."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    description: str | None = None
    body: JsonObject = Field(alias="schema")
    strict: bool | None = None


class ResponseFormat(StrictRequestModel):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: ResponseJsonSchema | None = None


class StreamOptions(StrictRequestModel):
    include_usage: bool = False
    include_obfuscation: bool | None = None


class ChatCompletionRequest(StrictRequestModel):
    """The body of `POST /v1/chat/completions`. Sampling parameters are accepted and have no effect."""

    model: str
    messages: list[RequestMessage] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: list[ToolDefinition] | None = Field(default=None, max_length=128)
    tool_choice: Literal["none", "auto", "required"] | NamedToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    stop: str | list[str] | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    n: int | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    seed: int | None = None
    user: str | None = None
    store: bool | None = None
    metadata: dict[str, str] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    logit_bias: dict[str, float] | None = None
    modalities: list[str] | None = None
    service_tier: str | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None

    def images(self) -> list[ImageUrl]:
        """Every image of the conversation, in order."""
        return [image for message in self.messages for image in message.images()]

    def max_output_tokens(self) -> int | None:
        """The most tokens that the answer may have, or None."""
        return self.max_completion_tokens or self.max_tokens

    def stop_sequences(self) -> list[str]:
        """The strings at which the answer ends."""
        return [self.stop] if isinstance(self.stop, str) else self.stop or []


class EmbeddingRequest(StrictRequestModel):
    """The body of `POST /v1/embeddings`."""

    model: str
    input: str | list[str]
    dimensions: int | None = None
    encoding_format: Literal["float", "base64"] = "float"
    user: str | None = None


def parse_request(model: type[RequestT], body: bytes) -> RequestT:
    """Parse a request body. The first field that is wrong raises a 400 that names it."""
    return validate_fields(model, parse_json(body))


def parse_json(body: bytes) -> Any:
    """The JSON in a body."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise invalid_request("We could not parse the JSON body of your request.", None) from error


def validate_fields(model: type[RequestT], data: Any) -> RequestT:
    """The request with these fields. The first that is wrong raises a 400 that names it."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _request_error(error.errors()[0], data) from error


def _request_error(detail: ErrorDetails, data: Any) -> ApiError:
    """One of pydantic's errors in OpenAI's words."""
    parameter = _parameter_path(detail["loc"], data)
    if detail["type"] == "missing":
        return invalid_request(f"Missing required parameter: '{parameter}'.", parameter, "missing_required_parameter")
    if detail["type"] == "extra_forbidden":
        return invalid_request(f"Unknown parameter: '{parameter}'.", parameter, "unknown_parameter")
    return invalid_request(f"Invalid value for '{parameter}': {detail['msg']}.", parameter, "invalid_value")


def _parameter_path(location: tuple[int | str, ...], data: Any) -> str:
    """
    A location in the body as OpenAI writes it: `messages[0].content`.

    Pydantic also names the branch of a union that it tried. Keys that the body
    doesn't have are left out, except for the missing field itself.
    """
    path = ""
    for index, key in enumerate(location):
        if isinstance(key, int) and isinstance(data, list):
            path, data = f"{path}[{key}]", data[key]
        elif isinstance(data, dict) and (key in data or index == len(location) - 1):
            path, data = f"{path}.{key}", data.get(key)
    return path.lstrip(".")
