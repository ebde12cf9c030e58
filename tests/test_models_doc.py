"""The table of models: its arithmetic holds, and every figure has a source and a date."""

import math
import re
from pathlib import Path

import pytest

from shared import prices

DOCUMENT = (Path(__file__).parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
PROMPT_TOKENS, ANSWER_TOKENS = map(int, re.findall(r"about (\d+) tokens of (?:prompt|answer)", DOCUMENT))
PATCHES = math.ceil(1024 / 32) * math.ceil(768 / 32)
ROW = re.compile(
    r"^\| `(?P<model>[^`]+)` \| (?P<input>[\d.]+) \| (?P<cached>[\d.]+) \| (?P<output>[\d.]+) "
    r"\| (?P<image>[\d,]+) \| (?P<cost>[\d.]+) "
    r"\| (?P<end>[\d-]+|not listed) \| \[(?:seen )?(?P<date>2026-\d\d(?:-\d\d)?)\]\((?P<source>https://\S+)\) \|$",
    re.MULTILINE,
)
ROWS = [match.groupdict() for match in ROW.finditer(DOCUMENT)]


def test_every_row_is_read() -> None:
    assert len(ROWS) == len(re.findall(r"^\| `", DOCUMENT, re.MULTILINE)) > 5


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["model"])
def test_a_thousand_photos_cost_what_their_tokens_do(row: dict[str, str]) -> None:
    image = int(row["image"].replace(",", ""))
    dollars = ((PROMPT_TOKENS + image) * float(row["input"]) + ANSWER_TOKENS * float(row["output"])) / 1000

    assert image in {math.ceil(PATCHES * multiplier) for multiplier in (1.2, 1.62, 2.46)}
    assert float(row["cost"]) == pytest.approx(dollars, abs=0.006)


def test_they_stand_in_the_order_of_their_cost() -> None:
    costs = [float(row["cost"]) for row in ROWS]

    assert costs == sorted(costs)


def test_the_doctor_has_the_prices_of_the_table() -> None:
    assert (prices.PROMPT_TOKENS, prices.ANSWER_TOKENS) == (PROMPT_TOKENS, ANSWER_TOKENS)
    assert {
        row["model"]: (
            float(row["input"]),
            float(row["output"]),
            int(row["image"].replace(",", "")),
            float(row["cached"]),
        )
        for row in ROWS
    } == {name: (each.input, each.output, each.preview, each.cached) for name, each in prices.PRICES.items()}


def test_what_is_kept_for_the_next_prompt_costs_a_quarter_more_where_it_does() -> None:
    written = {name: each for name, each in prices.PRICES.items() if each.cache_write is not None}

    assert written.keys() == {"gpt-5.6-luna", "gpt-6-luna", "gpt-6-sol"}
    assert all(each.cache_write == pytest.approx(1.25 * each.input) for each in written.values())
