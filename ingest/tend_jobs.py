"""
Looks after jobs, which others make and run: what ended a month ago goes, and what has lost its turn gets one.

A turn is lost where somebody clears the queue, or a worker dies between keeping a job and queueing it.
"""

import logging
from datetime import UTC, datetime, timedelta

from ingest.context import IngestContext
from shared.stores.jobs import JobTurn

log = logging.getLogger(__name__)

KEEP_JOBS = timedelta(days=30)
LOST = timedelta(minutes=15)  # without a turn in the queue; a slice takes seconds


async def tend_jobs(context: IngestContext) -> None:
    """Delete old jobs, and give a turn to those that wait for one that will not come."""
    now, is_idle = datetime.now(UTC), not await context.job_queue.count()
    async for each in context.jobs.all():
        age = now - each.written
        if each.has_ended and age > KEEP_JOBS:
            await context.jobs.delete(each.id)
        elif not each.has_ended and is_idle and age > LOST:
            log.warning("gave the job %s another turn, as its own was lost", each.id)
            await context.job_queue.send(JobTurn(each.id))
