"""`/api/status` and `/api/failures`: how far ingestion is, what failed and why, and retries."""

from dataclasses import asdict
from http import HTTPStatus
from typing import cast, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from ingest import retries, status as progress
from ingest.context import ingest_context
from ingest.visibility import is_visible_failure, visible_failure
from shared.access.audit import record
from shared.access.roles import Role
from shared.access.sight import current_sight
from shared.errors import BadRequest, NotFound, PhotoError
from shared.services import services
from shared.stores.failures import Failure, State
from web.caller import caller_of
from web.parameters import parse_photo_id, parse_whole_number
from web.service_checks import ServiceReport, service_monitor

MAX_FAILURES = 1000  # in one response
MAX_SKIP = 1_000_000
SPENDING = {"captions_today", "captions_per_day", "tokens_today", "chat_today", "chat_tokens_per_day", "bill"}
COUNTED_BY = {"storage", "search"}  # nothing can be counted while one of them is down


class RetryAllResult(TypedDict):
    """How many photos are being retried."""

    retried: int


async def status(request: Request) -> Response:
    """
    How many photos are in each state, what was spent today, and how the services are.

    What was spent is for admins. Of failures, others are told how many of their own uploads they are about.

    503, with `error` and the services alone, while nothing can be counted.
    """
    monitor = service_monitor()
    report = await monitor.report()
    if COUNTED_BY.isdisjoint(report.down):
        try:
            caller = caller_of(request)
            counted = await progress.status(ingest_context(), caller)
            counts = asdict(counted)
            hidden = set() if caller.role >= Role.ADMIN else SPENDING
            shown = {name: count for name, count in counts.items() if name not in hidden}
            return JSONResponse(shown | report.record() | _warnings(report, counted))
        except PhotoError:
            monitor.forget()  # it may have gone down since
            report = await monitor.report()
            if COUNTED_BY.isdisjoint(report.down):
                raise
    return JSONResponse(report.failure(), HTTPStatus.SERVICE_UNAVAILABLE)


def _warnings(report: ServiceReport, counted: progress.IngestStatus) -> dict[str, list[str]]:
    """What else is wrong, for those who see everything: that of the rules names what others do not see."""
    fault = services().catalogue.access.fault if current_sight().is_full else ""
    spent = counted.bill.warning if counted.bill else ""
    late = counted.reconciliation.warning if counted.reconciliation else ""
    return {"warnings": [*report.warnings, *(each for each in (fault, spent, late) if each)]}


async def failures(request: Request) -> Response:
    """`{total, failures}`, the given-up ones first, of one's own uploads; an admin's are all. `state` selects."""
    parameters = request.query_params
    state = parameters.get("state")
    top = parse_whole_number(parameters, "top", 100, maximum=MAX_FAILURES)
    skip = parse_whole_number(parameters, "skip", 0, maximum=MAX_SKIP)
    if state not in {None, *get_args(State)}:
        raise BadRequest("state must be retrying or failed", param="state")
    context = ingest_context()
    every = await progress.list_failures(context.failures, cast(State | None, state), caller_of(request))
    records = [each for each in every if await is_visible_failure(each, context)]
    return JSONResponse({"total": len(records), "failures": [vars(failure) for failure in records[skip : skip + top]]})


async def retry(request: Request) -> Response:
    """Retry one failing photo at once."""
    id_, context = parse_photo_id(request.path_params), ingest_context()
    failure = await visible_failure(id_, context)
    if not progress.is_shown(failure, caller_of(request)):
        raise NotFound(f"no failure is recorded for {id_}", param="id")
    retrying = await retries.retry(failure, tickets=context.tickets, failures=context.failures)
    await record("retried", [id_])
    return JSONResponse(vars(retrying), 202)


async def retry_all(request: Request) -> Response:
    """Retry every photo that was given up, of one's own uploads; an admin's are all."""
    context, caller = ingest_context(), caller_of(request)

    async def is_meant(failure: Failure) -> bool:
        return progress.is_shown(failure, caller) and await is_visible_failure(failure, context)

    ids = await retries.retry_all(tickets=context.tickets, failures=context.failures, is_meant=is_meant)
    await record("retried", ids)
    result: RetryAllResult = {"retried": len(ids)}
    return JSONResponse(result, 202)
