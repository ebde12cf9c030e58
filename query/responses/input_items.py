"""The input of a Responses request, item by item, as the messages of a chat."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from query.chat.wire_model import WireModel

JsonObject = dict[str, Any]


class InputPart(WireModel):
    """A piece of a message or of a tool's output; a picture is a data URL."""

    type: Literal["input_text", "output_text", "text", "input_image", "refusal", "input_file", "input_audio"]
    text: str = ""
    refusal: str = ""
    image_url: str | None = Field(None, json_schema_extra={"format": "image-data-url"})

    def chat_part(self) -> JsonObject:
        """The same as chat completions have it; what they cannot have is a file."""
        if self.type == "input_image":
            url = self.image_url
            return {"type": "image_url", "image_url": {"url": url}} if url else {"type": "file"}
        if self.type == "refusal":
            return {"type": "refusal", "refusal": self.refusal}
        if self.type in {"input_file", "input_audio"}:
            return {"type": "file"}
        return {"type": "text", "text": self.text}


class InputMessage(WireModel):
    type: Literal["message"] = "message"
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[InputPart]


class FunctionCallItem(WireModel):
    """A call of the caller's tool, as an earlier response had it."""

    type: Literal["function_call"]
    call_id: str
    name: str
    arguments: str


class FunctionOutputItem(WireModel):
    """The result of such a call."""

    type: Literal["function_call_output"]
    call_id: str
    output: str | list[InputPart]


class ReasoningItem(WireModel):
    """What a model thought; it is passed over."""

    type: Literal["reasoning"]


def _kind(item: Any) -> str:
    kind = item.get("type", "message") if isinstance(item, dict) else getattr(item, "type", "message")
    return kind if isinstance(kind, str) else ""


InputItem = Annotated[
    Annotated[InputMessage, Tag("message")]
    | Annotated[FunctionCallItem, Tag("function_call")]
    | Annotated[FunctionOutputItem, Tag("function_call_output")]
    | Annotated[ReasoningItem, Tag("reasoning")],
    Discriminator(_kind),
]


def chat_messages(items: Iterable[InputItem]) -> list[JsonObject]:
    """The messages of a chat; calls that follow each other, or a text, are one message."""
    messages: list[JsonObject] = []
    for item in items:
        match item:
            case InputMessage():
                messages.append({"role": item.role, "content": _content(item.content)})
            case FunctionCallItem():
                if not messages or messages[-1]["role"] != "assistant":
                    messages.append({"role": "assistant", "content": None})
                messages[-1].setdefault("tool_calls", []).append(_tool_call(item))
            case FunctionOutputItem():
                content = _content(item.output)
                messages.append({"role": "tool", "tool_call_id": item.call_id, "content": content})
    return messages


def _content(content: str | list[InputPart]) -> str | list[JsonObject]:
    return content if isinstance(content, str) else [part.chat_part() for part in content]


def _tool_call(item: FunctionCallItem) -> JsonObject:
    return {"id": item.call_id, "type": "function", "function": {"name": item.name, "arguments": item.arguments}}
