"""What models cost: of today for the status, and of any days as a table for the command line."""

import argparse
import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TextIO

from ingest.caption_once import today
from ingest.context import IngestContext
from shared.errors import BadRequest
from shared.prices import PriceList
from shared.stores.budget import WARN_FROM
from shared.usage import RANKER, Usage, UsageKey, grouped, total

COLUMNS = ("day", "model", "purpose", "person")
TOKENS = ("calls", "input", "cached", "cache_written", "output", "reasoning")
LONGEST = 366  # days of one table


@dataclass(frozen=True)
class BillLine:
    """
    What calls of one model for one purpose and person took today. Tokens of `cached` input are part of `input`, those
    of `reasoning` of `output`. `cost` is null where no price is known.
    """

    model: str
    purpose: str
    person: str
    calls: int
    input: int
    cached: int
    cache_written: int
    output: int
    reasoning: int
    cost: float | None
    currency: str


@dataclass(frozen=True)
class Bill:
    """
    What was spent today (UTC), the dearest first, and `cost` in all, in `currency`, by the prices of `priced`.

    `unpriced` are models without a price. Of the budget of a day, 0 if there is none, `budget_used` is a share, which
    counts what is held for calls in flight. `search_month` is what the search service costs in a month however much it
    is used, null where that is not known; `ranker_queries` are today's of its ranker.
    """

    cost: float
    currency: str
    priced: str
    budget_per_day: float
    budget_used: float
    unpriced: list[str]
    search_month: float | None
    ranker_queries: int
    lines: list[BillLine]

    @property
    def warning(self) -> str:
        """A sentence when the budget gets close."""
        if self.budget_used < WARN_FROM:
            return ""
        return f"{self.budget_used:.0%} of today's budget for models is used (BUDGET_PER_DAY)"


async def bill_of_today(context: IngestContext) -> Bill | None:
    """What was spent today; None where nothing counts it."""
    if context.usage is None:
        return None
    by_key = await context.usage.read(today(), today())
    prices, settings = context.settings.prices, context.settings
    models = grouped({key: usage for key, usage in by_key.items() if key.model != RANKER}, "model", "purpose", "person")
    return Bill(
        cost=sum(usage.cost for key, usage in models if key.currency == prices.currency),
        currency=prices.currency,
        priced=prices.dated,
        budget_per_day=settings.budget_per_day,
        budget_used=await context.budget.used() if context.budget else 0.0,
        unpriced=sorted({key.model for key, usage in models if usage.unpriced}),
        search_month=prices.month_of_search(settings.search_tier),
        ranker_queries=sum(usage.calls for key, usage in by_key.items() if key.model == RANKER),
        lines=[_line(key, usage) for key, usage in models],
    )


def _line(key: UsageKey, usage: Usage) -> BillLine:
    counts = {name: getattr(usage, name) for name in TOKENS}
    cost = None if usage.unpriced == usage.calls else usage.cost
    return BillLine(key.model, key.purpose, key.person, cost=cost, currency=key.currency, **counts)


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of `python -m ingest spending`."""
    command.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DAY", help="by default, today (UTC)")
    command.add_argument("--to", dest="last", type=date.fromisoformat, metavar="DAY", help="by default, today (UTC)")
    command.add_argument(
        "--by",
        action="append",
        choices=COLUMNS,
        help="a line for each of these; by default, each model and purpose",
    )
    command.add_argument("--csv", action="store_true", help="as CSV, with all tokens, for a spreadsheet")


async def print_spending(arguments: argparse.Namespace, context: IngestContext, out: TextIO = sys.stdout) -> None:
    """Print what was spent on some days; BadRequest where they are none."""
    last = arguments.last or today()
    first = arguments.first or min(today(), last)
    if not timedelta() <= last - first < timedelta(days=LONGEST):
        raise BadRequest(f"--from {first} --to {last}: name 1 to {LONGEST} days, the first one first")
    assert context.usage is not None
    by_key = await context.usage.read(first, last)
    fields = [name for name in COLUMNS if name in (arguments.by or ("model", "purpose"))]
    if arguments.csv:
        _write_csv(by_key, fields, out)
        return
    for line in (*_table(by_key, fields, context.settings.prices), *_notes(by_key, context)):
        print(line, file=out)


def _write_csv(by_key: Mapping[UsageKey, Usage], fields: Sequence[str], out: TextIO) -> None:
    writer = csv.writer(out)
    writer.writerow([*fields, *TOKENS, "cost", "currency", "calls_without_price"])
    for key, usage in grouped(by_key, *fields):
        tokens = [getattr(usage, name) for name in TOKENS]
        writer.writerow(
            [*(getattr(key, name) for name in fields), *tokens, f"{usage.cost:.6f}", key.currency, usage.unpriced]
        )


def _table(by_key: Mapping[UsageKey, Usage], fields: Sequence[str], prices: PriceList) -> Iterator[str]:
    rows = [[*fields, *TOKENS, "cost"]]
    for key, usage in grouped(by_key, *fields):
        names = [str(getattr(key, name)) for name in fields]
        rows.append([*names, *(f"{getattr(usage, name):,}" for name in TOKENS), _cost(key, usage, prices)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if number < len(fields) else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _cost(key: UsageKey, usage: Usage, prices: PriceList) -> str:
    if usage.unpriced == usage.calls:
        return "not known"
    amount = PriceList(currency=key.currency).format(usage.cost)
    return f"more than {amount}" if usage.unpriced else amount


def _notes(by_key: Mapping[UsageKey, Usage], context: IngestContext) -> Iterator[str]:
    prices = context.settings.prices
    models = [(key, usage) for key, usage in by_key.items() if key.model != RANKER]
    for currency in sorted({key.currency for key, usage in models if usage.cost}):
        amount = total(usage for key, usage in models if key.currency == currency).cost
        yield f"in all {PriceList(currency=currency).format(amount)}, by prices of {prices.dated}"
    if unpriced := sorted({key.model for key, usage in models if usage.unpriced}):
        yield f"without a price: {', '.join(unpriced)} (set PRICES)"
    ranked = sum(usage.calls for key, usage in by_key.items() if key.model == RANKER)
    if ranked:
        price = prices.thousand_ranker_queries
        each = "" if price is None else f", {prices.format(price)} for each 1,000 beyond the first 1,000 of a month"
        yield f"{ranked:,} queries of the semantic ranker{each}"
    month = prices.month_of_search(context.settings.search_tier)
    if month is not None:
        yield f"the search service, used or not: {prices.format(month)} a month"
