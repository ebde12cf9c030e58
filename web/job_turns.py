"""What the queue of jobs calls: a job has its turn, or the host gave one up."""

import logging

from catalogue.jobs.slices import GAVE_UP
from ingest import follow_rules
from ingest.context import ingest_context
from shared.errors import BadRequest, NotFound
from shared.log_text import error_label
from shared.redaction import redacted
from shared.services import services
from shared.stores.jobs import JobTurn
from web.job_context import job_runner

log = logging.getLogger(__name__)


@redacted
async def job_due(body: str) -> None:
    """A job has its turn."""
    try:
        turn = JobTurn.decode(body)
    except BadRequest as error:
        log.error("left out a message of jobs: %s", error_label(error))
        return
    if follow_rules.is_turn(turn):
        await follow_rules.take_turn(ingest_context())
        return
    await services().catalogue.refresh()  # what the job's maker sees must be known
    await job_runner().take_turn(turn)


@redacted
async def job_given_up(body: str) -> None:
    """The host gave up on a turn: the job has failed."""
    try:
        await job_runner().fail(JobTurn.decode(body).id, GAVE_UP)
    except (BadRequest, NotFound) as error:
        log.error("left out a message of jobs: %s", error_label(error))
