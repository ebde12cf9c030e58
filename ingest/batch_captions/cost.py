"""What captions by batch cost: half of what plain calls do."""

from ingest.context import IngestContext
from shared.model_reply import TokenUsage
from shared.prices import ANSWER_TOKENS, PROMPT_TOKENS, Price

SHARE = 0.5  # of the price of a plain call, at OpenAI and at Azure
USUAL_PREVIEW = 1_000  # tokens of a preview where the model is not known


def batch_estimate(photos: int, context: IngestContext) -> str:
    """About what it takes to describe so many photos by batch."""
    price = _price(context)
    preview = price.preview if price else USUAL_PREVIEW
    usage = TokenUsage(photos * (PROMPT_TOKENS + preview), photos * ANSWER_TOKENS)
    words = f"{photos:,} photos by batch take about {usage.total:,} tokens"
    if price is None:
        return f"{words}, at half the price of plain calls"
    prices, full = context.settings.prices, price.of(usage)
    return f"{words}: {prices.format(full * SHARE)} instead of {prices.format(full)}"


def expected_cost(photos: int, context: IngestContext) -> float:
    """About what describing so many photos by batch costs; 0 where the price is not known."""
    price = _price(context)
    return photos * price.caption * SHARE if price else 0.0


def batch_cost(prompt: int, completion: int, context: IngestContext) -> str:
    """What a batch took."""
    usage, price = TokenUsage(prompt, completion), _price(context)
    return f"{usage.total:,} tokens" + (f", {context.settings.prices.format(price.of(usage) * SHARE)}" if price else "")


def priced_model(context: IngestContext) -> str:
    """The model of batches or, where its name has no price, the one of plain calls: they are the same model."""
    known = context.settings.prices.of(context.settings.batch_model)
    return context.settings.batch_model if known else context.models.caption_model


def _price(context: IngestContext) -> Price | None:
    return context.settings.prices.of(priced_model(context))
