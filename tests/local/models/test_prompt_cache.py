"""What the stand-in says it had read before, by OpenAI's rules, to OpenAI's own client."""

from typing import Any

import pytest

from local.models.api.prompt_cache import KEPT_SECONDS, PromptCache
from tests.local.models.stand_in import CHAT, VISION, ModelStandIn, data_url, plain_image

WORD = " photo"


def prompt(words: int, question: str, name: str) -> list[dict[str, Any]]:
    return [{"role": "system", "content": name + WORD * words}, {"role": "user", "content": question}]


def details(stand_in: ModelStandIn, messages: Any, model: str = CHAT, **fields: Any) -> tuple[int, int, int]:
    """Tokens of a prompt, those of them that were cached, and those that are now."""
    usage = stand_in.client.chat.completions.create(model=model, messages=messages, **fields).usage
    assert usage
    assert usage.prompt_tokens_details
    of_prompt = usage.prompt_tokens_details
    return usage.prompt_tokens, of_prompt.cached_tokens or 0, of_prompt.cache_write_tokens or 0


def test_the_same_beginning_is_cached_in_steps(stand_in: ModelStandIn) -> None:
    tokens, first, _ = details(stand_in, prompt(1400, "hello", "steps"))
    _, second, written = details(stand_in, prompt(1400, "good morning to all", "steps"))

    assert first == written == 0
    assert 1024 < second <= tokens
    assert second % 128 == 0
    assert details(stand_in, prompt(1400, "hello", "another"))[1] == 0


def test_short_prompts_are_not_cached(stand_in: ModelStandIn) -> None:
    for _ in range(2):
        tokens, cached, _ = details(stand_in, prompt(900, "hello", "short"))
        assert tokens < 1024
        assert cached == 0


def test_models_that_sell_what_they_keep_count_it(stand_in: ModelStandIn) -> None:
    fields: dict[str, Any] = {"model": "gpt-5.6-luna", "reasoning_effort": "none"}

    tokens, cached, written = details(stand_in, prompt(1400, "hello", "sold"), **fields)

    assert cached == 0
    assert 1024 <= written <= tokens
    assert details(stand_in, prompt(1400, "hello", "sold"), **fields)[1:] == (written, 0)


def test_pictures_are_part_of_a_beginning(stand_in: ModelStandIn) -> None:
    def looked_at(color: str) -> int:
        image = {"type": "image_url", "image_url": {"url": data_url(plain_image(color, (650, 490))), "detail": "high"}}
        text = {"type": "text", "text": "What is this?" + WORD * 1300}
        return details(stand_in, [{"role": "user", "content": [image, text]}], model=VISION)[1]

    assert looked_at("red") == 0
    assert looked_at("red") >= 1024
    assert looked_at("blue") == 0


def test_the_responses_api_says_so_as_well(stand_in: ModelStandIn) -> None:
    def ask() -> Any:
        words = "of the other API" + WORD * 1400
        return stand_in.client.responses.create(model=CHAT, input=words, store=False).usage

    first, second = ask(), ask()

    assert first.input_tokens_details.cached_tokens == 0
    assert second.input_tokens_details.cached_tokens >= 1024
    assert second.input_tokens_details.cache_write_tokens == 0


@pytest.mark.parametrize(("seconds", "cached"), [(KEPT_SECONDS - 1, 1024), (KEPT_SECONDS, 0)])
def test_what_nobody_uses_is_forgotten(seconds: float, cached: int) -> None:
    now = [0.0]
    cache = PromptCache(lambda: now[0])
    tokens = ["a"] * 1100

    assert cache.read("m", tokens) == (0, 1024)
    now[0] += seconds
    assert cache.read("m", tokens) == (cached, 1024 - cached)
    assert cache.read("another", tokens) == (0, 1024)
