"""
What an answer may cost, and what it has cost so far.

An instruction in a picture may talk a model into calling tools without end, so no number here is left to a model: each
is a setting. What is used up within an answer is told to the model in words, and it answers with what there is. What a
caller may take in a day is reserved before an answer and settled after it, on the page that counts captions too.
"""

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from shared.errors import BadRequest, Paused, PhotoError
from shared.log_text import error_label
from shared.models import TokenUsage
from shared.models.estimate import estimated_tokens, tokens_of_text
from shared.prices import Price
from shared.prompt_message import PromptMessage
from shared.settings import Settings
from shared.stores.spending import SpendingCounter, until_tomorrow

log = logging.getLogger(__name__)

PICTURE_TOKENS = 1_100  # of a preview, as OpenAI's models count it
RESERVED_TOKENS = 20_000  # of an answer, more than most take: many callers may ask at once with one key
ANSWER_WORDS = 400  # tokens of a usual answer
LEAST_WORDS = 4_000  # tokens that an answer has at the end, whatever its rounds took
Item = TypeVar("Item")


@dataclass(frozen=True)
class ChatLimits:
    """The bounds of one answer, and of what a caller may take in a day; 0 tokens a day means no cap."""

    rounds: int = 4
    tool_calls: int = 8
    looks: int = 3
    pictures: int = 8
    answer_tokens: int = 200_000
    tokens_per_day: int = 5_000_000

    @classmethod
    def of(cls, settings: Settings) -> "ChatLimits":
        """The limits in the settings."""
        return cls(
            rounds=settings.chat_rounds,
            tool_calls=settings.chat_tool_calls,
            looks=settings.chat_looks,
            pictures=settings.chat_pictures,
            answer_tokens=settings.chat_answer_tokens,
            tokens_per_day=settings.chat_tokens_per_day,
        )


class AnswerBudget:
    """Counts what one answer takes."""

    def __init__(self, limits: ChatLimits) -> None:
        self.limits = limits
        self.usage = TokenUsage()
        self._looks, self._pictures = limits.looks, limits.pictures
        self._uncounted = 0  # tokens of finished calls, where the server does not say
        self._prompt = self._words = 0  # tokens of the call that is under way

    @property
    def tokens(self) -> int:
        """What it has taken so far; what no server has counted is estimated."""
        return self.usage.total + self._uncounted + self._prompt + self._words

    def check(self, messages: Sequence[PromptMessage]) -> None:
        """BadRequest if not even the first round fits."""
        if (tokens := estimated_tokens(messages)) > self.limits.answer_tokens:
            raise BadRequest(
                f"the conversation has about {tokens:,} tokens, and an answer may take {self.limits.answer_tokens:,} "
                "(CHAT_ANSWER_TOKENS): start a new one or shorten it",
                param="messages",
                code="context_length_exceeded",
            )

    def must_answer(self, round_number: int, messages: Sequence[PromptMessage]) -> bool:
        """Whether this round is the last, because of its number or because another one might not fit."""
        return round_number >= self.limits.rounds - 1 or not self.fits(2 * estimated_tokens(messages))

    def fits(self, tokens: int) -> bool:
        """Whether so many more may be taken."""
        return self.tokens + tokens <= self.limits.answer_tokens

    def begin(self, messages: Sequence[PromptMessage]) -> None:
        """The model has accepted a request, so it will be paid for, however it ends."""
        self._prompt = estimated_tokens(messages)

    def add_words(self, text: str) -> bool:
        """Count words as they come; False if there are more than an answer may have."""
        self._words += max(1, tokens_of_text(text))
        return self._words <= max(LEAST_WORDS, self.limits.answer_tokens - self.tokens + self._words)

    def add(self, usage: TokenUsage) -> None:
        """A call is finished, with these tokens."""
        if usage.total:
            self.usage += usage
        else:
            self._uncounted += self._prompt + self._words
        self._prompt = self._words = 0

    def add_look(self, usage: TokenUsage, pictures: int) -> None:
        """A call of the vision model is finished, while none of the chat model is under way."""
        if usage.total:
            self.usage += usage
        else:
            self._uncounted += pictures * PICTURE_TOKENS

    def take_look(self, pictures: int) -> int:
        """Take a look at so many pictures, or at as many as are left; 0 if no look is."""
        granted = min(pictures, self._pictures) if self._looks else 0
        if granted:
            self._looks, self._pictures = self._looks - 1, self._pictures - granted
        return granted


def reserved_cost(price: Price | None) -> float:
    """What an answer costs that takes the tokens which are reserved for one; 0 without a price."""
    return price.of(TokenUsage(RESERVED_TOKENS, ANSWER_WORDS)) if price else 0.0


async def within_budget(
    answer: Callable[[AnswerBudget], AsyncGenerator[Item, None]],
    *,
    limits: ChatLimits,
    spending: SpendingCounter,
    caller: str,
    now: datetime,
) -> AsyncGenerator[Item, None]:
    """The events of an answer within what its caller has left today; Paused if that is nothing."""
    wanted = min(RESERVED_TOKENS, limits.answer_tokens)
    reserved = await _reserve(wanted, limits, spending, caller, now)
    is_last = 0 < reserved < wanted  # it gets what is left, and no more
    budget = AnswerBudget(replace(limits, answer_tokens=reserved) if is_last else limits)
    try:
        async with aclosing(answer(budget)) as events:
            async for event in events:
                yield event
    except BadRequest as error:
        if error.code == "context_length_exceeded" and is_last:
            raise _used_up(limits, caller, now) from error
        raise
    finally:
        await _settle(budget, reserved, spending, caller, now)


async def _reserve(wanted: int, limits: ChatLimits, spending: SpendingCounter, caller: str, now: datetime) -> int:
    """As many of the tokens wanted as the caller has left; 0 where there is no cap."""
    if not (cap := limits.tokens_per_day):
        return 0
    reserved = await spending.reserve_answer(now.date(), caller, tokens=wanted, cap=cap)
    if not reserved:
        raise _used_up(limits, caller, now)
    return reserved


def _used_up(limits: ChatLimits, caller: str, now: datetime) -> Paused:
    return Paused(
        f"today's {limits.tokens_per_day:,} chat tokens of {caller!r} are used up (CHAT_TOKENS_PER_DAY); "
        "ask again after midnight UTC",
        wait=until_tomorrow(now),
    )


async def _settle(budget: AnswerBudget, reserved: int, spending: SpendingCounter, caller: str, now: datetime) -> None:
    """Count what the answer took. If that fails, what was reserved stays counted, and the answer is the caller's."""
    try:
        await spending.add_answer(now.date(), caller, answers=0 if reserved else 1, tokens=budget.tokens - reserved)
    except PhotoError as error:
        log.warning("could not count %s tokens that an answer took: %s", budget.tokens, error_label(error))
