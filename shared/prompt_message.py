"""The messages of a prompt, in OpenAI's shapes: their text and their pictures have passed the door."""

import base64
import re
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from shared.errors import BadRequest
from shared.prompt_text import PromptText, own, untrusted

DATA_URL = re.compile(r"data:image/[a-z+.-]{1,40};base64,[A-Za-z0-9+/_\s-]*={0,2}\s*")
Detail = Literal["low", "high", "auto"]


class PromptTextPart(TypedDict):
    """A piece of a message that is text."""

    type: Literal["text"]
    text: PromptText


class PictureAddress(TypedDict):
    """The picture itself, as a data URL, and how closely the model looks."""

    url: PromptText
    detail: Detail


class PromptPicturePart(TypedDict):
    """A piece of a message that is a picture."""

    type: Literal["image_url"]
    image_url: PictureAddress


PromptPart = PromptTextPart | PromptPicturePart


class CalledFunction(TypedDict):
    """The tool that was called and its arguments, as JSON."""

    name: PromptText
    arguments: PromptText


class PromptToolCall(TypedDict):
    """A call of a tool, as an assistant's message repeats it."""

    id: PromptText
    type: Literal["function"]
    function: CalledFunction


class PromptMessage(TypedDict):
    """One message."""

    role: Literal["system", "user", "assistant", "tool"]
    content: PromptText | list[PromptPart] | None
    tool_calls: NotRequired[list[PromptToolCall]]
    reasoning_items: NotRequired[list[dict[str, Any]]]  # encrypted by the model's own server, and only for it
    tool_call_id: NotRequired[PromptText]


def text_part(text: PromptText) -> PromptTextPart:
    """A piece of text."""
    return {"type": "text", "text": text}


def jpeg_part(data: bytes, detail: Detail) -> PromptPicturePart:
    """A picture of ours."""
    return picture_part("data:image/jpeg;base64," + base64.b64encode(data).decode(), detail)


def picture_part(data_url: str, detail: Detail) -> PromptPicturePart:
    """A picture as a data URL, and nothing else: the model's server fetches no address that a caller names."""
    if not DATA_URL.fullmatch(data_url):
        raise BadRequest("a picture must be a data URL: data:image/jpeg;base64,...", param="messages")
    return {"type": "image_url", "image_url": {"url": untrusted(data_url, len(data_url)), "detail": detail}}


def tool_call(call_id: PromptText, name: PromptText, arguments: PromptText) -> PromptToolCall:
    """A call of a tool."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def tool_result(call_id: PromptText, content: PromptText) -> PromptMessage:
    """What a tool answered."""
    return {"role": "tool", "tool_call_id": call_id, "content": content}


NO_ARGUMENTS = own("{}")
