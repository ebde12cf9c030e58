"""Descriptions are paid for: once for the same bytes, by one worker at a time, and within the day's budget."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

from ingest.describe import Description, describe
from ingest.studio import Studio
from shared.errors import Claimed, Paused, PhotoError

log = logging.getLogger(__name__)

LOOKS = 40  # at a description another worker is making, a second apart, before the photo goes back to the queue


async def described(mark: str, preview: bytes, hints: Mapping[str, str], studio: Studio) -> tuple[Description, bool]:
    """The description of these bytes, a new one kept at once, and whether it was paid for earlier."""
    for _ in range(LOOKS):
        async with studio.descriptions.claim(mark, studio.recipe) as claim:
            if claim.kept:
                log.info("described earlier %s", hints["path"])
                return Description.model_validate_json(claim.kept), True
            if claim.ours:
                made = await studio.captions.through(lambda: _paid(preview, hints, studio))
                await claim.keep(made.model_dump_json())
                return made, False
        await asyncio.sleep(1)
    raise Claimed("another worker has been describing a copy of this photo for a while", wait=30)


async def _paid(preview: bytes, hints: Mapping[str, str], studio: Studio) -> Description:
    async with _budget(studio):
        made = await describe(
            preview,
            hints,
            models=studio.models,
            detail=studio.settings.image_detail,
            temperature=studio.settings.temperature,
        )
    capped = bool(studio.settings.captions_per_day)
    await studio.ledger.spend(today(), captions=0 if capped else 1, tokens=made.tokens)
    return made


@asynccontextmanager
async def _budget(studio: Studio) -> AsyncIterator[None]:
    """With a cap, a caption is written down before it is made, and struck off again where the call came to nothing."""
    cap = studio.settings.captions_per_day
    if not cap:
        yield
        return
    day = today()
    if not await studio.ledger.spend(day, captions=1, cap=cap):
        raise Paused(
            f"the {cap:,} captions of today are used up (CAPTIONS_PER_DAY); it goes on after midnight UTC",
            wait=until_tomorrow(datetime.now(UTC)),
        )
    try:
        yield
    except PhotoError:
        await studio.ledger.spend(day, captions=-1)
        raise


def today() -> date:
    """The day whose budget is spent: days are UTC, so that all instances turn the page at the same moment."""
    return datetime.now(UTC).date()


def until_tomorrow(now: datetime) -> float:
    """Seconds until the next day begins."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()
