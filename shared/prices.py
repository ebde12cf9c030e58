"""
What models, and what runs beside them, cost. `docs/models.md` has the same figures with their sources; a test compares.

The list is in US dollars. The setting PRICES adds to it, and one in another currency takes its place.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.model_reply import TokenUsage

MILLION = 1_000_000
LISTED_IN = "2026-11"  # when the list was made
# What a description takes beside the tokens of the preview.
PROMPT_TOKENS, ANSWER_TOKENS = 620, 330
PATCH, PREVIEW_PATCHES = 32, 768  # pixels of a side; how many a preview of 1024 x 768 has
SNAPSHOT = re.compile(r"-20\d\d-\d\d-\d\d$")  # gpt-5-mini-2025-08-07 is a gpt-5-mini
HOURS = 730  # in a month, as Azure counts
SEARCH_HOUR = {"free": 0.0, "basic": 0.10}  # those of larger ones are at Azure's calculator


@dataclass(frozen=True)
class Price:
    """
    Money for a million tokens, and the tokens of one preview.

    Input that was `cached` costs what other input does where that is None; so does what is written to the cache. Models
    that are sold by the call have a price of a thousand of those.
    """

    input: float
    output: float = 0.0
    preview: int = 922
    cached: float | None = None
    cache_write: float | None = None
    thousand_calls: float = 0.0

    def of(self, usage: TokenUsage, calls: int = 1) -> float:
        """What these tokens cost, which so many calls took."""
        cached = self.input if self.cached is None else self.cached
        written = self.input if self.cache_write is None else self.cache_write
        fresh = usage.prompt - usage.cached - usage.cache_written
        tokens = (
            fresh * self.input + usage.cached * cached + usage.cache_written * written + usage.completion * self.output
        )
        return tokens / MILLION + calls * self.thousand_calls / 1000

    def picture_tokens(self, width: int, height: int) -> int:
        """About how many tokens a picture takes that is this large in pixels."""
        patches = math.ceil(width / PATCH) * math.ceil(height / PATCH)
        return math.ceil(patches * self.preview / PREVIEW_PATCHES)

    @property
    def caption(self) -> float:
        """About what describing one photo costs, if the model does not think first."""
        return self.of(TokenUsage(PROMPT_TOKENS + self.preview, ANSWER_TOKENS))

    @property
    def thousand_photos(self) -> float:
        """About what describing 1,000 photos costs, if the model does not think first."""
        return 1000 * self.caption


PRICES = {
    "gpt-5-nano": Price(0.05, 0.40, 1890, 0.005),
    "gpt-6-luna": Price(0.10, 0.50, 922, 0.01, 0.125),
    "gpt-5.6-luna": Price(0.20, 1.20, 922, 0.02, 0.25),
    "gpt-5.4-nano": Price(0.20, 1.25, 922, 0.02),
    "gpt-5-mini": Price(0.25, 2.00, 1245, 0.025),
    "gpt-5.4-mini": Price(0.75, 4.50, 922, 0.075),
    "gpt-6-sol": Price(2.00, 10.00, 922, 0.20, 2.50),
}
EMBEDDING_PRICES = {
    "text-embedding-3-small": Price(0.02),
    "text-embedding-3-large": Price(0.13),
    "text-embedding-ada-002": Price(0.10),
}


@dataclass(frozen=True)
class PriceList:
    """
    The prices of models by name, all in one currency, and since when they hold.

    `search_month` is what a month of the search service costs, and `thousand_ranker_queries` what its ranker does;
    None where that is not known.
    """

    currency: str = "USD"
    dated: str = LISTED_IN
    models: Mapping[str, Price] = field(default_factory=lambda: PRICES | EMBEDDING_PRICES)
    search_month: float | None = None
    thousand_ranker_queries: float | None = None

    def of(self, model: str) -> Price | None:
        """The price of a model by its name; None if the list does not have it, as with a deployment's own name."""
        return self.models.get(model) or self.models.get(SNAPSHOT.sub("", model))

    def cost(self, model: str, usage: TokenUsage) -> float | None:
        """What the tokens of one call cost; None where the price isn't known."""
        price = self.of(model)
        return price.of(usage) if price else None

    def month_of_search(self, tier: str) -> float | None:
        """What the search service costs however much it is used: as PRICES says, or one unit of its tier."""
        if self.search_month is not None:
            return self.search_month
        hour = SEARCH_HOUR.get(tier) if self.currency == "USD" else None
        return None if hour is None else hour * HOURS

    def format(self, amount: float) -> str:
        """An amount for a person: $1.20, or 1.20 EUR."""
        digits = 2 if amount == 0 or abs(amount) >= 0.1 else 5
        number = f"{amount:,.{digits}f}"
        return f"${number}" if self.currency == "USD" else f"{number} {self.currency}"


LISTED = PriceList()
find_price = LISTED.of
