"""Doors of documents: write them, look one up, count them."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from local.search.doors.call import Call, answer
from local.search.errors import NotFound
from local.search.faults import DocumentFault
from local.search.storage.documents import Action, Outcome, parse_batch
from local.search.storage.selection import parse_select

BYTE_ORDER_MARK = "\ufeff"


def write(call: Call) -> Response:
    """Index a batch; 207 when any of its documents failed."""
    index = call.index
    actions = parse_batch(call.json, index.definition)
    failing = [fails(number, call.document_fault) for number in range(1, len(actions) + 1)]
    good = [action for action, fault in zip(actions, failing, strict=True) if fault is None]
    written = iter(index.write(good))
    outcomes = [
        next(written) if fault is None else failed(action, fault)
        for action, fault in zip(actions, failing, strict=True)
    ]
    all_good = all(outcome.status < 300 for outcome in outcomes)
    return answer({"value": [outcome.body() for outcome in outcomes]}, 200 if all_good else 207)


def fails(number: int, fault: DocumentFault | None) -> DocumentFault | None:
    return fault if fault is not None and number % fault.every == 0 else None


def failed(action: Action, fault: DocumentFault) -> Outcome:
    return Outcome(action.key, fault.status, fault.message)


def lookup(call: Call) -> Response:
    """Return one document; a key that is not there is 404 without a body, as in the service."""
    index = call.index
    select = parse_select(call.names("$select"), index.definition)
    key = call.path["key"].replace("''", "'")
    try:
        return answer(index.lookup(key, select))
    except NotFound:
        return Response(status_code=404)


def count(call: Call) -> Response:
    return PlainTextResponse(f"{BYTE_ORDER_MARK}{call.index.count()}")
