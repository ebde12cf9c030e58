"""Responses in the wire format: one JSON body, or the same as a stream of chunks."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from local.models.api.usage import EstimatedUsage, split_into_tokens

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]
TOKENS_PER_CHUNK = 6


@dataclass(frozen=True)
class AssistantToolCall:
    """A tool call: the tool's name and its arguments as JSON text."""

    name: str
    arguments: str
    id: str = field(default_factory=lambda: f"call_{uuid.uuid4().hex[:24]}")

    def body(self) -> dict[str, Any]:
        """The JSON object that stands in a message."""
        return {
            "id": self.id,
            "type": "function",
            "function": {"name": self.name, "arguments": self.arguments},
        }


@dataclass(frozen=True)
class ModelOutput:
    """The output of a model: a text, a refusal or tool calls. `reasoning` comes before any of them, in this field."""

    text: str | None = None
    refusal: str | None = None
    tool_calls: tuple[AssistantToolCall, ...] = ()
    finish_reason: FinishReason = "stop"
    reasoning: str | None = None
    reasoning_field: Literal["reasoning", "reasoning_content"] = "reasoning_content"

    def count_tokens(self) -> int:
        """The number of tokens in the output."""
        texts = [self.text or "", self.refusal or "", self.reasoning or ""]
        texts += [tool_call.name + tool_call.arguments for tool_call in self.tool_calls]
        return sum(len(split_into_tokens(text)) for text in texts)


def truncate_output(output: ModelOutput, stops: list[str], limit: int | None) -> ModelOutput:
    """The output, cut off before the first stop string and after `limit` tokens."""
    text = output.text
    if text is None:
        return output
    for stop in stops:
        text = text.split(stop, 1)[0] if stop else text
    tokens = split_into_tokens(text)
    if limit is not None and len(tokens) > limit:
        return replace(output, text="".join(tokens[:limit]), finish_reason="length")
    return replace(output, text=text)


@dataclass(frozen=True)
class CompletionMetadata:
    """The fields that every chunk of an answer repeats."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def body(self, object_type: str, **fields: object) -> dict[str, object]:
        """The common fields, followed by `fields`."""
        common = {"id": self.id, "object": object_type, "created": self.created, "model": self.model}
        return {**common, "system_fingerprint": "stand-in", **fields}


def completion_body(output: ModelOutput, metadata: CompletionMetadata, usage: EstimatedUsage) -> dict[str, object]:
    """The body of a response that isn't streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": output.text, "refusal": output.refusal}
    if output.tool_calls:
        message["tool_calls"] = [tool_call.body() for tool_call in output.tool_calls]
    if output.reasoning is not None:
        message[output.reasoning_field] = output.reasoning
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _effective_finish_reason(output)}
    return metadata.body("chat.completion", choices=[choice], usage=usage.body())


def _effective_finish_reason(output: ModelOutput) -> FinishReason:
    """Why the output ended. Tool calls have a reason of their own."""
    return "tool_calls" if output.tool_calls and output.finish_reason == "stop" else output.finish_reason


def _message_deltas(output: ModelOutput) -> Iterator[dict[str, Any]]:
    """The message in pieces, of which the first names the role."""
    yield {"role": "assistant", "content": "" if output.text is not None else None, "refusal": None}
    for text in split_for_streaming(output.reasoning or ""):
        yield {output.reasoning_field: text}
    for text in split_for_streaming(output.text or ""):
        yield {"content": text}
    for text in split_for_streaming(output.refusal or ""):
        yield {"refusal": text}
    for index, tool_call in enumerate(output.tool_calls):
        opening = {**tool_call.body(), "function": {"name": tool_call.name, "arguments": ""}}
        yield {"tool_calls": [{"index": index, **opening}]}
        for text in split_for_streaming(tool_call.arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": text}}]}


def split_for_streaming(text: str) -> Iterator[str]:
    """The text in pieces of a few tokens; joined, they are the text again."""
    tokens = split_into_tokens(text)
    for start in range(0, len(tokens), TOKENS_PER_CHUNK):
        yield "".join(tokens[start : start + TOKENS_PER_CHUNK])


def sse_chunks(output: ModelOutput, metadata: CompletionMetadata, usage: EstimatedUsage | None) -> Iterator[bytes]:
    """The response as server-sent events up to `[DONE]`. With `usage` there is one more chunk, without choices."""
    extra = {"usage": None} if usage else {}
    for delta in _message_deltas(output):
        yield sse_event(metadata.body("chat.completion.chunk", choices=[_chunk_choice(delta, None)], **extra))
    yield sse_event(
        metadata.body("chat.completion.chunk", choices=[_chunk_choice({}, _effective_finish_reason(output))], **extra)
    )
    if usage:
        yield sse_event(metadata.body("chat.completion.chunk", choices=[], usage=usage.body()))
    yield b"data: [DONE]\n\n"


def _chunk_choice(delta: dict[str, Any], reason: FinishReason | None) -> dict[str, Any]:
    """The one choice of a chunk."""
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}


def sse_event(body: dict[str, object]) -> bytes:
    """One server-sent event."""
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()
