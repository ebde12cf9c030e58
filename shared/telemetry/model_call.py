"""A call of a model: a span, its tokens and their cost, and the time that an answer waits for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal, Protocol

from shared.access.caller import current_caller
from shared.errors import Throttled
from shared.model_reply import TokenUsage
from shared.prices import LISTED
from shared.telemetry import Purpose, current_payer, current_purpose, record_throttling, record_tokens, telemetry

if TYPE_CHECKING:
    from shared.telemetry.provider import OpenSpan

Operation = Literal["chat", "embeddings"]


class CallCounter(Protocol):
    """Who counts what calls take."""

    def add(self, model: str, tokens: TokenUsage, *, purpose: str, person: str) -> float | None:
        """Count a call for a purpose and a person, and return its cost; None where that is not known."""


class ModelClock:
    """Adds up the time in which at least one call of a model is waited for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._calls = 0
        self._began = 0.0
        self._seconds = 0.0

    @property
    def seconds(self) -> float:
        """So far; what is waited for at present counts."""
        return self._seconds + (self._clock() - self._began if self._calls else 0.0)

    def begin(self) -> None:
        if not self._calls:
            self._began = self._clock()
        self._calls += 1

    def end(self) -> None:
        self._calls -= 1
        if not self._calls:
            self._seconds += self._clock() - self._began


model_clock: ContextVar[ModelClock | None] = ContextVar("model_clock", default=None)


class RecordedCall:
    """
    One call, from its request to the end of its reply, however often it is sent.

    A stream outlives the block it begins in, so this is no context manager: `end` it, with its error if it has one.
    """

    def __init__(
        self, operation: Operation, model: str, ledger: CallCounter | None = None, *, usually: Purpose = "other"
    ) -> None:
        """`usually` is its purpose where nothing says another."""
        self._model = model
        self._ledger = ledger
        self._purpose = usually if (purpose := current_purpose()) == "other" else purpose
        self._person = current_payer() or current_caller().identity  # a stream may be read where nobody knows
        self._clock = model_clock.get()
        self._span: OpenSpan | None = None
        if self._clock:
            self._clock.begin()
        if active := telemetry():
            labels = {"gen_ai.operation.name": operation, "gen_ai.request.model": model, "purpose": self._purpose}
            self._span = active.start_span(f"{operation} {model}", labels, client=True)

    def add(self, usage: TokenUsage) -> None:
        """It has taken these tokens."""
        if self._ledger:
            cost = self._ledger.add(self._model, usage, purpose=self._purpose, person=self._person)
        else:
            cost = LISTED.cost(self._model, usage)
        if self._span:
            tokens = {"gen_ai__usage__input_tokens": usage.prompt, "gen_ai__usage__output_tokens": usage.completion}
            self._span.set(**tokens)
            record_tokens(self._model, usage, self._purpose, cost)

    def answered(self) -> None:
        """Its reply has begun: an answer waits for it no more."""
        if self._clock:
            self._clock.end()
            self._clock = None

    def end(self, error: BaseException | None = None) -> None:
        """It is over; more than once does no harm. That nobody waits for it any more is no failure of its."""
        self.answered()
        span, self._span = self._span, None
        if span is None:
            return
        if isinstance(error, Exception):
            span.fail(error)
        if isinstance(error, Throttled):
            record_throttling(self._model, error.wait or 0.0)
        span.inner.end()


@contextmanager
def recorded(operation: Operation, model: str, ledger: CallCounter | None = None) -> Iterator[RecordedCall]:
    """A call that lasts as long as the block."""
    with ending(call := RecordedCall(operation, model, ledger)):
        yield call


@contextmanager
def ending(call: RecordedCall) -> Iterator[None]:
    """End the call with the block."""
    try:
        yield
    except BaseException as error:
        call.end(error)
        raise
    call.end()
