"""An answer in the wire format: one JSON body, or the same as a stream of chunks."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from local.models.api.usage import Usage, pieces

Finish = Literal["stop", "length", "tool_calls", "content_filter"]
WORDS_A_CHUNK = 6


@dataclass(frozen=True)
class Call:
    """A tool call: the tool's name and its arguments as JSON text."""

    name: str
    arguments: str
    id: str = field(default_factory=lambda: f"call_{uuid.uuid4().hex[:24]}")

    def body(self) -> dict[str, Any]:
        """As it stands in a message."""
        return {
            "id": self.id,
            "type": "function",
            "function": {"name": self.name, "arguments": self.arguments},
        }


@dataclass(frozen=True)
class Reply:
    """What the model said: a text, a refusal, or calls of tools; `reasoning` is thought that was not said."""

    text: str | None = None
    refusal: str | None = None
    calls: tuple[Call, ...] = ()
    finish: Finish = "stop"
    reasoning: str | None = None

    def tokens(self) -> int:
        """How many tokens the answer has."""
        written = [self.text or "", self.refusal or "", self.reasoning or ""]
        written += [call.name + call.arguments for call in self.calls]
        return sum(len(pieces(text)) for text in written)


def bounded(reply: Reply, stops: list[str], limit: int | None) -> Reply:
    """The reply, ended before the first stop string and after `limit` tokens."""
    text = reply.text
    if text is None:
        return reply
    for stop in stops:
        text = text.split(stop, 1)[0] if stop else text
    tokens = pieces(text)
    if limit is not None and len(tokens) > limit:
        return replace(reply, text="".join(tokens[:limit]), finish="length")
    return replace(reply, text=text)


@dataclass(frozen=True)
class Envelope:
    """What every chunk of one answer repeats."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def body(self, kind: str, **more: object) -> dict[str, object]:
        """The common fields, then `more`."""
        common = {"id": self.id, "object": kind, "created": self.created, "model": self.model}
        return {**common, "system_fingerprint": "stand-in", **more}


def completion(reply: Reply, envelope: Envelope, usage: Usage) -> dict[str, object]:
    """The body of an answer that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
    if reply.calls:
        message["tool_calls"] = [call.body() for call in reply.calls]
    if reply.reasoning is not None:
        message["reasoning_content"] = reply.reasoning
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish(reply)}
    return envelope.body("chat.completion", choices=[choice], usage=usage.body())


def finish(reply: Reply) -> Finish:
    """Why the answer ended; calls end it with a reason of their own."""
    return "tool_calls" if reply.calls and reply.finish == "stop" else reply.finish


def deltas(reply: Reply) -> Iterator[dict[str, Any]]:
    """The message in pieces, the first naming the role."""
    yield {"role": "assistant", "content": "" if reply.text is not None else None, "refusal": None}
    for text in portions(reply.reasoning or ""):
        yield {"reasoning_content": text}
    for text in portions(reply.text or ""):
        yield {"content": text}
    for text in portions(reply.refusal or ""):
        yield {"refusal": text}
    for index, call in enumerate(reply.calls):
        opening = {**call.body(), "function": {"name": call.name, "arguments": ""}}
        yield {"tool_calls": [{"index": index, **opening}]}
        for text in portions(call.arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": text}}]}


def portions(text: str) -> Iterator[str]:
    """The text in portions of a few tokens; joined they are the text again."""
    tokens = pieces(text)
    for start in range(0, len(tokens), WORDS_A_CHUNK):
        yield "".join(tokens[start : start + WORDS_A_CHUNK])


def chunks(reply: Reply, envelope: Envelope, usage: Usage | None) -> Iterator[bytes]:
    """The answer as server-sent events, up to `[DONE]`; `usage` adds the chunk without choices."""
    extra = {"usage": None} if usage else {}
    for delta in deltas(reply):
        yield as_event(envelope.body("chat.completion.chunk", choices=[choice(delta, None)], **extra))
    yield as_event(envelope.body("chat.completion.chunk", choices=[choice({}, finish(reply))], **extra))
    if usage:
        yield as_event(envelope.body("chat.completion.chunk", choices=[], usage=usage.body()))
    yield b"data: [DONE]\n\n"


def choice(delta: dict[str, Any], reason: Finish | None) -> dict[str, Any]:
    """The one choice of a chunk."""
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}


def as_event(body: dict[str, object]) -> bytes:
    """One server-sent event."""
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()
