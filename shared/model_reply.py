"""The reply of a chat model, put together from the pieces that servers send it in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

THINK_START, THINK_END = "<think>", "</think>"


@dataclass(frozen=True)
class TokenUsage:
    """Tokens as the model's server counted them; 0 where it does not say."""

    prompt: int = 0
    completion: int = 0
    reasoning: int = 0  # of the completion, what was thought and not said
    cached: int = 0  # of the prompt, what the server had read lately, and sells for less
    cache_written: int = 0  # of the prompt, what it keeps for the next one, and may sell for more

    @property
    def total(self) -> int:
        return self.prompt + self.completion

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(
            self.prompt + other.prompt,
            self.completion + other.completion,
            self.reasoning + other.reasoning,
            self.cached + other.cached,
            self.cache_written + other.cache_written,
        )


def token_usage(prompt: int | None, completion: int | None, of_prompt: Any, of_completion: Any) -> TokenUsage:
    """What a server counted, with the details of both, as JSON or as the SDK has them; what it leaves out is none."""
    prompt, completion = prompt or 0, completion or 0
    cached = min(_tokens(of_prompt, "cached_tokens"), prompt)
    written = min(_tokens(of_prompt, "cache_write_tokens"), prompt - cached)
    return TokenUsage(prompt, completion, _tokens(of_completion, "reasoning_tokens"), cached, written)


def _tokens(details: Any, name: str) -> int:
    value = details.get(name) if isinstance(details, Mapping) else getattr(details, name, 0)
    return value or 0


@dataclass(frozen=True)
class ToolCall:
    """A tool that the model wants to run; `arguments` is the JSON it wrote, which may be malformed."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class ModelReply:
    """One complete answer of a model. Its reasoning, for its server alone, goes back with the results of its calls."""

    text: str = ""
    finish_reason: str = "stop"
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: TokenUsage = TokenUsage()
    reasoning_items: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_empty_by_length(self) -> bool:
        """Whether the limit was used up before there was anything to say."""
        return self.finish_reason == "length" and not (self.text.strip() or self.refusal or self.tool_calls)

    @property
    def is_cut_by_reasoning(self) -> bool:
        """Whether reasoning used up what the answer needed, in whole or in part."""
        return self.is_empty_by_length or (self.finish_reason == "length" and self.usage.reasoning > 0)


def reasoning_text(message: Mapping[str, Any]) -> str:
    """The text some servers put where the thinking goes, while they leave `content` empty; "" if there is none."""
    return str(message.get("reasoning_content") or message.get("reasoning") or "")


class ThinkingFilter:
    """Leaves out what a reasoning model writes before its answer, between `<think>` and `</think>`."""

    def __init__(self) -> None:
        self._buffer = ""
        self._state: Literal["start", "thinking", "after thinking", "answering"] = "start"

    def feed(self, piece: str) -> str:
        """The part of this piece that belongs to the answer."""
        if self._state == "answering":
            return piece
        self._buffer += piece
        if self._state == "start":
            opening = self._buffer.lstrip()
            if len(opening) < len(THINK_START) and THINK_START.startswith(opening):
                return ""
            self._state = "thinking" if opening.startswith(THINK_START) else "answering"
        if self._state == "answering":
            return self.rest()
        if self._state == "thinking":
            _, end, answer = self._buffer.partition(THINK_END)
            if not end:
                return ""
            self._state, self._buffer = "after thinking", answer
        self._buffer = self._buffer.lstrip()
        if self._buffer:
            self._state = "answering"
        return self.rest()

    def rest(self) -> str:
        """What is still held back, unless it is thinking."""
        text, self._buffer = self._buffer, ""
        return "" if self._state == "thinking" else text


@dataclass
class PartialToolCall:
    """A tool call of which more fragments may follow."""

    index: int | None
    id: str = ""
    name: str = ""
    arguments: str = ""

    def add(self, fragment: Mapping[str, Any]) -> None:
        self.id = fragment.get("id") or self.id
        if function := fragment.get("function"):
            self.name += function.get("name") or ""
            arguments = function.get("arguments") or ""
            self.arguments += arguments if isinstance(arguments, str) else json.dumps(arguments)


@dataclass
class StreamedReply:
    """A reply that is being streamed: its text, and tool calls put together from their fragments."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    finish_reason: str = "stop"
    usage: TokenUsage = TokenUsage()
    calls: list[PartialToolCall] = field(default_factory=list)

    def add(self, choice: Mapping[str, Any]) -> None:
        """Add what the choice of a chunk brings besides text."""
        delta = choice["delta"]
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        self.refusal += delta.get("refusal") or ""
        self.reasoning += reasoning_text(delta)
        for fragment in delta.get("tool_calls") or ():
            self._call_of(fragment).add(fragment)

    def _call_of(self, fragment: Mapping[str, Any]) -> PartialToolCall:
        """The call a fragment belongs to: by index, but some servers leave it out or give all calls the same one."""
        index, id_ = fragment.get("index"), fragment.get("id")
        candidates = [call for call in self.calls if call.index == index]
        if index is None and not id_:
            candidates = self.calls
        if not candidates or (id_ and candidates[-1].id not in ("", id_)):
            self.calls.append(PartialToolCall(index))
            return self.calls[-1]
        return candidates[-1]

    def reply(self) -> ModelReply:
        """The reply as far as it has come; calls without an id are numbered."""
        calls = (
            ToolCall(call.id or f"call_{number}", call.name, call.arguments) for number, call in enumerate(self.calls)
        )
        return ModelReply(self.text, self.finish_reason, self.refusal, tuple(calls), self.usage)
