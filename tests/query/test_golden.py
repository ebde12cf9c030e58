"""Golden conversations on a fixed library, with the stand-in or with any real model (see golden/README.md)."""

import json
import os
from typing import Any

import pytest

from tests.query.library import GOLDEN
from tests.query.scripted import Scripted
from tests.world import World

CONVERSATIONS = json.loads((GOLDEN / "conversations.json").read_text(encoding="utf-8"))
REAL = "OPENAI_BASE_URL" in os.environ


def converse(world: World, questions: list[str]) -> dict[str, Any]:
    """The answer to the last question, every answer before it being what was really said."""
    said: list[str] = []
    for question in questions:
        message = world.ask(*said, question)["choices"][0]["message"]
        said += [question, message["content"]]
    return dict(message)


def cited(message: dict[str, Any]) -> list[str]:
    """The paths that the text cites by number."""
    return [each["path"] for each in message["context"]["citations"] if f"[{each['n']}]" in message["content"]]


@pytest.mark.parametrize("golden", CONVERSATIONS, ids=lambda golden: golden["name"])
def test_a_golden_conversation(golden: dict[str, Any], world: World, model: Scripted) -> None:
    if golden.get("needs") and not REAL:
        pytest.skip(f"the stand-in has no {golden['needs']}")

    message = converse(world, golden["say"])

    searches = message["context"]["searches"]
    found = [each["path"] for each in message["context"]["photos"]]
    assert set(golden.get("finds", ())) <= set(found)
    if "only" in golden:
        assert found == golden["finds"]
    if "cites" in golden:
        assert cited(message) == golden["cites"]
    if "cites_at_most" in golden:
        assert len([path for path in cited(message) if path.startswith(golden["of"])]) <= golden["cites_at_most"]
    if "filters" in golden:
        assert any(golden["filters"].items() <= each.items() for each in searches)
    if "searches" in golden:
        assert len(searches) == golden["searches"]
    if not REAL:
        assert len(model.requests) == golden.get("rounds", len(model.requests))
        assert all(words in message["content"] for words in golden.get("says", ()))
