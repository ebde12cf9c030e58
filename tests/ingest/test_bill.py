"""What models cost: calls of the real client, counted, priced and kept within a budget, against the stand-ins."""

import argparse
import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from ingest.bill import Bill, add_options, bill_of_today, print_spending
from ingest.caption_once import caption_once, today
from ingest.status import status
from shared.access.caller import Caller, acting_for
from shared.access.roles import Role
from shared.errors import BadRequest, Paused
from shared.prompt_text import own
from shared.services import Services
from shared.settings import load
from shared.telemetry import spending_for, spending_of
from shared.usage import RANKER, Usage, UsageKey
from tests.ingest.fakes import Fakes, fakes
from tests.local.models.stand_in import CHAT, EMBEDDING, VISION, ModelStandIn, plain_image, running_stand_in
from tests.machine import Azurite

PRICES = {
    VISION: {"input": 10, "cached": 1, "output": 100},
    CHAT: {"input": 1, "cached": 0.1, "output": 2},
    EMBEDDING: {"input": 0.5},
}
ANNA = Caller("Anna", Role.VIEWER, "anna-id")


@pytest.fixture(scope="module")
def stand_in() -> Iterator[ModelStandIn]:
    with running_stand_in() as running:
        yield running


@dataclass
class World:
    """The real clients, beside fakes of what has no part in a bill."""

    services: Services
    ingestion: Fakes

    async def caption(self, digest: str) -> None:
        await caption_once(digest, JPEG, own("path: a.jpg"), self.ingestion.context)


def _jpeg() -> bytes:
    out = io.BytesIO()
    plain_image().save(out, "JPEG")
    return out.getvalue()


JPEG = _jpeg()


@asynccontextmanager
async def world(azurite: Azurite, stand_in: ModelStandIn, **settings: str) -> AsyncIterator[World]:
    services = Services(
        load(
            {
                "PhotoStorage": azurite.connection_string,
                "OPENAI_BASE_URL": f"{stand_in.url}/v1",
                "OPENAI_API_KEY": "any",
                "CAPTION_MODEL": VISION,
                "CHAT_MODEL": CHAT,
                "EMBEDDING_MODEL": EMBEDDING,
                "EMBEDDING_DIMENSIONS": "384",
                "AZURE_SEARCH_ENDPOINT": "http://127.0.0.1:9",
                "AZURE_SEARCH_API_KEY": "any",
                "PRICES": json.dumps(PRICES),
                **settings,
            }
        )
    )
    ingestion = fakes()
    context = ingestion.context
    context.settings, context.models = services.settings, services.models
    context.usage, context.budget = services.usage, services.budget
    await services.index_record.now()
    container = services.usage._container
    await services.usage.ready()
    for name in [each async for each in container.list_blob_names()]:
        await container.delete_blob(name)
    try:
        yield World(services, ingestion)
    finally:
        await services.close()


def sent(stand_in: ModelStandIn) -> list[dict[str, Any]]:
    """The usage of each call that the stand-in has answered."""
    return [each["usage"] for each in stand_in.logged_requests() if each.get("usage")]


async def test_the_bill_is_what_the_server_counted(azurite: Azurite, stand_in: ModelStandIn) -> None:
    stand_in.reset()
    async with world(azurite, stand_in) as here:
        models = here.services.models
        with spending_of("key:phone"):
            await here.caption("1" * 64)
        with spending_for("embedding"):
            await models.embed(["a dog", "a cat"])
        with acting_for(ANNA):
            question: Any = [{"role": "user", "content": "Say hello." + " photo" * 1200}]
            for _ in range(2):
                async for _ in await models.stream(question, model=CHAT):
                    pass
        bill = await bill_of_today(here.ingestion.context)

    assert bill is not None
    lines = {(each.model, each.purpose, each.person): each for each in bill.lines}
    assert lines.keys() == {
        (VISION, "caption", "key:phone"),
        (EMBEDDING, "embedding", "the app"),
        (CHAT, "chat", "anna-id"),
    }
    [caption, embedded, first, second] = sent(stand_in)
    of_caption, of_chat = lines[VISION, "caption", "key:phone"], lines[CHAT, "chat", "anna-id"]
    assert (of_caption.input, of_caption.output) == (caption["prompt_tokens"], caption["completion_tokens"])
    assert of_caption.cost == pytest.approx((of_caption.input * 10 + of_caption.output * 100) / 1e6)
    assert lines[EMBEDDING, "embedding", "the app"].input == embedded["prompt_tokens"]
    assert (of_chat.calls, of_chat.input) == (2, first["prompt_tokens"] + second["prompt_tokens"])
    assert of_chat.cached == second["prompt_tokens_details"]["cached_tokens"] >= 1024
    fresh = of_chat.input - of_chat.cached
    assert of_chat.cost == pytest.approx((fresh * 1 + of_chat.cached * 0.1 + of_chat.output * 2) / 1e6)
    assert bill.cost == pytest.approx(sum(each.cost or 0 for each in bill.lines))
    assert (bill.currency, bill.unpriced, bill.budget_used) == ("USD", [], 0)


async def test_an_answer_that_is_broken_off_costs_about_what_was_sent_and_said(
    azurite: Azurite, stand_in: ModelStandIn
) -> None:
    stand_in.reset()
    async with world(azurite, stand_in) as here:
        question: Any = [{"role": "user", "content": "Say goodbye." + " tree" * 1200}]
        with acting_for(ANNA):
            answer = await here.services.models.stream(question, model=CHAT)
            first = await anext(answer)
            await answer.aclose()
        bill = await bill_of_today(here.ingestion.context)

    assert bill is not None
    [line] = bill.lines
    assert isinstance(first, str)
    assert (line.model, line.purpose, line.person, line.calls) == (CHAT, "chat", "anna-id", 1)
    assert 1200 <= line.input <= 3000
    assert line.cost


async def test_photos_beyond_the_budget_wait_and_it_is_not_passed(azurite: Azurite, stand_in: ModelStandIn) -> None:
    stand_in.reset()
    async with world(azurite, stand_in) as free:
        await free.caption("0" * 64)
        bill = await bill_of_today(free.ingestion.context)
        assert bill
        each = bill.cost
    limit = 4.5 * each
    async with world(azurite, stand_in, BUDGET_PER_DAY=f"{limit:.6f}") as here:
        stand_in.reset()
        results = await asyncio.gather(
            *(here.caption(f"{number:064}") for number in range(1, 13)), return_exceptions=True
        )
        results += await asyncio.gather(
            *(here.caption(f"{number:064}") for number in range(20, 32)), return_exceptions=True
        )
        bill = await bill_of_today(here.ingestion.context)
        warned = bill.warning if bill else ""

    refused = [result for result in results if result is not None]
    assert refused
    assert all(isinstance(result, Paused) and "BUDGET_PER_DAY" in str(result) for result in refused)
    assert len(sent(stand_in)) == len(results) - len(refused)
    assert bill
    assert 0 < bill.cost <= limit + each  # which a guess before the first answer may cost
    assert warned or bill.budget_used < 0.8


async def test_what_has_no_price_is_counted_and_named(azurite: Azurite, stand_in: ModelStandIn) -> None:
    async with world(azurite, stand_in, PRICES="") as here:
        await here.caption("5" * 64)
        bill = await bill_of_today(here.ingestion.context)

    assert bill
    assert (bill.unpriced, bill.cost, [each.cost for each in bill.lines]) == ([VISION], 0, [None])


async def test_only_admins_are_told(azurite: Azurite, stand_in: ModelStandIn) -> None:
    async with world(azurite, stand_in) as here:
        with acting_for(ANNA):
            assert (await status(here.ingestion.context, ANNA)).bill is None
        assert isinstance((await status(here.ingestion.context)).bill, Bill)


# -- the command --------------------------------------------------------------------------


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(words)


async def printed(here: World, *words: str) -> str:
    out = io.StringIO()
    await print_spending(arguments(*words), here.ingestion.context, out)
    return out.getvalue()


def count(here: World, day: date, person: str, purpose: str, **usage: Any) -> None:
    key = UsageKey(day, "gpt-5-mini", purpose, person)
    here.services.usage._counted.add(key, Usage(**usage))


async def test_days_are_a_table_by_what_is_asked_for(azurite: Azurite, stand_in: ModelStandIn) -> None:
    async with world(azurite, stand_in, AZURE_SEARCH_SKU="basic") as here:
        day = today() - timedelta(days=1)
        count(here, day, "anna-id", "chat", calls=2, input=3000, cached=1024, output=90, cost=0.5)
        count(here, day, "the app", "caption", calls=3, input=4500, output=900, reasoning=300, cost=1.25)
        count(here, today(), "anna-id", "chat", calls=1, input=10, cost=0.25)
        here.services.usage._counted.add(UsageKey(day, RANKER, "search", "anna-id"), Usage(calls=7))

        table = await printed(here, "--from", str(day), "--by", "person", "--by", "day")
        by_purpose = await printed(here, "--from", str(day), "--to", str(day), "--by", "purpose", "--csv")
        nothing = await printed(here, "--from", "2012-01-01", "--to", "2012-01-02")

    lines = [line.split() for line in table.splitlines()]
    assert lines[0] == ["day", "person", "calls", "input", "cached", "cache_written", "output", "reasoning", "cost"]
    assert lines[1][:5] == [str(day), "the", "app", "3", "4,500"]
    assert lines[1][-1] == "$1.25"
    assert "in all $2.00, by prices of 2026-11 and PRICES" in table
    assert "7 queries of the semantic ranker" in table
    assert "the search service, used or not: $73.00 a month" in table
    rows = list(csv.DictReader(io.StringIO(by_purpose)))
    assert [(row["purpose"], row["calls"], row["cost"]) for row in rows] == [
        ("caption", "3", "1.250000"),
        ("chat", "2", "0.500000"),
        ("search", "7", "0.000000"),
    ]
    assert "in all" not in nothing


@pytest.mark.parametrize(
    "words", [("--from", "2012-02-02", "--to", "2012-02-01"), ("--from", "2010-01-01", "--to", "2012-01-01")]
)
async def test_days_in_the_wrong_order_or_too_many_are_refused(
    words: tuple[str, ...], azurite: Azurite, stand_in: ModelStandIn
) -> None:
    async with world(azurite, stand_in) as here:
        with pytest.raises(BadRequest, match="name 1 to 366 days, the first one first"):
            await printed(here, *words)
