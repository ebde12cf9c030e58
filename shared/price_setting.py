"""The settings PRICES and BUDGET_PER_DAY: what the list of prices lacks, and which prices a budget needs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from shared.errors import SettingsError
from shared.prices import EMBEDDING_PRICES, LISTED, PRICES, Price, PriceList

CURRENCY = re.compile(r"[A-Z]{3}")
OF_ALL = {"currency", "search_month", "thousand_ranker_queries"}  # what is no model
EXAMPLE = '{"my-deployment": {"input": 0.25, "cached": 0.025, "output": 2}}'


class PriceEntry(BaseModel):
    """The price of one model, as PRICES has it."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    input: float = Field(0.0, ge=0)
    cached: float | None = Field(None, ge=0)
    cache_write: float | None = Field(None, ge=0)
    output: float = Field(0.0, ge=0)
    preview: int = Field(922, ge=1)
    thousand_calls: float = Field(0.0, ge=0)


def parse_prices(text: str) -> PriceList:
    """The list with what PRICES says; ValueError where that is not understood."""
    try:
        entries = TypeAdapter(dict[str, JsonValue]).validate_json(text)
    except ValidationError as error:
        raise ValueError(f"use JSON such as {EXAMPLE}: money for a million tokens") from error
    currency = entries.get("currency", LISTED.currency)
    if not isinstance(currency, str) or not CURRENCY.fullmatch(currency):
        raise ValueError("use a currency such as EUR")
    is_listed = currency == LISTED.currency
    given = {name: _price(name, entry, is_listed=is_listed) for name, entry in entries.items() if name not in OF_ALL}
    if is_listed:
        return replace(
            LISTED,
            dated=f"{LISTED.dated} and PRICES",
            models={**LISTED.models, **given},
            search_month=_amount(entries, "search_month"),
            thousand_ranker_queries=_amount(entries, "thousand_ranker_queries"),
        )
    return PriceList(
        currency, "PRICES", given, _amount(entries, "search_month"), _amount(entries, "thousand_ranker_queries")
    )


def _price(name: str, entry: JsonValue, *, is_listed: bool) -> Price:
    """The price of one model, which may be the name of another that costs the same."""
    if isinstance(entry, str) and not is_listed:
        raise ValueError(f"{name}: {entry} has a price in {LISTED.currency} alone; say the numbers in your currency")
    if isinstance(entry, str):
        if known := LISTED.of(entry):
            return known
        raise ValueError(f"{name} costs what {entry} does, whose price is not known: known are {', '.join(_known())}")
    try:
        return Price(**PriceEntry.model_validate(entry).model_dump())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([name, *map(str, first["loc"])])
        raise ValueError(f"{where}: {first['msg']}: use prices for a million tokens such as {EXAMPLE}") from error


def _known() -> list[str]:
    return sorted(PRICES | EMBEDDING_PRICES)


def _amount(entries: Mapping[str, JsonValue], name: str) -> float | None:
    value = entries.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name}: use an amount of money")
    return float(value)


def budget_faults(budget: float, prices: PriceList, models: Mapping[str, str]) -> Iterator[str]:
    """What a budget lacks to be held: the prices of these models, each by the setting that names it."""
    unknown = {name: setting for setting, name in models.items() if budget and name and prices.of(name) is None}
    for name, setting in unknown.items():
        example = f'{{"{name}": {{"input": 0.25, "cached": 0.025, "output": 2}}}}'
        yield (
            f"BUDGET_PER_DAY cannot be held, as the price of {name} ({setting}) is not known: set PRICES, such as "
            f"{example}, in {prices.currency} for a million tokens; a model of docs/models.md that costs the same can "
            "be named in place of the numbers; or remove BUDGET_PER_DAY"
        )


def require_price(model: str, option: str, *, budget: float, prices: PriceList) -> None:
    """SettingsError where there is a budget and nobody knows the price of a model that a command names."""
    for fault in budget_faults(budget, prices, {option: model}):
        raise SettingsError(fault)
