"""A day's page of spending, as storage has it, and what is added to it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from datetime import date

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass


@dataclass(frozen=True)
class ChatSpending:
    """The chat answers that one caller was given in one day (UTC), and the tokens they took or have reserved."""

    answers: int = 0
    tokens: int = 0

    def __add__(self, other: "ChatSpending") -> "ChatSpending":
        return ChatSpending(self.answers + other.answers, self.tokens + other.tokens)


NO_CHAT = ChatSpending()


@dataclass(frozen=True)
class Spending:
    """
    What all instances paid for in one day (UTC): captions with their tokens, and `chat` by the caller's name.

    `once` names what must not be counted again, and `writers` the last write of each process.
    """

    captions: int = 0
    tokens: int = 0
    chat: dict[str, ChatSpending] = field(default_factory=dict)
    once: tuple[str, ...] = field(default=(), compare=False, repr=False)
    writers: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    def __add__(self, other: "Spending") -> "Spending":
        callers = self.chat | other.chat
        chat = {name: self.chat.get(name, NO_CHAT) + other.chat.get(name, NO_CHAT) for name in callers}
        return replace(
            self,
            captions=self.captions + other.captions,
            tokens=self.tokens + other.tokens,
            chat=chat,
            once=self.once + other.once,
        )


SPENDING = TypeAdapter(Spending)
Amount = Callable[[Spending], Spending | None]  # what is added to a total; None if it must not be


class Addition:
    """What waits to be counted on a day: `added` is what was, or None; `is_booked` if it is tried until it is."""

    def __init__(self, day: date, amount: Amount, *, is_booked: bool = False) -> None:
        self.day, self.amount, self.is_booked = day, amount, is_booked
        self.added: asyncio.Future[Spending | None] = asyncio.get_running_loop().create_future()

    def finish(self, added: Spending | None) -> None:
        if not self.added.done():
            self.added.set_result(added)

    def fail(self, error: Exception) -> None:
        if not self.added.done():
            self.added.set_exception(error)


def added_up(batch: Sequence[Addition], before: Spending) -> tuple[list[Spending | None], Spending]:
    """What each adds to the total that those before it have left, and the total after them all."""
    amounts, total = [], before
    for each in batch:
        amounts.append(amount := each.amount(total))
        total = total + amount if amount else total
    return amounts, total


def finish(batch: Sequence[Addition], amounts: Sequence[Spending | None]) -> None:
    """Tell each what was added of it."""
    for each, amount in zip(batch, amounts, strict=True):
        each.finish(amount)


def booked_in(batch: Sequence[Addition], amounts: Sequence[Spending | None]) -> Spending | None:
    """What was booked of what these add; None if nothing was."""
    booked = [amount for each, amount in zip(batch, amounts, strict=True) if each.is_booked and amount]
    return sum(booked, Spending()) if booked else None
