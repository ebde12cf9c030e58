"""What `python -m ingest recaption --to MODEL` says, and that it does nothing before it was asked."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from ingest.recaption_command import add_options, run_recaption
from shared.errors import BadRequest, SettingsError
from tests.ingest.fakes import Fakes
from tests.ingest.test_trial_captions import described

NAMES = ("a.jpg", "b.jpg")
MODEL = "gpt-5-mini"


async def run(world: Fakes, *words: str) -> int:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return await run_recaption(parser.parse_args(words), world.context, lambda _: None)


async def test_it_says_first_what_it_costs_and_how_many_days_it_takes(capsys: Any) -> None:
    world = await described(NAMES, CAPTIONS_PER_DAY="3")

    assert await run(world, "--to", MODEL, "--dry-run") == 0

    assert capsys.readouterr().out == (
        "2 of 2 photos are out of date; describing them takes about 2,000 tokens, $0.00225 by prices of 2026-11, "
        "on 1 days of 3 captions (CAPTIONS_PER_DAY)\n"
    )
    assert world.models.requests == []
    with pytest.raises(BadRequest, match="nobody is there to agree"):
        await run(world, "--to", MODEL)
    assert world.models.requests == []


async def test_all_is_described_accepted_and_said(capsys: Any) -> None:
    world = await described(NAMES)

    assert await run(world, "--to", MODEL, "--yes") == 0
    assert "2 described by gpt-5-mini, 0 were before, 0 changed, 0 failed" in capsys.readouterr().out
    world.context.models = world.context.models.captioned_by(MODEL)
    assert await run(world, "--to", MODEL, "--accept") == 0

    assert "2 photos are queued to be described as gpt-5-mini has done" in capsys.readouterr().out
    assert world.tickets.names == list(NAMES)


async def test_a_sample_is_a_page_and_may_be_rejected(tmp_path: Path, capsys: Any) -> None:
    world, page = await described(NAMES), tmp_path / "captions.html"

    assert await run(world, "--to", MODEL, "--sample", "1", "--page", str(page)) == 0

    assert f"What {MODEL} sees." in page.read_text(encoding="utf-8")
    assert len(world.models.requests) == 1
    assert await run(world, "--to", MODEL, "--reject") == 0
    assert "1 descriptions by gpt-5-mini are deleted" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"), [(("--accept",), "go with --to"), (("--to", "vision"), "is vision already")]
)
async def test_what_makes_no_sense_is_refused(words: tuple[str, ...], expected: str) -> None:
    with pytest.raises(BadRequest, match=expected):
        await run(await described(NAMES), *words)


async def test_a_model_without_a_price_is_refused_where_there_is_a_budget() -> None:
    prices = '{"vision": {"input": 1}, "chat": {"input": 1}, "embedding": {"input": 1}}'
    world = await described(NAMES, BUDGET_PER_DAY="5", PRICES=prices)

    with pytest.raises(SettingsError, match=r"the price of my-deployment \(--to\) is not known"):
        await run(world, "--to", "my-deployment", "--yes")

    assert world.models.requests == []
