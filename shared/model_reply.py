"""What a round of a chat model comes to, put together from the pieces servers send it in."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

THINK, THOUGHT = "<think>", "</think>"


@dataclass(frozen=True)
class TokenUsage:
    """Tokens as the model's server counted them; zero where it does not say."""

    prompt: int = 0
    completion: int = 0

    @property
    def total(self) -> int:
        return self.prompt + self.completion

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(self.prompt + other.prompt, self.completion + other.completion)


@dataclass(frozen=True)
class ToolCall:
    """A tool the model wants run; `arguments` is JSON as it wrote it, which may be malformed."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class ModelReply:
    """What one round of a model came to."""

    text: str = ""
    finish_reason: str = "stop"
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: TokenUsage = TokenUsage()


def reasoning(message: Any) -> str:
    """Some servers leave `content` empty and put the text where the thinking goes."""
    extra = message.model_extra or {}
    return str(extra.get("reasoning_content") or extra.get("reasoning") or "")


class ThinkingFilter:
    """Leaves out what a reasoning model thinks aloud in front of its answer, between `<think>` and `</think>`."""

    def __init__(self) -> None:
        self._held = ""
        self._state: Literal["start", "thinking", "thought", "answering"] = "start"

    def feed(self, piece: str) -> str:
        """What of this piece belongs to the answer."""
        if self._state == "answering":
            return piece
        self._held += piece
        if self._state == "start":
            opening = self._held.lstrip()
            if len(opening) < len(THINK) and THINK.startswith(opening):
                return ""
            self._state = "thinking" if opening.startswith(THINK) else "answering"
        if self._state == "answering":
            return self.rest()
        if self._state == "thinking":
            _, end, answer = self._held.partition(THOUGHT)
            if not end:
                return ""
            self._state, self._held = "thought", answer
        self._held = self._held.lstrip()
        if self._held:
            self._state = "answering"
        return self.rest()

    def rest(self) -> str:
        """What was held back and turned out not to be thinking."""
        held, self._held = self._held, ""
        return "" if self._state == "thinking" else held


@dataclass
class PartialToolCall:
    """A tool call in the making."""

    index: int | None
    id: str = ""
    name: str = ""
    arguments: str = ""

    def add(self, fragment: Any) -> None:
        self.id = fragment.id or self.id
        if fragment.function:
            self.name += fragment.function.name or ""
            given = fragment.function.arguments or ""
            self.arguments += given if isinstance(given, str) else json.dumps(given)


@dataclass
class StreamedReply:
    """A streamed round in the making: the words, and tool calls put together from their fragments."""

    text: str = ""
    thoughts: str = ""
    refusal: str = ""
    finish_reason: str = "stop"
    usage: TokenUsage = TokenUsage()
    calls: list[PartialToolCall] = field(default_factory=list)

    def add(self, choice: Any) -> None:
        """What a chunk brings besides words."""
        self.finish_reason = choice.finish_reason or self.finish_reason
        self.refusal += choice.delta.refusal or ""
        self.thoughts += reasoning(choice.delta)
        for fragment in choice.delta.tool_calls or ():
            self._call(fragment).add(fragment)

    def _call(self, fragment: Any) -> PartialToolCall:
        """The call a fragment belongs to: by index, but servers leave it out, or give all calls the same one."""
        same = [call for call in self.calls if call.index == fragment.index]
        if fragment.index is None and not fragment.id:
            same = self.calls
        if not same or (fragment.id and same[-1].id not in ("", fragment.id)):
            self.calls.append(PartialToolCall(fragment.index))
            return self.calls[-1]
        return same[-1]

    def reply(self) -> ModelReply:
        calls = (
            ToolCall(call.id or f"call_{number}", call.name, call.arguments) for number, call in enumerate(self.calls)
        )
        return ModelReply(self.text, self.finish_reason, self.refusal, tuple(calls), self.usage)
