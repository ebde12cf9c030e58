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


def batch_cost(usage: TokenUsage, model: str, context: IngestContext) -> str:
    """What a batch took whose price is known by the name of this model."""
    price = context.settings.prices.of(model)
    return f"{usage.total:,} tokens" + (f", {context.settings.prices.format(price.of(usage) * SHARE)}" if price else "")


def price_name(model: str, context: IngestContext) -> str:
    """The name of a model of batches or, where that has no price, of that of plain calls: they are the same model."""
    return model if context.settings.prices.of(model) else context.models.caption_model


def _price(context: IngestContext) -> Price | None:
    return context.settings.prices.of(price_name(context.settings.batch_model, context))
