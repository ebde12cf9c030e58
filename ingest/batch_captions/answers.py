"""What becomes of a batch that was ordered: it is waited for, ordered again, or its answers are kept."""

import asyncio
import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

from ingest.batch_captions.booking import book
from ingest.batch_captions.present_names import is_known, present_names
from ingest.batch_captions.request_file import request_id
from ingest.batch_hold import release
from ingest.caption_once import keep_if_none, today
from ingest.context import IngestContext
from ingest.describe import parse
from shared.errors import BadRequest, Permanent, PhotoError
from shared.log_text import error_label
from shared.model_reply import TokenUsage
from shared.models.batches import BatchAnswer, BatchApi, BatchProgress, ModelBatches
from shared.stores.caption_batches import BatchResult, CaptionBatch, CaptionBatches, OrderedCaption

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
    """Do what a batch that is open is due for; return it as it is now, and how far the server is with it."""
    if batch.result:
        return await book(batch, batches, store, context), BatchProgress(batch.result.status)
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
    answers, lost = dict[str, BatchAnswer](), ""
    for file_id in filter(None, (progress.error_file, progress.output_file)):
        try:
            answers |= {each.custom_id: each async for each in batches.answers(file_id, cast(BatchApi, batch.api))}
        except BadRequest as error:
            lost = str(error)
    progress = replace(progress, reason=progress.reason or lost)
    outcomes = list[Outcome]()
    settled = [
        (caption, answers.get(request_id(place)), names)
        for place, (caption, names) in enumerate(
            zip(batch.captions, await present_names(batch.captions, context), strict=True)
        )
    ]
    for start in range(0, len(settled), AT_ONCE):
        some = settled[start : start + AT_ONCE]
        outcomes += await asyncio.gather(*(_settle(*each, batch, context) for each in some))
    ended = replace(batch, captions=(), result=_result_of(progress, outcomes, answers.values(), batch))
    await store.write(ended)
    return await book(ended, batches, store, context)


def _result_of(
    progress: BatchProgress, outcomes: Sequence[Outcome], answers: Collection[BatchAnswer], batch: CaptionBatch
) -> BatchResult:
    replies = [each.reply for each in answers if each.reply]
    usage = sum((each.usage for each in replies), TokenUsage())
    return BatchResult(
        status=progress.status,
        kept=outcomes.count("kept"),
        dropped=outcomes.count("dropped"),
        failed=outcomes.count("failed"),
        calls=len(replies),
        prompt_tokens=usage.prompt,
        completion_tokens=usage.completion,
        reasoning_tokens=usage.reasoning,
        cached_tokens=usage.cached,
        cache_written_tokens=usage.cache_written,
        reason=progress.reason or next((each.fault for each in answers if each.fault), ""),
        day=today().isoformat(),
        is_to_book=True,
        files=tuple(filter(None, (batch.file_id, progress.output_file, progress.error_file))),
    )


async def _settle(
    caption: OrderedCaption,
    answer: BatchAnswer | None,
    names: Sequence[str],
    batch: CaptionBatch,
    context: IngestContext,
) -> Outcome:
    """Keep one answer, and queue the photos that waited for it, by the names that they have now."""
    outcome = await _keep(caption, answer, names, batch, context)
    for name in {*caption.names, *names}:  # an attempt at one that is gone removes what is left of it
        await release(name, context, holds=batch.holds, definitions=batch.definitions)
    return outcome


async def _keep(
    caption: OrderedCaption,
    answer: BatchAnswer | None,
    names: Sequence[str],
    batch: CaptionBatch,
    context: IngestContext,
) -> Outcome:
    if answer is None or answer.reply is None:
        return "failed"
    try:
        description = parse(answer.reply).model_copy(update={"caption_language": batch.language})
    except PhotoError as error:
        log.warning("an answer of a batch is no description: %s", error_label(error))
        return "failed"
    if not names and not await is_known(caption, context):  # nothing is kept about a photo that was deleted
        return "dropped"
    recipe = batch.recipe + caption.suffix
    return "kept" if await keep_if_none(caption.digest, recipe, description, caption.path, context) else "dropped"


async def tend_batches(context: IngestContext, *, until: float = float("inf")) -> None:
    """
    Take the answers of batches that have ended since, and order those that wait to be; forget old ones.

    They were paid for, so it does not matter which BATCH_MODEL the settings name now, or whether they name any. No
    batch is begun with after `until`, by the monotonic clock.
    """
    store, batches = context.caption_batches, context.model_batches
    if not await store.are_kept():
        return
    async with store.lock() as is_ours:
        for batch in await store.all() if is_ours else ():
            if time.monotonic() >= until:
                return
            try:
                if batch.is_open:
                    await follow_up(batch, batches, store, context)
                elif datetime.now(UTC) - datetime.fromisoformat(batch.made_at) > KEPT_FOR:
                    await store.delete(batch)
            except PhotoError as error:
                log.warning("could not look after a batch: %s", error_label(error))
