"""What asking has taught of a model."""

import pytest

from query.doctor.learnt import reasoning, token_field


@pytest.mark.parametrize(
    ("workarounds", "state", "words"),
    [
        ({}, "works", "max_completion_tokens"),
        ({"max_completion_tokens": "max_tokens"}, "worked round", "max_tokens, as it refuses max_completion_tokens"),
        ({"max_completion_tokens": ""}, "worked round", "no limit"),
    ],
)
def test_the_token_field_is_the_one_that_is_taken(workarounds: dict[str, str], state: str, words: str) -> None:
    finding = token_field(workarounds)

    assert finding.state == state
    assert words in finding.detail


@pytest.mark.parametrize(
    ("effort", "workarounds", "state", "words"),
    [
        (None, {}, "works", "by default"),
        ("none", {}, "works", "effort none"),
        ("none", {"reasoning_effort=none": "minimal"}, "worked round", "effort minimal, as it refuses none"),
        (
            "none",
            {"reasoning_effort=none": "minimal", "reasoning_effort=minimal": "low"},
            "worked round",
            "effort low, as it refuses none",
        ),
        ("high", {"reasoning_effort": ""}, "worked round", "by default, as it refuses high"),
    ],
)
def test_reasoning_is_told_against_what_the_settings_ask_for(
    effort: str | None, workarounds: dict[str, str], state: str, words: str
) -> None:
    finding = reasoning(effort, workarounds, 1200)

    assert finding.state == state
    assert words in finding.detail
    assert "1,200 tokens" in finding.detail
