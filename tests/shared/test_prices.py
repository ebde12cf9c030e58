"""What tokens cost: by the list, by PRICES, and what a budget needs to know."""

import json
from typing import Any

import pytest

from shared.errors import SettingsError
from shared.model_reply import TokenUsage
from shared.price_setting import parse_prices
from shared.prices import LISTED, PRICES, Price, PriceList
from shared.settings import load
from tests.shared.test_settings import GOOD

PRICE = Price(input=1.0, output=10.0, cached=0.1, cache_write=1.25)
USAGE = TokenUsage(1_000_000, 100_000, 50_000, cached=400_000, cache_written=200_000)
LISTED_MODELS = {
    "CAPTION_MODEL": "gpt-5-mini",
    "CHAT_MODEL": "gpt-5.4-mini",
    "EMBEDDING_MODEL": "text-embedding-3-small",
}


def prices(**entries: Any) -> PriceList:
    return parse_prices(json.dumps(entries))


def test_each_kind_of_token_has_a_price() -> None:
    assert PRICE.of(USAGE) == pytest.approx(0.4 * 1 + 0.4 * 0.1 + 0.2 * 1.25 + 0.1 * 10)


def test_a_price_without_those_of_the_cache_is_that_of_all_input() -> None:
    assert Price(1.0, 10.0).of(USAGE) == pytest.approx(1 + 0.1 * 10)


def test_models_may_be_sold_by_the_call() -> None:
    assert Price(0, thousand_calls=0.1).of(TokenUsage(), calls=5) == pytest.approx(0.0005)


def test_a_picture_of_the_size_of_a_preview_takes_the_tokens_of_one() -> None:
    for each in PRICES.values():
        assert each.picture_tokens(1024, 768) == each.preview
    assert PRICES["gpt-5-mini"].picture_tokens(512, 384) == 312


def test_what_is_listed_is_extended_and_overridden() -> None:
    given = prices(
        **{"my-deployment": {"input": 3, "cached": 0.3, "output": 9}, "gpt-5-mini": {"input": 1, "output": 2}}
    )

    assert given.of("my-deployment") == Price(3, 9, cached=0.3)
    assert given.of("gpt-5-mini-2025-08-07") == Price(1, 2)
    assert given.of("gpt-5-nano") == PRICES["gpt-5-nano"]
    assert given.dated == "2026-11 and PRICES"
    assert LISTED.of("my-deployment") is None


def test_a_deployment_may_cost_what_a_model_does() -> None:
    assert prices(**{"my-deployment": "gpt-5-mini"}).of("my-deployment") == PRICES["gpt-5-mini"]


def test_a_list_in_another_currency_takes_the_place_of_ours() -> None:
    given = prices(currency="EUR", **{"gpt-5-mini": {"input": 0.2}}, search_month=70, thousand_ranker_queries=0.9)

    assert given.of("gpt-5-nano") is None
    assert given.of("gpt-5-mini") == Price(0.2)
    assert (given.month_of_search("basic"), given.thousand_ranker_queries) == (70, 0.9)
    assert given.format(1.5) == "1.50 EUR"
    assert prices(currency="EUR").month_of_search("basic") is None


def test_the_search_service_has_a_price_where_its_tier_is_known() -> None:
    assert LISTED.month_of_search("basic") == pytest.approx(73)
    assert LISTED.month_of_search("free") == 0
    assert LISTED.month_of_search("standard3") is None
    assert prices(search_month=245.28).month_of_search("standard") == 245.28
    assert LISTED.format(73) == "$73.00"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "use JSON such as"),
        ("[]", "use JSON such as"),
        ('{"m": 3}', "m: "),
        ('{"m": {"input": -1}}', "m.input: "),
        ('{"m": {"input": "free"}}', "m.input: "),
        ('{"m": {"price": 1}}', "m.price: "),
        ('{"m": "no-such-model"}', "m costs what no-such-model does, whose price is not known"),
        ('{"currency": "euro"}', "use a currency such as EUR"),
        ('{"currency": "EUR", "m": "gpt-5-mini"}', "gpt-5-mini has a price in USD alone"),
        ('{"search_month": "much"}', "search_month: use an amount of money"),
        ('{"thousand_ranker_queries": -1}', "thousand_ranker_queries: use an amount of money"),
    ],
)
def test_what_is_wrong_with_prices_is_said_with_the_setting(text: str, fault: str) -> None:
    with pytest.raises(SettingsError, match=f"PRICES: .*{fault}"):
        load(GOOD | {"PRICES": text})


def test_a_budget_names_every_price_that_it_lacks_and_the_setting_to_set() -> None:
    models = LISTED_MODELS | {"CAPTION_MODEL": "my-vision", "CHAT_MODEL": "my-chat"}

    with pytest.raises(SettingsError) as raised:
        load(GOOD | models | {"BUDGET_PER_DAY": "5"})

    for words in (
        "price of my-vision (CAPTION_MODEL)",
        "price of my-chat (CHAT_MODEL)",
        'set PRICES, such as {"my-vision"',
    ):
        assert words in str(raised.value)
    assert "text-embedding" not in str(raised.value)
    assert load(GOOD | models).budget_per_day == 0  # nothing has to be known where there is no budget
    known = {"my-vision": {"input": 1, "output": 2}, "my-chat": "gpt-5-mini"}
    assert load(GOOD | models | {"BUDGET_PER_DAY": "5", "PRICES": json.dumps(known)}).budget_per_day == 5


def test_a_budget_in_another_currency_needs_all_prices_in_it() -> None:
    with pytest.raises(SettingsError, match=r"price of gpt-5-mini \(CAPTION_MODEL\).* in EUR for a million tokens"):
        load(GOOD | LISTED_MODELS | {"BUDGET_PER_DAY": "5", "PRICES": '{"currency": "EUR"}'})


def test_the_example_of_the_fault_is_one_that_is_taken() -> None:
    with pytest.raises(SettingsError) as raised:
        load(GOOD | LISTED_MODELS | {"CAPTION_MODEL": "my-vision", "BUDGET_PER_DAY": "5"})

    example = str(raised.value).partition("such as ")[2].partition("}}")[0] + "}}"
    settings = load(GOOD | LISTED_MODELS | {"CAPTION_MODEL": "my-vision", "BUDGET_PER_DAY": "5", "PRICES": example})
    assert settings.prices.of("my-vision") == Price(0.25, 2, cached=0.025)


@pytest.mark.parametrize("amount", ["-1", "nan", "inf", "much"])
def test_a_budget_is_an_amount_of_money(amount: str) -> None:
    with pytest.raises(SettingsError, match="BUDGET_PER_DAY"):
        load(GOOD | LISTED_MODELS | {"BUDGET_PER_DAY": amount})


def test_the_image_model_needs_a_price_too() -> None:
    image = {"IMAGE_EMBEDDING_MODEL": "embed-v-4-0", "IMAGE_EMBEDDING_ENDPOINT": "https://x.example/models"}

    with pytest.raises(SettingsError, match=r"price of embed-v-4-0 \(IMAGE_EMBEDDING_MODEL\)"):
        load(GOOD | LISTED_MODELS | image | {"BUDGET_PER_DAY": "5"})
