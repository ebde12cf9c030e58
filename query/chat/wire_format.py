"""OpenAI's chat-completions wire format on one side, our words on the other, streaming included."""

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
ALIVE = ": still working\n\n"
MOST_FOUND = 40  # photos of an earlier answer that a conversation goes on with


class WireModel(BaseModel):
    """What clients send: numbers are numbers, unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, strict=True)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Count = Annotated[int, Field(ge=1), BeforeValidator(_whole)]  # JSON makes no difference between 1 and 1.0
TEXT: JsonDict = {"properties": {"type": {"const": "text"}}}
PICTURE: JsonDict = {"properties": {"image_url": {"type": "object"}}, "required": ["image_url"]}


class ImageUrl(WireModel):
    url: str = Field(pattern=r"^data:image/[a-z+.-]+;base64,", json_schema_extra={"format": "image-data-url"})


class ContentPart(WireModel):
    """A piece of a message: text, or a picture as a data URL."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [TEXT, PICTURE]})

    type: Literal["text", "image_url"]
    text: str = ""
    image_url: ImageUrl | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "ContentPart":
        if self.type == "image_url" and self.image_url is None:
            raise ValueError("an image_url part wants image_url.url, a data URL")
        return self


class ChatMessage(WireModel):
    """One message as clients send it; what they add beyond these fields is ignored."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None
    context: Any = None

    @property
    def found(self) -> list[str]:
        """The ids of the photos an answer of ours came with, where a client sends its context back."""
        given = self.context if isinstance(self.context, dict) else {}
        lists = [given.get("photos"), given.get("citations")]
        photos = next((each for each in lists if isinstance(each, list) and each), [])
        return [
            each["id"] for each in photos[:MOST_FOUND] if isinstance(each, dict) and isinstance(each.get("id"), str)
        ]

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
    """The part of OpenAI's request that means something here."""

    model: str | None = None
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    max_tokens: Count | None = None
    max_completion_tokens: Count | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    stop: str | list[str] | None = None
    user: str | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> "ChatRequest":
        if not any(each.role == "user" for each in self.messages):
            raise ValueError("messages want at least one with the role 'user'")
        return self

    @property
    def options(self) -> dict[str, Any]:
        """What is handed on to the model as it came."""
        given = {
            "max_completion_tokens": self.max_completion_tokens or self.max_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "stop": self.stop,
            "user": self.user,
        }
        return {name: value for name, value in given.items() if value is not None}


def parse(body: bytes, *, served: Sequence[str]) -> ChatRequest:
    """The request in a body; BadRequest names the field at fault. `served` are the names of models there are."""
    request = validate(ChatRequest, parse_json(body))
    if request.model and request.model not in served:
        raise BadRequest(
            f"the model {request.model!r} does not exist here; this service has {' and '.join(served)}",
            param="model",
            code="model_not_found",
        )
    return request


@dataclass(frozen=True)
class CompletionEnvelope:
    """What all chunks of one answer share."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def completion(
        self, text: str, finish_reason: str, usage: TokenUsage, context: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A whole answer."""
        message = {"role": "assistant", "content": text, "refusal": None, "context": context}
        return self._wrapped(
            "chat.completion",
            choices=[{"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}],
            usage=usage_body(usage),
        )

    def chunk(self, delta: Mapping[str, Any], finish_reason: str | None = None) -> str:
        """One server-sent event of a streamed answer."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return event(self._wrapped("chat.completion.chunk", choices=[choice]))

    def usage_chunk(self, usage: TokenUsage) -> str:
        return event(self._wrapped("chat.completion.chunk", choices=[], usage=usage_body(usage)))

    def _wrapped(self, kind: str, **rest: Any) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, **rest}


def event(body: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def listed(words: Sequence[str]) -> str:
    """A list as JSON in a string."""
    return json.dumps(list(words), ensure_ascii=False)


def usage_body(usage: TokenUsage) -> dict[str, int]:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.total,
    }


def model_card(name: str) -> dict[str, Any]:
    """A model as `GET /v1/models/{id}` shows it."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "chat-with-your-photos"}


def model_list(served: Sequence[str]) -> dict[str, Any]:
    """The answer of `GET /v1/models`."""
    return {"object": "list", "data": [model_card(name) for name in dict.fromkeys(served)]}
