"""Misbehaviour on demand: which call goes wrong, and how."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field

from local.models.api.errors import ApiError, content_filtered, context_too_long, rate_limited, server_error
from local.models.api.replies import Call, Reply
from local.models.api.requests import Strict

On = Literal["vision", "chat", "embed"]
Kind = Literal[
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


class Fault(Strict):
    """
    One order to misbehave.

    `rate` is deterministic: 0.5 is every second matching call. `seconds` is the
    delay of `latency`, the Retry-After of `429`, and how long `hang` hangs (0 is
    for ever). `count` is how many calls it may still spoil, `lasts` ("for" on the
    wire) for how many seconds it stays in force. With `mid_stream` a streamed
    answer starts well and goes wrong half way.
    """

    kind: Kind
    on: On | Literal["any"] = "any"
    rate: float = Field(default=1.0, gt=0, le=1)
    seconds: float = Field(default=0.0, ge=0)
    count: int | None = Field(default=None, ge=1)
    lasts: float | None = Field(default=None, alias="for", gt=0)
    mid_stream: bool = False


@dataclass
class Standing:
    """A fault in force: how many calls it saw, how many it spoiled, when it began."""

    fault: Fault
    began: float
    seen: int = 0
    spoiled: int = 0

    def strikes(self) -> bool:
        """Count one matching call; whether it is one to spoil."""
        before, self.seen = self.seen, self.seen + 1
        due = int(self.seen * self.fault.rate + 1e-9) > int(before * self.fault.rate + 1e-9)
        self.spoiled += due
        return due

    def over(self, now: float) -> bool:
        """Whether it has run out of calls or of time."""
        spent = self.fault.count is not None and self.spoiled >= self.fault.count
        return spent or (self.fault.lasts is not None and now - self.began > self.fault.lasts)

    def body(self) -> dict[str, object]:
        """As `GET /__faults` shows it."""
        return {**self.fault.model_dump(by_alias=True), "seen": self.seen, "spoiled": self.spoiled}


class Faults:
    """The faults in force, oldest first; the first that strikes a call decides."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._standing: list[Standing] = []

    def add(self, fault: Fault) -> None:
        """Put a fault in force from now on."""
        self._standing.append(Standing(fault, self._clock()))

    def clear(self) -> None:
        """Behave well again."""
        self._standing.clear()

    def current(self) -> list[Standing]:
        """Those still in force."""
        now = self._clock()
        self._standing = [standing for standing in self._standing if not standing.over(now)]
        return list(self._standing)

    def draw(self, on: On) -> Fault | None:
        """What goes wrong with this call, if anything."""
        for standing in self.current():
            if standing.fault.on in (on, "any") and standing.strikes():
                return standing.fault
        return None


def refusal(fault: Fault) -> ApiError | None:
    """The HTTP error this fault means, for those that are one."""
    match fault.kind:
        case "429":
            return rate_limited(fault.seconds)
        case "500" | "503":
            return server_error(int(fault.kind))
        case "content_filter":
            return content_filtered()
        case "context_length":
            return context_too_long()
        case _:
            return None


def spoil(reply: Reply, fault: Fault | None) -> Reply:
    """The reply as this fault leaves it; faults that are no matter of content leave it as it is."""
    if fault is None:
        return reply
    spoiled = {
        "truncated": replace(reply, text=half(reply.text), calls=halved(reply.calls), finish="length"),
        "refused": Reply(refusal="I'm sorry, but I can't help with that."),
        "malformed": replace(reply, text=torn(reply.text), calls=halved(reply.calls)),
        "empty": Reply(text=""),
        "reasoning_only": Reply(reasoning=reply.text or "Let me think about which tool to use."),
        "content_filter": replace(reply, text=half(reply.text), calls=(), finish="content_filter"),
    }
    return spoiled.get(fault.kind, reply)


def half(text: str | None) -> str | None:
    """The first half of a text."""
    return None if text is None else text[: len(text) // 2]


def torn(text: str | None) -> str | None:
    """Text that is no JSON any more, though it looks finished."""
    return None if text is None else f"Sure! Here it is: {half(text)}"


def halved(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """Calls whose arguments stop half way."""
    return tuple(replace(call, arguments=half(call.arguments) or "") for call in calls)


def spoil_vectors(vectors: list[list[float]], fault: Fault | None) -> list[list[float]]:
    """Embeddings as this fault leaves them: none, one too few, or too short ones."""
    match fault.kind if fault else None:
        case "empty":
            return []
        case "malformed":
            return vectors[:-1]
        case "truncated":
            return [list(itertools.islice(vector, len(vector) // 2)) for vector in vectors]
        case _:
            return vectors
