"""What was found, as a table for people and as JSON for machines."""

import json
import textwrap
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from query.doctor.checks import Finding
from query.doctor.examination import Examination
from shared.prices import PriceList

WIDTH = 100
INDENT = "    "
HEADINGS = ("", "service", "check", "model", "tokens", "price")


def to_json(examination: Examination) -> str:
    """The examination as JSON. Prices are null without a price for the model."""
    price = examination.prices.of(examination.caption_model)
    body = {
        "ok": examination.is_healthy,
        "checks": [_check_body(each, examination.cost_of(each)) for each in examination.findings],
        "limitations": examination.limitations,
        "tokens": examination.usage.total,
        "price": examination.cost,
        "price_of_1000_photos": price and round(price.thousand_photos, 2),
        "seconds": round(examination.seconds, 1),
    }
    return json.dumps(body, indent=2, ensure_ascii=False)


def _check_body(finding: Finding, price: float | None) -> dict[str, Any]:
    return {
        "service": finding.service,
        "check": finding.check,
        "state": finding.state,
        "detail": finding.detail,
        "advice": finding.advice,
        "model": finding.model,
        "tokens": finding.usage.total,
        "reasoning_tokens": finding.usage.reasoning,
        "price": price if finding.usage.total else None,
    }


def to_table(examination: Examination) -> str:
    """The examination as lines of text: a row for each check, and what it found below it."""
    rows = [HEADINGS, *(_row(each, examination) for each in examination.findings)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_align(HEADINGS, widths)]
    for (detail, advice), alike in groupby(examination.findings, key=lambda each: (each.detail, each.advice)):
        lines += [_align(_row(each, examination), widths) for each in alike]
        lines += [*_indent(detail), *(_indent(f"to do: {advice}") if advice else ())]
    return "\n".join([*lines, "", *_summarise(examination)])


def _row(finding: Finding, examination: Examination) -> tuple[str, ...]:
    usage = finding.usage.total
    return (
        finding.state.upper() if finding.state == "missing" else finding.state,
        finding.service,
        finding.check,
        finding.model,
        f"{usage:,}" if usage else "",
        _money(examination.cost_of(finding), examination.prices) if usage else "",
    )


def _align(row: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _indent(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False)


def _summarise(examination: Examination) -> Iterator[str]:
    for limitation in examination.limitations:
        yield f"limitation: {limitation}"
    prices = examination.prices
    cost = _money(examination.cost, prices)
    yield f"{examination.usage.total:,} tokens, price {cost}, {examination.seconds:.1f} s; embeddings are not counted"
    if price := examination.prices.of(examination.caption_model):
        amount = prices.format(price.thousand_photos)
        yield f"describing 1,000 photos with {examination.caption_model} costs about {amount}"
    missing = sum(each.state == "missing" for each in examination.findings)
    yield f"{missing} of {len(examination.findings)} checks failed" if missing else "all that is needed works"


def _money(cost: float | None, prices: PriceList) -> str:
    return "not known" if cost is None else prices.format(cost)
