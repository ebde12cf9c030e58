"""
Brings documents in line with the rules of who sees which photos, when these have changed.

A document names the rules it was written by, so what is still to be done is a query, and this may be stopped, lost or
done twice. Until nothing is left, `shared/access/sight.py` lets the earlier rules count as well.
"""

import logging
import time

from ingest.context import IngestContext
from shared.access.in_force import rules_in_force
from shared.access.rules import UNRULED
from shared.granted_documents import follow_collections
from shared.search.query import IndexQuery
from shared.stores.catalogue import MAX_AGE
from shared.stores.jobs import RULES_TURN, JobTurn

log = logging.getLogger(__name__)

PAGE = 500  # photos in one request
TURN_SECONDS = 20.0  # of work, after which jobs have their turn
PAUSE = 5.0  # seconds until the index knows what was written
LAST_PAUSE = MAX_AGE + 10  # seconds until every instance knows the rules, and has written what it began without them


async def take_turn(context: IngestContext) -> None:
    """
    Work for a while, and queue the next turn unless all is done.

    The rules are read now: the turn may come before this instance knows of them. One that does not know them yet may
    index a photo by those before, which nobody but admins sees once these no longer count: one turn more finds it.
    """
    if context.catalogue:
        await context.catalogue.check()
    have_changed = bool(rules_in_force().earlier)
    if not await follow_rules(context, until=time.monotonic() + TURN_SECONDS):
        await context.job_queue.send(RULES_TURN, delay=PAUSE)
    elif have_changed:
        await context.job_queue.send(RULES_TURN, delay=LAST_PAUSE)


async def follow_rules(context: IngestContext, *, until: float = float("inf")) -> bool:
    """Write what the rules grant into documents that say something else; whether all of them follow the rules now."""
    await context.know_fields()
    version, last = rules_in_force().rules.version, ""
    if rules_in_force().rules.is_closed:  # the file is to be corrected first
        return True
    while page := await _page(version, last, context):
        await follow_collections(page, context.collections, context.index)
        last = page[-1]
        if time.monotonic() > until:
            return False
    if await context.index.count(left_filter(version)):
        return False
    if context.catalogue and rules_in_force().rules.version == version:
        await context.catalogue.access.settle(version)
    log.info("every document follows the rules of who sees which photos")
    return True


async def tend_rules(context: IngestContext) -> None:
    """Give the work a turn where documents are left to do, and none is queued."""
    await context.know_fields()
    in_force = rules_in_force()
    if not in_force.hide or in_force.rules.is_closed:
        return
    is_left = in_force.earlier or await context.index.count(left_filter(in_force.rules.version))
    if is_left and not await context.job_queue.count():
        await context.job_queue.send(RULES_TURN)


def is_turn(turn: JobTurn) -> bool:
    """Whether a message of the queue of jobs is about this."""
    return turn.id == RULES_TURN.id


def left_filter(version: str) -> str:
    """The documents that were written by other rules than those of this version."""
    if version == UNRULED:
        return "access_version ne null and access_version ne ''"
    return f"(access_version eq null or access_version ne '{version}')"


async def _page(version: str, last: str, context: IngestContext) -> list[str]:
    clauses = [left_filter(version), *([f"id gt '{last}'"] if last else [])]
    query = IndexQuery(filter=" and ".join(clauses), order_by=["id"], top=PAGE, fields=("id", "path"))
    return [hit.photo.id for hit in (await context.index.search(query)).hits]
