"""What models cost. `docs/models.md` has the same figures with their sources, and a test compares the two."""

import re
from dataclasses import dataclass

from shared.model_reply import TokenUsage

MILLION = 1_000_000
# What a description takes beside the tokens of the preview.
PROMPT_TOKENS, ANSWER_TOKENS = 620, 330
SNAPSHOT = re.compile(r"-20\d\d-\d\d-\d\d$")  # gpt-5-mini-2025-08-07 is a gpt-5-mini


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens, and the tokens of one preview."""

    input: float
    output: float
    preview: int

    def of(self, usage: TokenUsage) -> float:
        """The dollars for these tokens."""
        return (usage.prompt * self.input + usage.completion * self.output) / MILLION

    @property
    def thousand_photos(self) -> float:
        """The dollars for describing 1,000 photos, if the model does not think first."""
        return 1000 * self.of(TokenUsage(PROMPT_TOKENS + self.preview, ANSWER_TOKENS))


PRICES = {
    "gpt-5-nano": Price(0.05, 0.40, 1890),
    "gpt-6-luna": Price(0.10, 0.50, 922),
    "gpt-5.6-luna": Price(0.20, 1.20, 922),
    "gpt-5.4-nano": Price(0.20, 1.25, 922),
    "gpt-5-mini": Price(0.25, 2.00, 1245),
    "gpt-5.4-mini": Price(0.75, 4.50, 922),
    "gpt-6-sol": Price(2.00, 10.00, 922),
}


EMBEDDING_PRICES = {"text-embedding-3-small": 0.02, "text-embedding-3-large": 0.13}  # for a million tokens


def cost_of(model: str, usage: TokenUsage) -> float | None:
    """About how many dollars these tokens cost; None where the price isn't known. What a cache spares is not seen."""
    if (embedding := EMBEDDING_PRICES.get(model)) is not None:
        return usage.prompt * embedding / MILLION
    price = find_price(model)
    return price.of(usage) if price else None


def find_price(model: str) -> Price | None:
    """The price of a model by its name; None if the table does not have it, as with a deployment's own name."""
    return PRICES.get(SNAPSHOT.sub("", model))
