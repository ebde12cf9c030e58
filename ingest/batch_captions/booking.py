"""
What a batch took is counted when it has ended.

Its end is written down before, and that it was counted afterwards. Each store counts it once by its name, so that a
kill in between has it counted neither twice nor never.
"""

import logging
from dataclasses import replace
from datetime import date

from ingest.batch_captions.cost import SHARE, price_name
from ingest.context import IngestContext
from shared import telemetry
from shared.model_reply import TokenUsage
from shared.models.batches import ModelBatches
from shared.stores.caption_batches import BatchResult, CaptionBatch, CaptionBatches

log = logging.getLogger(__name__)


async def book(
    batch: CaptionBatch, batches: ModelBatches, store: CaptionBatches, context: IngestContext
) -> CaptionBatch:
    """Count what a batch took that has ended, take back the captions that were not made, and delete its files."""
    result = batch.result
    if result is None or not result.is_to_book:
        return batch
    usage = usage_of(result)
    model = batch.priced_as or price_name(batch.model, context)
    cost = await _count_usage(batch, result, model, usage, context)
    day = date.fromisoformat(batch.day)
    await context.spending.add(day, captions=-result.failed, tokens=usage.total, once=batch.id)
    telemetry.record_tokens(model, usage, "caption", cost)
    for file_id in result.files:
        await batches.delete_file(file_id)
    booked = replace(batch, result=replace(result, is_to_book=False, files=()))
    await store.write(booked)
    log.info(
        "a batch ended as %s: %s kept, %s dropped, %s failed",
        result.status,
        result.kept,
        result.dropped,
        result.failed,
    )
    return booked


async def _count_usage(
    batch: CaptionBatch, result: BatchResult, model: str, usage: TokenUsage, context: IngestContext
) -> float | None:
    """Count its calls, and their cost in place of what was expected; what was too much comes back on that day only."""
    if context.usage is None:
        return None
    day = date.fromisoformat(result.day)
    cost = await context.usage.write_batch(
        batch.id, day, model, usage, purpose="caption", calls=result.calls, share=SHARE
    )
    difference = (cost or 0.0) - batch.expected_cost
    if context.budget and (difference > 0 or batch.day == result.day):
        await context.budget.settle(day, batch.id, difference)
    return cost


def usage_of(result: BatchResult) -> TokenUsage:
    """The tokens that a batch took."""
    return TokenUsage(
        result.prompt_tokens,
        result.completion_tokens,
        result.reasoning_tokens,
        cached=result.cached_tokens,
        cache_written=result.cache_written_tokens,
    )
