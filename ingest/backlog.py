"""
What is on its way to be ingested already, so that reconcile does not queue it a second time.

A photo that is not indexed yet may be in one of three queues: the host's own, which holds the blobs whose arrival it
noticed (whether by polling or by Event Grid), that of uploads through the app, and that of tickets. None can be
searched for a photo. So nothing is queued while one has something to do, and where we cannot tell, only what has been
there for a while.
"""

from dataclasses import dataclass
from datetime import timedelta

from ingest.context import IngestContext

GRACE = timedelta(minutes=5)  # the event of a blob this young is still on its way
LONG_GRACE = timedelta(hours=1)  # the same where a blob may be in a queue that we cannot see into


@dataclass(frozen=True)
class Backlog:
    """
    Whether photos are on their way, and whether more may be than we can see.

    Tickets that become due later count as neither busy nor clear: the photos of most are recorded as being retried, but
    one may be left from before its photo was tried again by hand, or belong to a photo that arrived among many others.
    """

    busy: bool
    clear: bool

    def grace(self, asked: timedelta) -> timedelta:
        """How young a photo is left alone."""
        return asked if self.clear else max(asked, LONG_GRACE)


async def read_backlog(context: IngestContext) -> Backlog:
    """Look at all queues."""
    arrivals = await context.host_queues.count()
    retrying = sum([1 async for each in context.failures.all() if each.state == "retrying" and not each.is_held])
    other_tickets = await context.tickets.count() > retrying
    uploads = await context.upload_tickets.count()
    return Backlog(
        busy=bool(arrivals or uploads) or (other_tickets and await context.tickets.any_due()),
        clear=arrivals is not None and not other_tickets,
    )
