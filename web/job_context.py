"""What jobs work with: their store, their queue, and the actions."""

from functools import cache

from catalogue.jobs.slices import JobRunner
from shared.services import services
from web.job_actions import job_actions


@cache
def job_runner() -> JobRunner:
    """The runner of this process."""
    clients = services()
    return JobRunner(clients.jobs, clients.job_queue, job_actions(), uploads_wait)


async def uploads_wait() -> bool:
    """Whether blobs have arrived, or were uploaded through the app, and are not at work yet."""
    clients = services()
    return bool(await clients.upload_tickets.count() or await clients.host_queues.count())
