"""What calls of models took: counted by day, model, purpose and person, and added up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from shared.model_reply import TokenUsage

RANKER = "semantic ranker"  # of the search service, which is paid for by the query


@dataclass(frozen=True)
class UsageKey:
    """
    Whose calls they are. `person` is a person's id or `key:NAME`, or who of ours it was, such as "the app".

    Money is in `currency`, which PRICES may change.
    """

    day: date
    model: str
    purpose: str
    person: str
    currency: str = "USD"


@dataclass(frozen=True)
class Usage:
    """
    Calls and their tokens. `cached` and `cache_written` are part of the `input`, `reasoning` of the `output`.

    `cost` is that of the calls whose price was known when they were made; of the others there are `unpriced`.
    """

    calls: int = 0
    input: int = 0
    cached: int = 0
    cache_written: int = 0
    output: int = 0
    reasoning: int = 0
    cost: float = 0.0
    unpriced: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(one + more for one, more in zip(self._values, other._values, strict=True)))  # type: ignore[arg-type]

    @property
    def _values(self) -> tuple[float, ...]:
        return tuple(vars(self).values())


def usage_of(tokens: TokenUsage, cost: float | None, *, calls: int = 1) -> Usage:
    """What these tokens are in a bill."""
    return Usage(
        calls,
        tokens.prompt,
        tokens.cached,
        tokens.cache_written,
        tokens.completion,
        tokens.reasoning,
        cost or 0.0,
        calls if cost is None else 0,
    )


@dataclass
class UsageTotals:
    """Usage by key, which only grows."""

    by_key: dict[UsageKey, Usage] = field(default_factory=dict)

    def add(self, key: UsageKey, usage: Usage) -> None:
        self.by_key[key] = self.by_key.get(key, Usage()) + usage

    def merge(self, other: Mapping[UsageKey, Usage]) -> None:
        for key, usage in other.items():
            self.add(key, usage)

    def of_day(self, day: date) -> dict[UsageKey, Usage]:
        return {key: usage for key, usage in self.by_key.items() if key.day == day}


def total(usages: Iterable[Usage]) -> Usage:
    """All of these together."""
    return sum(usages, Usage())


def grouped(by_key: Mapping[UsageKey, Usage], *fields: str) -> list[tuple[UsageKey, Usage]]:
    """The same by some of the fields of a key alone, the dearest first; the others are empty. Currencies stay apart."""
    totals = UsageTotals()
    blank = {name: "" for name in ("model", "purpose", "person") if name not in fields}
    for key, usage in by_key.items():
        totals.add(replace(key, **blank, **({} if "day" in fields else {"day": date.min})), usage)  # type: ignore[arg-type]
    order = (lambda item: (item[0].day, -item[1].cost, -item[1].calls)) if "day" in fields else _dearest
    return sorted(totals.by_key.items(), key=order)


def _dearest(item: tuple[UsageKey, Usage]) -> tuple[float, int]:
    return -item[1].cost, -item[1].calls
