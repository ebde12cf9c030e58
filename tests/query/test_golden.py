"""Golden conversations on a fixed library, with the stand-in or with any real model (see golden/README.md)."""

import json
import os
from typing import Any

import pytest
from pydantic import ValidationError

from tests.query.golden_conversations import CONVERSATIONS, GoldenConversation, parse_conversations
from tests.query.scripted_model import ScriptedModel
from tests.world import World

REAL_MODEL = "OPENAI_BASE_URL" in os.environ


def converse(world: World, questions: list[str]) -> dict[str, Any]:
    """The answer to the last question, after the actual answers to the questions before it."""
    history: list[str] = []
    for question in questions:
        message = world.ask(*history, question)["choices"][0]["message"]
        history += [question, message["content"]]
    return dict(message)


def cited_paths(message: dict[str, Any]) -> list[str]:
    """The paths that the text cites by number."""
    return [each["path"] for each in message["context"]["citations"] if f"[{each['n']}]" in message["content"]]


@pytest.mark.parametrize("golden", CONVERSATIONS, ids=lambda golden: golden.name)
def test_a_golden_conversation(golden: GoldenConversation, world: World, model: ScriptedModel) -> None:
    if golden.needs and not REAL_MODEL:
        pytest.skip(f"the stand-in has no {golden.needs}")

    message = converse(world, golden.say)

    searches = message["context"]["searches"]
    paths = [each["path"] for each in message["context"]["photos"]]
    assert set(golden.finds) <= set(paths)
    if golden.only:
        assert paths == golden.finds
    if golden.cites is not None:
        assert cited_paths(message) == golden.cites
    if golden.cites_at_most is not None:
        assert len([path for path in cited_paths(message) if path.startswith(str(golden.of))]) <= golden.cites_at_most
    if golden.filters:
        filters = golden.filters.model_dump(exclude_none=True)
        assert any(filters.items() <= each.items() for each in searches)
    if golden.searches is not None:
        assert len(searches) == golden.searches
    if not REAL_MODEL:
        assert golden.rounds in {None, len(model.requests)}
        assert all(words in message["content"] for words in golden.says)


@pytest.mark.parametrize(
    "keys",
    [
        {"finsd": ["a.jpg"]},
        {"filters": {"foldre": "2024"}},
        {"filters": {"near": {"latitude": 1.0, "longitude": 2.0, "kilometres": 3.0}}},
        {"only": True},
        {"cites_at_most": 1},
        {"of": "burst"},
    ],
)
def test_a_key_that_would_check_nothing_is_an_error(keys: dict[str, Any]) -> None:
    parse_conversations(json.dumps([{"name": "x", "say": ["y"]}]))

    with pytest.raises(ValidationError):
        parse_conversations(json.dumps([{"name": "x", "say": ["y"], **keys}]))
