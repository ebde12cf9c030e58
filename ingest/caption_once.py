"""Descriptions are paid for: once for the same bytes, by one worker at a time, and within the day's budget."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

from ingest.context import IngestContext
from ingest.describe import Description, describe
from shared.errors import Claimed, Paused, PhotoError

log = logging.getLogger(__name__)

LOOKS = 40  # at a description another worker is making, a second apart, before the photo goes back to the queue


async def caption_once(
    digest: str, preview: bytes, hints: Mapping[str, str], context: IngestContext
) -> tuple[Description, bool]:
    """The description of these bytes, a new one kept at once, and whether it was paid for earlier."""
    for _ in range(LOOKS):
        async with context.descriptions.claim(digest, context.recipe) as claim:
            if claim.kept:
                log.info("described earlier %s", hints["path"])
                return Description.model_validate_json(claim.kept), True
            if claim.ours:
                made = await context.caption_throttle.call(lambda: _describe_and_book(preview, hints, context))
                await claim.keep(made.model_dump_json())
                return made, False
        await asyncio.sleep(1)
    raise Claimed("another worker has been describing a copy of this photo for a while", wait=30)


async def _describe_and_book(preview: bytes, hints: Mapping[str, str], context: IngestContext) -> Description:
    async with _budget(context):
        made = await describe(
            preview,
            hints,
            models=context.models,
            detail=context.settings.image_detail,
            temperature=context.settings.temperature,
        )
    capped = bool(context.settings.captions_per_day)
    await context.spending.add(today(), captions=0 if capped else 1, tokens=made.tokens)
    return made


@asynccontextmanager
async def _budget(context: IngestContext) -> AsyncIterator[None]:
    """With a cap, a caption is written down before it is made, and struck off again where the call came to nothing."""
    cap = context.settings.captions_per_day
    if not cap:
        yield
        return
    day = today()
    if not await context.spending.add(day, captions=1, cap=cap):
        raise Paused(
            f"the {cap:,} captions of today are used up (CAPTIONS_PER_DAY); it goes on after midnight UTC",
            wait=until_tomorrow(datetime.now(UTC)),
        )
    try:
        yield
    except PhotoError:
        await context.spending.add(day, captions=-1)
        raise


def today() -> date:
    """The day whose budget is spent: days are UTC, so that all instances turn the page at the same moment."""
    return datetime.now(UTC).date()


def until_tomorrow(now: datetime) -> float:
    """Seconds until the next day begins."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()
