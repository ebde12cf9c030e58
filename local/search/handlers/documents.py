"""Operations on documents: index a batch, get one, count them."""

from starlette.responses import PlainTextResponse, Response

from local.search.errors import ResourceNotFoundError
from local.search.faults import DocumentFault
from local.search.handlers.request import ApiRequest, json_response
from local.search.storage.batch import DocumentResult, IndexAction, parse_batch
from local.search.storage.projection import parse_select

BYTE_ORDER_MARK = "\ufeff"


def index_documents(request: ApiRequest) -> Response:
    """Index a batch; 207 when any of its documents failed."""
    index = request.index
    actions = parse_batch(request.json, index.definition)
    faults = [fault_for(number, request.document_fault) for number in range(1, len(actions) + 1)]
    accepted = [action for action, fault in zip(actions, faults, strict=True) if fault is None]
    accepted_results = iter(index.write(accepted))
    results = [
        next(accepted_results) if fault is None else failed_result(action, fault)
        for action, fault in zip(actions, faults, strict=True)
    ]
    all_succeeded = all(result.status < 300 for result in results)
    return json_response({"value": [result.body() for result in results]}, 200 if all_succeeded else 207)


def fault_for(number: int, fault: DocumentFault | None) -> DocumentFault | None:
    """Return the fault if it affects the document of this number, counted from one."""
    return fault if fault is not None and number % fault.every == 0 else None


def failed_result(action: IndexAction, fault: DocumentFault) -> DocumentResult:
    return DocumentResult(action.key, fault.status, fault.message)


def get_document(request: ApiRequest) -> Response:
    """Return one document; an unknown key is 404 without a body, as in the service."""
    index = request.index
    select = parse_select(request.list_parameter("$select"), index.definition)
    key = request.path_params["key"].replace("''", "'")
    try:
        return json_response(index.get_document(key, select))
    except ResourceNotFoundError:
        return Response(status_code=404)


def count_documents(request: ApiRequest) -> Response:
    return PlainTextResponse(f"{BYTE_ORDER_MARK}{request.index.count()}")
