"""`/api/status` and `/api/failures`: how far ingestion is, what failed and why, and retries."""

from dataclasses import asdict
from typing import cast, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from ingest import retries
from ingest import status as progress
from ingest.context import ingest_context
from shared.errors import BadRequest
from shared.stores.failures import State
from web.parameters import parse_photo_id, parse_whole_number

MAX_FAILURES = 1000  # in one response
MAX_SKIP = 1_000_000


class RetryAllResult(TypedDict):
    """How many photos are being retried."""

    retried: int


async def status(request: Request) -> Response:
    """How many photos are in each state, and what was spent today."""
    return JSONResponse(asdict(await progress.status(ingest_context())))


async def failures(request: Request) -> Response:
    """`{total, failures}`, the given-up ones first; `state`, `top` and `skip` select among them."""
    parameters = request.query_params
    state = parameters.get("state")
    top = parse_whole_number(parameters, "top", 100, maximum=MAX_FAILURES)
    skip = parse_whole_number(parameters, "skip", 0, maximum=MAX_SKIP)
    if state not in {None, *get_args(State)}:
        raise BadRequest("state must be retrying or failed", param="state")
    records = await progress.list_failures(ingest_context().failures, cast(State | None, state))
    return JSONResponse({"total": len(records), "failures": [vars(failure) for failure in records[skip : skip + top]]})


async def retry(request: Request) -> Response:
    """Retry one failing photo at once."""
    id_, context = parse_photo_id(request.path_params), ingest_context()
    failure = await context.failures.read(id_)
    retrying = await retries.retry(failure, tickets=context.tickets, failures=context.failures)
    return JSONResponse(vars(retrying), 202)


async def retry_all(request: Request) -> Response:
    """Retry every photo that was given up."""
    context = ingest_context()
    result: RetryAllResult = {"retried": await retries.retry_all(tickets=context.tickets, failures=context.failures)}
    return JSONResponse(result, 202)
