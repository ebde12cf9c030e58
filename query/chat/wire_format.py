"""OpenAI's chat-completions wire format: the requests we read, and the bodies and events we write."""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from shared.errors import BadRequest
from shared.models import TokenUsage
from shared.validation import parse_json, validate

DONE = "data: [DONE]\n\n"
KEEP_ALIVE = ": still working\n\n"
MAX_TEXT = 1_000_000  # characters of all messages, without pictures: about 250,000 tokens
MAX_CONTEXT_PHOTOS = 40  # photos of an earlier answer that a client may send back


class WireModel(BaseModel):
    """What clients send: types are strict, unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, strict=True)


def _integer_if_whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


TokenLimit = Annotated[
    int, Field(ge=1, le=2**31 - 1), BeforeValidator(_integer_if_whole)
]  # in JSON 1 and 1.0 are the same number
TEXT_PART: JsonDict = {"properties": {"type": {"const": "text"}}}
IMAGE_PART: JsonDict = {"properties": {"image_url": {"type": "object"}}, "required": ["image_url"]}


class ImageUrl(WireModel):
    url: str = Field(pattern=r"^data:image/[a-z+.-]+;base64,", json_schema_extra={"format": "image-data-url"})


class ContentPart(WireModel):
    """A piece of a message: text, or a picture as a data URL."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [TEXT_PART, IMAGE_PART]})

    type: Literal["text", "image_url"]
    text: str = ""
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
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""

    @property
    def images(self) -> list[str]:
        """The pictures in the message, as data URLs."""
        parts = self.content if isinstance(self.content, list) else []
        return [part.image_url.url for part in parts if part.image_url]


class StreamOptions(WireModel):
    include_usage: bool = False


class ChatRequest(WireModel):
    """The part of OpenAI's request that we support."""

    model: str | None = None
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    max_tokens: TokenLimit | None = None
    max_completion_tokens: TokenLimit | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    stop: str | list[str] | None = None
    user: str | None = None

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


def parse(body: bytes, *, model_names: Sequence[str]) -> ChatRequest:
    """The request in a body; BadRequest names the field at fault. `model_names` are the models it may ask for."""
    request = validate(ChatRequest, parse_json(body))
    if request.model and request.model not in model_names:
        raise BadRequest(
            f"the model {request.model!r} does not exist here; this service has {' and '.join(model_names)}",
            param="model",
            code="model_not_found",
        )
    if sum(len(each.text) for each in request.messages) > MAX_TEXT:
        raise BadRequest(
            f"the messages have more than {MAX_TEXT:,} characters: start a new conversation",
            param="messages",
            code="context_length_exceeded",
        )
    return request


@dataclass(frozen=True)
class CompletionEnvelope:
    """The fields that all chunks of one answer share."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def completion(
        self, text: str, finish_reason: str, usage: TokenUsage, context: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The body of a whole answer."""
        message = {"role": "assistant", "content": text, "refusal": None, "context": context}
        return self._body(
            "chat.completion",
            choices=[{"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}],
            usage=usage_body(usage),
        )

    def chunk(self, delta: Mapping[str, Any], finish_reason: str | None = None) -> str:
        """One server-sent event of a streamed answer."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return server_sent_event(self._body("chat.completion.chunk", choices=[choice]))

    def usage_chunk(self, usage: TokenUsage) -> str:
        return server_sent_event(self._body("chat.completion.chunk", choices=[], usage=usage_body(usage)))

    def _body(self, kind: str, **rest: Any) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, **rest}


def server_sent_event(body: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def json_list(texts: Sequence[str]) -> str:
    """A list as JSON in a string."""
    return json.dumps(list(texts), ensure_ascii=False)


def usage_body(usage: TokenUsage) -> dict[str, int]:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.total,
    }


def model_card(name: str) -> dict[str, Any]:
    """A model as `GET /v1/models/{id}` shows it."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "chat-with-your-photos"}


def model_list(model_names: Sequence[str]) -> dict[str, Any]:
    """The models as `GET /v1/models` lists them."""
    return {"object": "list", "data": [model_card(name) for name in dict.fromkeys(model_names)]}
