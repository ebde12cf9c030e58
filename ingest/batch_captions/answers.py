"""What becomes of a batch that was ordered: it is waited for, ordered again, or its answers are kept."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal, cast

from ingest.batch_captions.cost import SHARE, priced_model
from ingest.batch_captions.request_file import request_id
from ingest.caption_once import keep_if_none, today
from ingest.context import IngestContext
from ingest.describe import parse
from shared import telemetry
from shared.errors import Permanent, PhotoError
from shared.log_text import error_label
from shared.model_reply import TokenUsage
from shared.models.batches import BatchAnswer, BatchApi, BatchProgress, ModelBatches
from shared.stores.caption_batches import BatchResult, CaptionBatch, CaptionBatches, OrderedCaption
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

AT_ONCE = 8  # answers that are kept at once
FIRST_PAUSE = timedelta(minutes=10)  # until a batch is ordered again that the server had no room for; doubled each time
MAX_DOUBLINGS = 4
KEPT_FOR = timedelta(days=7)  # after its end, to be looked at

Outcome = Literal["kept", "dropped", "failed"]


async def order(batch: CaptionBatch, batches: ModelBatches, store: CaptionBatches) -> CaptionBatch:
    """
    Order a batch that was written down, unless that was done already by somebody who could not write down its name.

    Where it cannot be ordered yet, it stays as it is. Permanent where the server refuses it.
    """
    if batch.not_before and datetime.now(UTC) < batch.not_before:
        return batch
    batch_id = await batches.find(batch.file_id)
    if batch_id is None:
        if not await batches.is_processed(batch.file_id):
            return batch
        batch_id = await batches.create(batch.file_id, cast(BatchApi, batch.api))
    ordered = replace(batch, batch_id=batch_id)
    await store.write(ordered)
    log.info("ordered %s captions as a batch", len(batch.captions))
    return ordered


async def follow_up(
    batch: CaptionBatch, batches: ModelBatches, store: CaptionBatches, context: IngestContext
) -> tuple[CaptionBatch, BatchProgress | None]:
    """Do what a batch that has no result is due for; return it as it is now, and how far the server is with it."""
    if not batch.batch_id:
        try:
            return await order(batch, batches, store), None
        except Permanent as error:
            refused = BatchProgress("failed", reason=str(error))
            return await _take(batch, refused, batches, store, context), refused
    progress = await batches.progress(batch.batch_id)
    if not progress.has_ended:
        return batch, progress
    if progress.has_no_room:
        return await _postpone(batch, store), progress
    return await _take(batch, progress, batches, store, context), progress


async def _postpone(batch: CaptionBatch, store: CaptionBatches) -> CaptionBatch:
    """Order it again later: the server has not begun it, as too much was queued."""
    pause = FIRST_PAUSE * 2 ** min(batch.refusals, MAX_DOUBLINGS)
    later = replace(batch, batch_id="", not_before=datetime.now(UTC) + pause, refusals=batch.refusals + 1)
    await store.write(later)
    return later


async def _take(
    batch: CaptionBatch, progress: BatchProgress, batches: ModelBatches, store: CaptionBatches, context: IngestContext
) -> CaptionBatch:
    """Keep the answers, and queue all photos that waited: an ordinary attempt describes what has no answer."""
    answers = dict[str, BatchAnswer]()
    for file_id in filter(None, (progress.error_file, progress.output_file)):
        answers |= {each.custom_id: each async for each in batches.answers(file_id, cast(BatchApi, batch.api))}
    outcomes = list[Outcome]()
    for start in range(0, len(batch.captions), AT_ONCE):
        some = list(enumerate(batch.captions))[start : start + AT_ONCE]
        outcomes += await asyncio.gather(
            *(_settle(each, answers.get(request_id(place)), batch, context) for place, each in some)
        )
    usage = sum((each.reply.usage for each in answers.values() if each.reply), TokenUsage())
    result = BatchResult(
        status=progress.status,
        kept=outcomes.count("kept"),
        dropped=outcomes.count("dropped"),
        failed=outcomes.count("failed"),
        prompt_tokens=usage.prompt,
        completion_tokens=usage.completion,
        reason=progress.reason or next((each.fault for each in answers.values() if each.fault), ""),
    )
    ended = replace(batch, captions=(), result=result)
    await store.write(ended)
    await _book(ended, usage, context)
    for file_id in filter(None, (batch.file_id, progress.output_file, progress.error_file)):
        await batches.delete_file(file_id)
    log.info(
        "a batch ended as %s: %s kept, %s dropped, %s failed",
        result.status,
        result.kept,
        result.dropped,
        result.failed,
    )
    return ended


async def _settle(
    caption: OrderedCaption, answer: BatchAnswer | None, batch: CaptionBatch, context: IngestContext
) -> Outcome:
    outcome = await _keep(caption, answer, batch, context)
    for name in caption.names:
        await context.tickets.send(Ticket(name, definitions=batch.definitions))
    return outcome


async def _keep(
    caption: OrderedCaption, answer: BatchAnswer | None, batch: CaptionBatch, context: IngestContext
) -> Outcome:
    if answer is None or answer.reply is None:
        return "failed"
    try:
        description = parse(answer.reply).model_copy(update={"caption_language": batch.language})
    except PhotoError as error:
        log.warning("an answer of a batch is no description: %s", error_label(error))
        return "failed"
    if not await _is_there(caption, context):
        return "dropped"
    recipe = batch.recipe + caption.suffix
    return "kept" if await keep_if_none(caption.digest, recipe, description, caption.path, context) else "dropped"


async def _is_there(caption: OrderedCaption, context: IngestContext) -> bool:
    """Whether a photo is left that the caption was ordered for: nothing is kept about one that was deleted."""
    for name in caption.names:
        if await context.storage.stat(name):
            return True
    return False


async def _book(batch: CaptionBatch, usage: TokenUsage, context: IngestContext) -> None:
    """Count the tokens, and take back the captions that were counted and not made."""
    assert batch.result
    if context.usage is not None:
        calls = batch.result.kept + batch.result.dropped
        model = priced_model(context)
        cost = context.usage.add_batch(model, usage, purpose="caption", calls=calls, share=SHARE)
        telemetry.record_tokens(model, usage, "caption", cost)
        _correct_budget(batch, cost or 0.0, context)
    try:
        await context.spending.add(date.fromisoformat(batch.day), captions=-batch.result.failed, tokens=usage.total)
    except PhotoError as error:
        log.warning("could not count %s tokens of a batch: %s", usage.total, error_label(error))


def _correct_budget(batch: CaptionBatch, cost: float, context: IngestContext) -> None:
    """Count what a batch has cost in place of what was expected; what was too much comes back on the same day only."""
    difference = cost - batch.expected_cost
    if context.budget and (difference > 0 or batch.day == today().isoformat()):
        context.budget.spend(difference, "batch")


async def tend_batches(context: IngestContext) -> None:
    """Take the answers of batches that have ended since, and order those that wait to be; forget old ones."""
    store, batches = context.caption_batches, context.model_batches
    if store is None or batches is None:
        return
    async with store.lock() as is_ours:
        for batch in await store.all() if is_ours else ():
            try:
                if batch.result is None:
                    await follow_up(batch, batches, store, context)
                elif datetime.now(UTC) - datetime.fromisoformat(batch.made_at) > KEPT_FOR:
                    await store.delete(batch)
            except PhotoError as error:
                log.warning("could not look after a batch: %s", error_label(error))
