"""Deletes large exports: a day after they were made, and at once where their jobs were cancelled or failed."""

import logging
from datetime import UTC, datetime

from ingest.context import IngestContext
from shared.errors import NotFound
from shared.stores.jobs import Job

log = logging.getLogger(__name__)


async def sweep_exports(context: IngestContext) -> None:
    """Delete what nobody can get a link to any more."""
    async for id_ in context.exports.all():
        if not await _is_needed(id_, context):
            await context.exports.delete(id_)
            log.info("deleted an export")


async def _is_needed(id_: str, context: IngestContext) -> bool:
    try:
        job: Job = await context.jobs.read(id_)
    except NotFound:
        return False
    until = job.result.get("expires_at", "")
    return not job.has_ended or bool(until and datetime.fromisoformat(until) > datetime.now(UTC))
