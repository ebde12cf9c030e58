"""
What a model's server says, with an answer, of the tokens that are left of a quota: the headers `x-ratelimit-*`.

OpenAI fills a quota up all the time, and says how long that takes as `6m0s`. Azure counts by periods, and says in plain
seconds when the next one begins; older versions of it leave that out, and for some models it says -1, which is nothing.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from shared.models.errors import parse_duration

LONGEST_RESET = 600.0  # seconds: quotas are by the minute, and what is above that is a moment or a mistake


@dataclass(frozen=True)
class TokenLimit:
    """
    Tokens that are left of a quota, and of how many.

    `reset` is the number of seconds until all of them are there again; `fills_up` says that they come bit by bit until
    then, not all at once.
    """

    remaining: int
    limit: int
    reset: float
    fills_up: bool = False

    @property
    def rate(self) -> float:
        """Tokens that come each second where they come bit by bit."""
        return (self.limit - self.remaining) / self.reset if self.reset else float(self.limit)


# What whoever calls a model wants to be told: the last answer's is the last.
told_limits: ContextVar[list[TokenLimit] | None] = ContextVar("told_limits", default=None)


def read_token_limit(headers: Mapping[str, str]) -> TokenLimit | None:
    """What the headers of an answer say; None where they do not say all of it, or nothing that can be true."""
    text = headers.get("x-ratelimit-reset-tokens", "")
    reset = parse_duration(text)
    remaining, limit = (_count(headers.get(f"x-ratelimit-{name}-tokens")) for name in ("remaining", "limit"))
    if reset is None or reset > LONGEST_RESET or remaining is None or not limit:
        return None
    return TokenLimit(min(remaining, limit), limit, reset, fills_up=not text.replace(".", "").isdecimal())


async def note_token_limit(response: Any) -> None:
    """Tell whoever waits for this response of the SDK's client what it says; a hook of that client."""
    told = told_limits.get()
    if told is not None and (limit := read_token_limit(response.headers)):
        told.append(limit)


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 16 else None
