"""What an answer and a day may cost, and what is counted of them."""

import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from query.chat.budget import PICTURE_TOKENS, AnswerBudget, ChatLimits, within_budget
from shared.errors import BadRequest, Outage, Paused, error_body
from shared.models import TokenUsage
from shared.models.estimate import estimated_tokens
from shared.prompt_message import PromptMessage
from shared.prompt_text import untrusted
from shared.settings import Settings
from tests.query.fakes import FakeSpending

NOW = datetime(2026, 5, 1, 23, 0, tzinfo=UTC)
LIMITS = ChatLimits(rounds=3, looks=2, pictures=5, answer_tokens=10_000, tokens_per_day=100_000)


def messages(tokens: int) -> list[PromptMessage]:
    return [{"role": "user", "content": untrusted("x" * 4 * tokens, 10_000_000)}]


def test_the_limits_are_those_of_the_settings() -> None:
    fields = {name: field.default for name, field in Settings.model_fields.items() if name.startswith("chat_")}
    fields.pop("chat_model")

    assert ChatLimits.of(Settings.model_construct(**fields)) == ChatLimits()


def test_looks_and_pictures_are_used_up() -> None:
    budget = AnswerBudget(LIMITS)

    assert [budget.take_look(4), budget.take_look(4), budget.take_look(1)] == [4, 1, 0]
    assert AnswerBudget(replace(LIMITS, looks=0)).take_look(1) == 0
    assert AnswerBudget(replace(LIMITS, pictures=0)).take_look(1) == 0


def test_the_last_round_is_that_by_number_or_the_one_after_which_no_other_fits() -> None:
    budget = AnswerBudget(LIMITS)

    assert [budget.must_answer(number, messages(100)) for number in range(3)] == [False, False, True]
    assert budget.must_answer(0, messages(6_000))
    budget.add(TokenUsage(9_900, 0))
    assert budget.must_answer(1, messages(100))


def test_a_conversation_that_does_not_fit_is_refused_in_words() -> None:
    AnswerBudget(LIMITS).check(messages(9_000))
    with pytest.raises(BadRequest, match="CHAT_ANSWER_TOKENS") as raised:
        AnswerBudget(LIMITS).check(messages(11_000))

    assert (raised.value.param, raised.value.code) == ("messages", "context_length_exceeded")


def test_what_no_server_has_counted_is_estimated() -> None:
    budget = AnswerBudget(LIMITS)

    budget.begin(messages(500))
    budget.add_words("x" * 400)
    assert 600 <= budget.tokens <= 620
    budget.add(TokenUsage())
    assert 600 <= budget.tokens <= 620
    budget.begin(messages(500))
    budget.add(TokenUsage(10, 5))
    budget.add_look(TokenUsage(), 2)
    assert 600 + 15 + 2 * PICTURE_TOKENS <= budget.tokens <= 635 + 2 * PICTURE_TOKENS
    assert budget.usage == TokenUsage(10, 5)


def test_words_end_where_the_budget_does_but_never_before_an_answer() -> None:
    spent = AnswerBudget(LIMITS)
    spent.add(TokenUsage(9_999, 0))

    assert spent.add_words("x" * 4 * 4_000)
    assert not spent.add_words("x")
    assert not AnswerBudget(LIMITS).add_words("x" * 4 * 10_001)


def test_scripts_whose_letters_take_more_bytes_count_for_more() -> None:
    assert estimated_tokens([{"role": "user", "content": untrusted("東" * 400, 400)}]) >= 300


# -- a day --------------------------------------------------------------------------------


async def run(
    spending: FakeSpending, limits: ChatLimits = LIMITS, work: Callable[[AnswerBudget], None] = lambda _: None
) -> list[int]:
    """The events of an answer that does this work: the tokens it may take."""

    async def answer(budget: AnswerBudget) -> AsyncGenerator[int, None]:
        yield budget.limits.answer_tokens
        work(budget)

    any_spending = cast(Any, spending)
    events = within_budget(answer, limits=limits, spending=any_spending, caller="page", now=NOW)
    return [event async for event in events]


async def test_an_answer_is_reserved_before_and_settled_after() -> None:
    spending = FakeSpending()

    assert await run(spending, work=lambda budget: budget.add(TokenUsage(700, 50))) == [10_000]

    assert spending.reserved == [("page", 10_000)]
    assert spending.added == [("page", 0, 750 - 10_000)]


async def test_without_a_cap_an_answer_is_one_write() -> None:
    spending = FakeSpending()

    await run(spending, replace(LIMITS, tokens_per_day=0), lambda budget: budget.add(TokenUsage(700, 50)))

    assert (spending.reserved, spending.added) == ([], [("page", 1, 750)])


async def test_the_last_tokens_of_a_day_are_all_an_answer_gets() -> None:
    assert await run(FakeSpending(left=300)) == [300]

    def does_not_fit(budget: AnswerBudget) -> None:
        budget.check(messages(400))

    with pytest.raises(Paused, match="used up"):
        await run(FakeSpending(left=300), work=does_not_fit)
    with pytest.raises(BadRequest, match="start a new one"):
        await run(FakeSpending(), work=lambda budget: budget.check(messages(11_000)))


async def test_a_day_that_is_used_up_says_when_the_next_begins() -> None:
    with pytest.raises(Paused, match="today's 100,000 chat tokens of 'page' are used up") as raised:
        await run(FakeSpending(left=0))

    assert raised.value.wait == 3600
    assert (raised.value.status, error_body(raised.value)["error"]["type"]) == (429, "rate_limit_error")


async def test_an_answer_that_breaks_off_is_settled_with_what_it_took() -> None:
    spending = FakeSpending()

    def breaks_off(budget: AnswerBudget) -> None:
        budget.begin(messages(500))
        raise Outage("the model cannot be reached")

    with pytest.raises(Outage):
        await run(spending, work=breaks_off)

    [(_, _, settled)] = spending.added
    assert 500 <= 10_000 + settled < 520


async def test_a_count_that_fails_costs_no_answer() -> None:
    assert await run(FakeSpending(outage=Outage("storage is down"))) == [10_000]


async def test_a_reader_that_leaves_is_counted_too() -> None:
    spending = FakeSpending()

    async def answer(budget: AnswerBudget) -> AsyncGenerator[str, None]:
        budget.add(TokenUsage(100, 0))
        yield "words"
        yield json.dumps("never read")

    events = within_budget(answer, limits=LIMITS, spending=cast(Any, spending), caller="page", now=NOW)
    await anext(events)
    await events.aclose()

    assert spending.added == [("page", 0, 100 - 10_000)]


async def test_many_may_ask_at_once_with_one_key_and_each_may_take_a_whole_answer() -> None:
    spending = FakeSpending()

    assert await run(spending, replace(LIMITS, answer_tokens=200_000)) == [200_000]

    assert spending.reserved == [("page", 20_000)]
