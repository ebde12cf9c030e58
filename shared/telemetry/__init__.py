"""
What the app tells about its work: a trace for each photo and each question, and a few metrics.

Nothing is imported and nothing costs time unless an exporter is set: Application Insights, a file, or whatever
OpenTelemetry's own settings name. docs/telemetry.md lists all spans and metrics.

Attributes are ids, names of models, numbers and words of our own, never what people or models wrote: `Attributes`
takes no others, and a test reads what a run has exported.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Literal

from shared.log_text import error_kind
from shared.model_reply import TokenUsage

if TYPE_CHECKING:
    from shared.telemetry.provider import Telemetry

Attributes = Mapping[str, str | int | float | bool]
Outcome = Literal["searchable", "skipped", "postponed", "failed", "crashed"]
Purpose = Literal["caption", "embedding", "image_embedding", "chat", "look", "search", "other"]

EXPORTERS = ("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER")
DESTINATIONS = ("APPLICATIONINSIGHTS_CONNECTION_STRING", "TELEMETRY_FILE", "OTEL_EXPORTER_OTLP_ENDPOINT")

TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

_incoming: ContextVar[str] = ContextVar("incoming", default="")
_purpose: ContextVar[Purpose] = ContextVar("purpose", default="other")
_payer: ContextVar[str] = ContextVar("payer", default="")


def is_wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the settings name somewhere to send telemetry."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    named = any(environment.get(each, "").strip().lower() not in {"", "none"} for each in EXPORTERS)
    return named or any(environment.get(each, "").strip() for each in DESTINATIONS)


@cache
def telemetry() -> "Telemetry | None":
    """The telemetry of this process, started on first use; None where it is off."""
    if not is_wanted():
        return None
    from shared.telemetry.provider import start  # noqa: PLC0415 - nothing is imported where it is off

    return start()


def close() -> None:
    """Send what has not been sent, and stop, if it has begun."""
    if telemetry.cache_info().currsize and (active := telemetry()):
        active.close()
    telemetry.cache_clear()


class Span:
    """What is under way. This one, of a process without telemetry, takes everything and keeps nothing."""

    traceparent = ""

    def set(self, **attributes: str | int | float | bool) -> None:
        """Add attributes; `__` in a name stands for a dot."""


NO_SPAN = Span()


def span(
    name: str, attributes: Attributes | None = None, *, parent: str = "", client: bool = False
) -> AbstractContextManager[Span]:
    """
    A step of the work, which ends with the block.

    It belongs to the trace of `parent`, a `traceparent`, or of the step around it, or of the request that came in.
    """
    if not (active := telemetry()):
        return nullcontext(NO_SPAN)
    return active.span(name, attributes or {}, parent=parent or _incoming.get(), is_ticket=bool(parent), client=client)


@contextmanager
def continuing(traceparent: str) -> Iterator[None]:
    """Let what begins in the block belong to the trace of a request; it is not looked at before something does."""
    token = _incoming.set(traceparent if TRACEPARENT.fullmatch(traceparent) else "")
    try:
        yield
    finally:
        _incoming.reset(token)


def current_traceparent() -> str:
    """What lets another process go on with the trace of this photo; empty where there is none."""
    return active.current_traceparent() or _incoming.get() if (active := telemetry()) else ""


@contextmanager
def spending_for(purpose: Purpose) -> Iterator[None]:
    """Let the tokens that the block takes count as spent for this purpose."""
    token = _purpose.set(purpose)
    try:
        yield
    finally:
        _purpose.reset(token)


def current_purpose() -> Purpose:
    """What tokens are spent for at present."""
    return _purpose.get()


@contextmanager
def spending_of(person: str) -> Iterator[None]:
    """Let the tokens that the block takes count as spent by this person; empty is whoever has begun it."""
    token = _payer.set(person)
    try:
        yield
    finally:
        _payer.reset(token)


def current_payer() -> str:
    """Whose upload or wish tokens are spent for; empty where that is whoever has begun what runs."""
    return _payer.get()


# -- metrics ------------------------------------------------------------------------------


def count_outcome(outcome: Outcome, reason: str = "") -> None:
    """An attempt at a photo has ended so, for a reason that is the kind of an error."""
    if active := telemetry():
        active.count_outcome(outcome, reason)


def record_oldest_waiting(seconds: float) -> None:
    """The age of the oldest photo that is neither searchable nor given up; 0 where none is waiting."""
    if active := telemetry():
        active.oldest_waiting.set(seconds)


def record_tokens(model: str, usage: TokenUsage, purpose: str, cost: float | None) -> None:
    """A call has taken so many tokens, which cost as much as is known."""
    if active := telemetry():
        active.record_tokens(model, usage, purpose, cost)


def record_budget(used: float) -> None:
    """So much of the day's budget for models is used, 0 to 1 or a little more."""
    if active := telemetry():
        active.budget_used.set(used)


def record_throttling(model: str, seconds: float) -> None:
    """A model has answered 429, and asked us to stay away for so long; 0 where it does not say."""
    if active := telemetry():
        active.throttling.record(seconds, {"model": model, "purpose": current_purpose()})


def record_search(seconds: float, mode: str, error: BaseException | None = None) -> None:
    """A search took so long, from words to photos."""
    if active := telemetry():
        failure = {"error.type": error_kind(error)} if error else {}
        active.search_duration.record(seconds, {"mode": mode, **failure})


def record_first_word(seconds: float) -> None:
    """An answer began after so much time of our own: without that of the models."""
    if active := telemetry():
        active.first_word.record(seconds)
