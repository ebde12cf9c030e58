"""What a deployment costs, in US dollars. `docs/deploy.md` has the same figures with their sources; a test compares."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.azd_environment import AzdEnvironment
from shared.prices import HOURS, LISTED, find_price

ENDPOINT_HOUR = 0.01
ENDPOINTS = 5  # blobs, queues, tables, search, models
QUESTION_TOKENS = 8000, 400  # of a usual one: what was found is most of it


@dataclass(frozen=True)
class Cost:
    """What it costs however much it is used, and what each use adds; None without a price."""

    search: float | None
    network: float
    thousand_photos: float | None
    thousand_questions: float | None

    @property
    def month(self) -> float | None:
        return None if self.search is None else self.search + self.network


def estimate(azd: AzdEnvironment) -> Cost:
    """The cost of what azd deployed, as far as its environment tells."""
    values = azd.values
    caption, chat = (find_price(values.get(name, "")) for name in ("CAPTION_MODEL_NAME", "CHAT_MODEL_NAME"))
    private = values.get("VNET_ENABLED", "").lower() == "true"
    prompt, answer = QUESTION_TOKENS
    return Cost(
        search=LISTED.month_of_search(values.get("AZURE_SEARCH_SKU", "basic")),
        network=ENDPOINTS * ENDPOINT_HOUR * HOURS if private else 0.0,
        thousand_photos=caption.thousand_photos if caption else None,
        thousand_questions=(prompt * chat.input + answer * chat.output) / 1000 if chat else None,
    )


def describe(cost: Cost) -> Iterator[str]:
    """Lines for a person."""
    network = f", of which {_dollars(cost.network)} are private endpoints" if cost.network else ""
    yield f"a month, used or not: {_dollars(cost.month)} (AI Search{network})"
    photos, questions = _dollars(cost.thousand_photos), _dollars(cost.thousand_questions)
    yield f"1,000 photos described: {photos}; 1,000 questions: {questions}"
    yield "storage, functions and logs: cents for a small library; docs/deploy.md has the prices and their sources"


def _dollars(amount: float | None) -> str:
    return "not known" if amount is None else f"about ${amount:,.2f}"
