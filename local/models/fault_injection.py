"""Misbehaviour on demand: which call goes wrong, and how."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field

from local.models.api.errors import ApiError, content_filtered, context_too_long, rate_limited, server_error
from local.models.api.requests import StrictRequestModel
from local.models.api.responses import AssistantToolCall, ModelOutput

Operation = Literal["vision", "chat", "embed"]
FaultKind = Literal[
    "latency",
    "429",
    "500",
    "503",
    "truncated",
    "refused",
    "malformed",
    "empty",
    "reasoning_only",
    "content_filter",
    "context_length",
    "reset",
    "hang",
]


class FaultRule(StrictRequestModel):
    """
    One order to misbehave.

    `rate` is deterministic: 0.5 is every second matching call. `seconds` is the
    delay of `latency`, the Retry-After of `429`, and how long `hang` hangs (0 is
    for ever). `count` is how many calls it may still spoil, `lasts` ("for" on the
    wire) for how many seconds it stays in force. With `mid_stream` a streamed
    answer starts well and goes wrong half way.
    """

    kind: FaultKind
    on: Operation | Literal["any"] = "any"
    rate: float = Field(default=1.0, gt=0, le=1)
    seconds: float = Field(default=0.0, ge=0)
    count: int | None = Field(default=None, ge=1)
    duration: float | None = Field(default=None, alias="for", gt=0)
    mid_stream: bool = False


@dataclass
class ActiveFault:
    """A fault in force: how many calls it saw, how many it spoiled, when it began."""

    rule: FaultRule
    started_at: float
    matched_calls: int = 0
    affected_calls: int = 0

    def count_call(self) -> bool:
        """Count one matching call; whether it is one to spoil."""
        matched_before, self.matched_calls = self.matched_calls, self.matched_calls + 1
        is_due = int(self.matched_calls * self.rule.rate + 1e-9) > int(matched_before * self.rule.rate + 1e-9)
        self.affected_calls += is_due
        return is_due

    def is_expired(self, now: float) -> bool:
        """Whether it has run out of calls or of time."""
        is_used_up = self.rule.count is not None and self.affected_calls >= self.rule.count
        return is_used_up or (self.rule.duration is not None and now - self.started_at > self.rule.duration)

    def body(self) -> dict[str, object]:
        """As `GET /__faults` shows it."""
        return {**self.rule.model_dump(by_alias=True), "seen": self.matched_calls, "spoiled": self.affected_calls}


class FaultInjector:
    """The faults in force, oldest first; the first that strikes a call decides."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._active: list[ActiveFault] = []

    def add(self, rule: FaultRule) -> None:
        """Put a fault in force from now on."""
        self._active.append(ActiveFault(rule, self._clock()))

    def clear(self) -> None:
        """Behave well again."""
        self._active.clear()

    def active(self) -> list[ActiveFault]:
        """Those still in force."""
        now = self._clock()
        self._active = [active_fault for active_fault in self._active if not active_fault.is_expired(now)]
        return list(self._active)

    def next_fault(self, on: Operation) -> FaultRule | None:
        """What goes wrong with this call, if anything."""
        for active_fault in self.active():
            if active_fault.rule.on in (on, "any") and active_fault.count_call():
                return active_fault.rule
        return None


def fault_error(rule: FaultRule) -> ApiError | None:
    """The HTTP error this fault means, for those that are one."""
    match rule.kind:
        case "429":
            return rate_limited(rule.seconds)
        case "500" | "503":
            return server_error(int(rule.kind))
        case "content_filter":
            return content_filtered()
        case "context_length":
            return context_too_long()
        case _:
            return None


def corrupt_output(output: ModelOutput, rule: FaultRule | None) -> ModelOutput:
    """The reply as this fault leaves it; faults that are no matter of content leave it as it is."""
    if rule is None:
        return output
    corrupted = {
        "truncated": replace(
            output,
            text=_first_half(output.text),
            tool_calls=_truncate_arguments(output.tool_calls),
            finish_reason="length",
        ),
        "refused": ModelOutput(refusal="I'm sorry, but I can't help with that."),
        "malformed": replace(output, text=_broken_json(output.text), tool_calls=_truncate_arguments(output.tool_calls)),
        "empty": ModelOutput(text=""),
        "reasoning_only": ModelOutput(reasoning=output.text or "Let me think about which tool to use."),
        "content_filter": replace(output, text=_first_half(output.text), tool_calls=(), finish_reason="content_filter"),
    }
    return corrupted.get(rule.kind, output)


def _first_half(text: str | None) -> str | None:
    """The first half of a text."""
    return None if text is None else text[: len(text) // 2]


def _broken_json(text: str | None) -> str | None:
    """Text that is no JSON any more, though it looks finished."""
    return None if text is None else f"Sure! Here it is: {_first_half(text)}"


def _truncate_arguments(tool_calls: tuple[AssistantToolCall, ...]) -> tuple[AssistantToolCall, ...]:
    """Calls whose arguments stop half way."""
    return tuple(replace(tool_call, arguments=_first_half(tool_call.arguments) or "") for tool_call in tool_calls)


def corrupt_vectors(vectors: list[list[float]], rule: FaultRule | None) -> list[list[float]]:
    """Embeddings as this fault leaves them: none, one too few, or too short ones."""
    match rule.kind if rule else None:
        case "empty":
            return []
        case "malformed":
            return vectors[:-1]
        case "truncated":
            return [list(itertools.islice(vector, len(vector) // 2)) for vector in vectors]
        case _:
            return vectors
