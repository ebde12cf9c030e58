"""OpenAI's chat-completions requests as we read them; `envelope.py` writes the answers."""

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from query.chat.caller_tools import CallerTool, CallerTools, ChosenTool, PastToolCall, caller_tools
from query.chat.request_policy import REFUSED, UnusedFields, check_refused
from query.chat.structured_answer import AnswerFormat, ResponseFormatField, answer_format
from query.chat.wire_model import WireModel, integer_if_whole
from shared.errors import BadRequest
from shared.models import ToolCall
from shared.validation import parse_json, validate

MAX_TEXT = 1_000_000  # characters of all messages, without pictures: about 250,000 tokens
MAX_CONTEXT_PHOTOS = 40  # photos of an earlier answer that a client may send back


TokenLimit = Annotated[int, Field(ge=1, le=2**31 - 1), BeforeValidator(integer_if_whole)]
TEXT_PART: JsonDict = {"properties": {"type": {"const": "text"}}}
IMAGE_PART: JsonDict = {"properties": {"image_url": {"type": "object"}}, "required": ["image_url"]}
OTHER_PART: JsonDict = {"properties": {"type": {"enum": ["refusal", "input_audio", "file"]}}}
DATA_URL = "data:image/"
UNREADABLE = {"input_audio", "file"}


class ImageUrl(WireModel):
    url: str = Field(
        pattern=r"^(data:image/[a-z+.-]+;base64,|https?://)", json_schema_extra={"format": "image-data-url"}
    )


class ContentPart(WireModel):
    """
    A piece of a message: text, a picture as a data URL, or a refusal.

    Sound, files and pictures at an address may stand in earlier messages, where they are passed over.
    """

    model_config = ConfigDict(json_schema_extra={"anyOf": [TEXT_PART, IMAGE_PART, OTHER_PART]})

    type: Literal["text", "image_url", "refusal", "input_audio", "file"]
    text: str = ""
    refusal: str = ""
    image_url: ImageUrl | None = None

    @model_validator(mode="after")
    def _check_image_url(self) -> "ContentPart":
        if self.type == "image_url" and self.image_url is None:
            raise ValueError("an image_url part needs image_url.url, a data URL")
        return self


class ChatMessage(WireModel):
    """One message as clients send it."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None
    refusal: str | None = None
    tool_calls: list[PastToolCall] | None = None
    tool_call_id: str | None = None
    context: Any = None

    @property
    def photo_ids(self) -> list[str]:
        """The ids of the photos that came with an answer of ours, if the client sends its context back."""
        context = self.context if isinstance(self.context, dict) else {}
        lists = [context.get("photos"), context.get("citations")]
        photos = next((each for each in lists if isinstance(each, list) and each), [])
        ids = [photo.get("id") for photo in photos[:MAX_CONTEXT_PHOTOS] if isinstance(photo, dict)]
        return [id_ for id_ in ids if isinstance(id_, str)]

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text or part.refusal for part in self.content if part.type in {"text", "refusal"})
        return self.content or self.refusal or ""

    @property
    def images(self) -> list[str]:
        """The pictures in the message, as data URLs."""
        parts = self.content if isinstance(self.content, list) else []
        urls = [part.image_url.url for part in parts if part.image_url]
        return [url for url in urls if url.startswith(DATA_URL)]

    @property
    def calls(self) -> list[ToolCall]:
        """The caller's tools that an answer called."""
        calls = self.tool_calls or [] if self.role == "assistant" else []
        return [ToolCall(each.id, each.function.name, each.function.arguments) for each in calls]


class StreamOptions(WireModel):
    include_usage: bool = False


class ChatRequest(UnusedFields):
    """OpenAI's request; what has no effect here is in `request_policy.py`."""

    model: str | None = None
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: TokenLimit | None = None
    max_completion_tokens: TokenLimit | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    stop: str | list[str] | None = None
    user: str | None = None
    tools: list[CallerTool] | None = Field(None, max_length=128)
    tool_choice: Literal["none", "auto", "required"] | ChosenTool | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormatField | None = None
    collection: str | None = Field(
        None, max_length=200, description="Not OpenAI's: a collection, by id or name, of whose photos alone it answers."
    )

    @model_validator(mode="after")
    def _check_user_message(self) -> "ChatRequest":
        if not any(each.role == "user" for each in self.messages):
            raise ValueError("messages must contain at least one with the role 'user'")
        return self

    @property
    def options(self) -> dict[str, Any]:
        """The fields that are passed on to the model unchanged."""
        options = {
            "max_completion_tokens": self.max_completion_tokens or self.max_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "stop": self.stop,
            "user": self.user,
        }
        return {name: value for name, value in options.items() if value is not None}

    @cached_property
    def caller_tools(self) -> CallerTools:
        """The caller's tools; BadRequest where the fields contradict each other."""
        return caller_tools(self.tools, self.tool_choice, parallel=self.parallel_tool_calls)

    @cached_property
    def answer_format(self) -> AnswerFormat | None:
        """The form the answer must have, None for plain text; BadRequest for a schema that is none."""
        return answer_format(self.response_format)

    @property
    def question(self) -> ChatMessage:
        """The last message of the user."""
        return next(each for each in reversed(self.messages) if each.role == "user")


def parse(body: bytes, *, model_names: Sequence[str]) -> ChatRequest:
    """The request in a body; BadRequest names the field at fault. `model_names` are the models it may ask for."""
    value = parse_json(body)
    check_refused(value, REFUSED)
    request = validate(ChatRequest, value)
    check_request(request, model_names=model_names)
    return request


def check_request(request: ChatRequest, *, model_names: Sequence[str]) -> None:
    """Raise BadRequest for what types alone cannot tell."""
    if request.model and request.model not in model_names:
        raise BadRequest(
            f"the model {request.model!r} does not exist here; this service has {' and '.join(model_names)}",
            param="model",
            code="model_not_found",
        )
    if _length(request) > MAX_TEXT:
        raise BadRequest(
            f"the messages and tools have more than {MAX_TEXT:,} characters: start a new conversation",
            param="messages",
            code="context_length_exceeded",
        )
    _check_question(request)
    _check_tool_results(request.messages)
    assert request.caller_tools is not None
    assert request.answer_format is None or request.answer_format


def _length(request: ChatRequest) -> int:
    """The characters of everything but pictures that the model would read."""
    messages = sum(len(each.text) + sum(len(call.arguments) for call in each.calls) for each in request.messages)
    return messages + sum(len(tool.model_dump_json()) for tool in request.tools or ())


def _check_question(request: ChatRequest) -> None:
    """What is passed over in earlier messages must not be in the question."""
    index = max(index for index, each in enumerate(request.messages) if each.role == "user")
    parts = request.messages[index].content
    for number, part in enumerate(parts if isinstance(parts, list) else ()):
        at = f"messages.{index}.content.{number}"
        if part.type in UNREADABLE:
            raise BadRequest(f"{at}: {part.type} is not supported; send text and pictures", param=f"{at}.type")
        if part.image_url and not part.image_url.url.startswith(DATA_URL):
            raise BadRequest(f"{at}: a picture must be a data URL; nothing is fetched", param=f"{at}.image_url.url")


def _check_tool_results(messages: Sequence[ChatMessage]) -> None:
    """Calls must be followed by their results, and by nothing else, as OpenAI wants it."""
    waiting: set[str] = set()
    for index, message in enumerate(messages):
        if message.role == "tool":
            if message.tool_call_id not in waiting:
                raise BadRequest(
                    f"messages.{index}: a message of the role 'tool' must follow the call that its tool_call_id names",
                    param=f"messages.{index}.tool_call_id",
                )
            waiting.discard(message.tool_call_id)
        elif waiting:
            break
        else:
            waiting = {call.id for call in message.calls}
    if waiting:
        raise BadRequest(f"no message has the result of {', '.join(sorted(waiting))}", param="messages")


def model_card(name: str) -> dict[str, Any]:
    """A model as `GET /v1/models/{id}` shows it."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "chat-with-your-photos"}


def model_list(model_names: Sequence[str]) -> dict[str, Any]:
    """The models as `GET /v1/models` lists them."""
    return {"object": "list", "data": [model_card(name) for name in dict.fromkeys(model_names)]}
