"""The table for people and the JSON for machines."""

import json
from dataclasses import replace

import pytest

from query.doctor.checks import Finding
from query.doctor.examination import Examination
from query.doctor.report import to_json, to_table
from shared.model_reply import TokenUsage
from shared.prices import find_price

VISION = Finding("it sees red", model="gpt-5.4-mini", usage=TokenUsage(100, 10, 4), service="models", check="vision")
INDEX = Finding("it does not fit", "missing", "delete it", service="search", check="index")


def test_the_table_says_what_works_what_does_not_and_what_to_do() -> None:
    table = to_table(Examination([VISION, INDEX], ["chat works without filters"], 1.23, "gpt-5.4-mini"))

    assert "works    models   vision  gpt-5.4-mini  110     $0.00012" in table
    assert "MISSING  search   index\n    it does not fit\n    to do: delete it" in table
    assert "limitation: chat works without filters" in table
    assert "110 tokens, price $0.00012, 1.2 s" in table
    assert "1,000 photos with gpt-5.4-mini costs about $2.64" in table
    assert table.endswith("1 of 2 checks failed")


def test_what_several_checks_found_is_told_once() -> None:
    table = to_table(Examination([INDEX, replace(INDEX, check="search"), replace(INDEX, detail="else")], [], 1.0))

    assert (
        "MISSING  search   index\nMISSING  search   search\n    it does not fit\n    to do: delete it\nMISSING" in table
    )


def test_all_is_well() -> None:
    assert to_table(Examination([VISION], [], 1.0)).endswith("all that is needed works")


def test_the_json_has_the_same() -> None:
    body = json.loads(to_json(Examination([VISION, INDEX], [], 1.23, "gpt-5.4-mini")))

    assert (body["ok"], body["tokens"], body["seconds"], body["price_of_1000_photos"]) == (False, 110, 1.2, 2.64)
    assert body["price"] == pytest.approx(0.00012)
    assert body["checks"][0] == {
        "service": "models",
        "check": "vision",
        "state": "works",
        "detail": "it sees red",
        "advice": "",
        "model": "gpt-5.4-mini",
        "tokens": 110,
        "reasoning_tokens": 4,
        "price": body["price"],
    }


def test_a_price_that_the_table_lacks_is_not_made_up() -> None:
    other = Finding("x", model="my-deployment", usage=TokenUsage(5, 5), service="models", check="tools")
    examination = Examination([VISION, other], [], 1.0, "my-deployment")

    assert examination.cost is None
    assert "110 tokens" not in to_table(examination)
    assert "price not known" in to_table(examination)
    assert json.loads(to_json(examination))["price_of_1000_photos"] is None


def test_a_dated_name_has_the_price_of_its_model() -> None:
    assert find_price("gpt-5-mini-2025-08-07") == find_price("gpt-5-mini") is not None
    assert find_price("gpt-5-mini-of-mine") is None
