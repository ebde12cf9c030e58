"""Fault injection: which request goes wrong, and how."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field

from local.models.api.errors import ApiError, content_filtered, context_too_long, rate_limited, server_error
from local.models.api.requests import StrictRequestModel
from local.models.api.responses import AssistantToolCall, ModelOutput

Operation = Literal["vision", "chat", "embed", "embed_image", "batch", "batched"]
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
    "failed",
    "expired",
    "cancelled",
]


class FaultRule(StrictRequestModel):
    """
    A fault to inject: the body of `POST /__faults`.

    `rate` is deterministic: 0.5 is every second matching request. `seconds` is
    the delay of `latency`, the Retry-After of `429`, and how long `hang` hangs
    (0 means for ever). `count` is the most requests it affects. `duration`
    ("for" in JSON) is how many seconds it stays active. With `mid_stream`, a
    streamed answer starts well and goes wrong half-way.
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
    """A fault that has been set, with the requests that it matched and those that it affected."""

    rule: FaultRule
    started_at: float
    matched_requests: int = 0
    affected_requests: int = 0

    def count_request(self) -> bool:
        """Count a matching request and return whether the fault affects it."""
        matched_before, self.matched_requests = self.matched_requests, self.matched_requests + 1
        is_due = int(self.matched_requests * self.rule.rate + 1e-9) > int(matched_before * self.rule.rate + 1e-9)
        self.affected_requests += is_due
        return is_due

    def is_expired(self, now: float) -> bool:
        """Whether it has used up its requests or its time."""
        is_used_up = self.rule.count is not None and self.affected_requests >= self.rule.count
        return is_used_up or (self.rule.duration is not None and now - self.started_at > self.rule.duration)

    def body(self) -> dict[str, object]:
        """The entry in `GET /__faults`."""
        return {**self.rule.model_dump(by_alias=True), "seen": self.matched_requests, "spoiled": self.affected_requests}


class FaultInjector:
    """The active faults, oldest first. The first that affects a request decides what happens to it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._active: list[ActiveFault] = []

    def add(self, rule: FaultRule) -> None:
        """Set a fault, active from now on."""
        self._active.append(ActiveFault(rule, self._clock()))

    def clear(self) -> None:
        """Remove all faults."""
        self._active.clear()

    def active(self) -> list[ActiveFault]:
        """The faults that haven't expired."""
        now = self._clock()
        self._active = [active_fault for active_fault in self._active if not active_fault.is_expired(now)]
        return list(self._active)

    def next_fault(self, operation: Operation) -> FaultRule | None:
        """The fault for the next request of this operation, if there is one."""
        for active_fault in self.active():
            if active_fault.rule.on in (operation, "any") and active_fault.count_request():
                return active_fault.rule
        return None


def fault_error(rule: FaultRule) -> ApiError | None:
    """The HTTP error that this fault causes, if it is one that does."""
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
    """The output as this fault leaves it. Faults that don't concern content leave it unchanged."""
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
    return None if text is None else text[: len(text) // 2]


def _broken_json(text: str | None) -> str | None:
    """Text that isn't JSON any more, though it looks complete."""
    return None if text is None else f"Sure! Here it is: {_first_half(text)}"


def _truncate_arguments(tool_calls: tuple[AssistantToolCall, ...]) -> tuple[AssistantToolCall, ...]:
    """The tool calls with arguments that stop half-way."""
    return tuple(replace(tool_call, arguments=_first_half(tool_call.arguments) or "") for tool_call in tool_calls)


def corrupt_vectors(vectors: list[list[float]], rule: FaultRule | None) -> list[list[float]]:
    """Embeddings as this fault leaves them: none, one too few, or vectors that are too short."""
    match rule.kind if rule else None:
        case "empty":
            return []
        case "malformed":
            return vectors[:-1]
        case "truncated":
            return [list(itertools.islice(vector, len(vector) // 2)) for vector in vectors]
        case _:
            return vectors
