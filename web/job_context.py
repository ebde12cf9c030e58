"""What jobs work with: their store, their queue, and the actions."""

from collections.abc import Sequence
from functools import cache

from catalogue.jobs.slices import JobRunner
from shared.access.audit import record
from shared.services import services
from shared.stores.audit import AuditAction
from web.job_actions import ids_of_now, job_actions


@cache
def job_runner() -> JobRunner:
    """The runner of this process."""
    clients = services()
    return JobRunner(
        clients.jobs,
        clients.job_queue,
        job_actions(),
        uploads_wait,
        ids_of_now,
        write_down,
        clients.catalogue.follow,
    )


async def write_down(action: AuditAction, photos: Sequence[str], job: str) -> None:
    """Say in the audit log what a job did."""
    await record(action, photos, job=job)


async def uploads_wait() -> bool:
    """Whether blobs have arrived, or were uploaded through the app, and are not at work yet."""
    clients = services()
    return bool(await clients.upload_tickets.count() or await clients.host_queues.count())
