"""An answer is begun only where the day's budget has money for it, counted in Azurite."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from azure.storage.blob.aio import BlobServiceClient

from query.chat.budget import RESERVED_TOKENS, reserved_cost
from query.chat.conversation import converse_within_budget
from query.chat.events import AnswerFinished
from query.chat.wire_format import ChatRequest
from shared.errors import Paused
from shared.models import ModelReply, TokenUsage
from shared.prices import PRICES
from shared.stores.budget import DayBudget
from tests.machine import Azurite
from tests.query.fakes import FakeModels, fake_context

REQUEST = ChatRequest.model_validate({"messages": [{"role": "user", "content": "dogs"}]})
NOON = datetime(2013, 5, 1, 12, tzinfo=UTC)


async def answer(models: FakeModels, budget: DayBudget, cost: float) -> list[object]:
    context = replace(fake_context(models=models), budget=budget, answer_cost=cost)
    events = converse_within_budget(REQUEST, context, now=NOON, zone=ZoneInfo("UTC"), caller="page")
    return [event async for event in events]


async def test_an_answer_beyond_the_budget_is_refused_before_a_model_is_asked(azurite: Azurite) -> None:
    models = FakeModels([["A dog.", ModelReply("A dog.", usage=TokenUsage(10, 5))]])
    async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
        budget = DayBudget(blobs, limit=0.03, clock=lambda: NOON, write_seconds=3600)

        events = await answer(models, budget, 0.02)
        assert isinstance(events[-1], AnswerFinished)
        budget.spend(0.02, "chat")
        asked = len(models.requests)
        with pytest.raises(Paused, match=r"BUDGET_PER_DAY") as raised:
            await answer(models, budget, 0.02)

    assert (raised.value.status, raised.value.code, raised.value.wait) == (429, "budget_spent", 12 * 3600)
    assert len(models.requests) == asked


def test_what_is_held_is_what_an_answer_may_well_cost() -> None:
    price = PRICES["gpt-5.4-mini"]

    assert reserved_cost(price) > RESERVED_TOKENS * price.input / 1e6
    assert reserved_cost(None) == 0
