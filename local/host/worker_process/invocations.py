"""Running functions, and cleaning up after those whose streamed HTTP request never met its function."""

import asyncio
import os
import re
import traceback
from types import SimpleNamespace
from typing import Any

from .logs import function_names
from .protos import InputDatum, ParameterBinding, StatusResult
from .runtime import handle_event, http_v2, invocation_id_cv, runtime

_running: dict[str, asyncio.Task[Any]] = {}
_abandoned: set[str] = set()


async def invoke(request: dict[str, Any]) -> dict[str, Any]:
    """Run one function until it ends; for a failed one the response is its `error` and `stack`."""
    id_ = request["id"]
    if id_ in _abandoned:
        return {"error": "The client left before the function began.", "stack": ""}
    token = invocation_id_cv.set(id_)
    function_names[id_] = function_names[request["function_id"]]
    task = asyncio.ensure_future(runtime.invocation_request(_runtime_request(request)))
    _running[id_] = task
    try:
        return _to_response(await task)
    except asyncio.CancelledError:
        return {"error": "The invocation was cancelled.", "stack": ""}
    except Exception as error:
        return {"error": repr(error), "stack": traceback.format_exc()}
    finally:
        invocation_id_cv.reset(token)
        del _running[id_], function_names[id_]
        if request["streams_http"]:
            _fail_late_http_request(id_)


def _runtime_request(request: dict[str, Any]) -> Any:
    types = handle_event._functions.get_function(request["function_id"]).input_types
    retry_count, max_retry_count, error = request["retry"]
    invocation_request = SimpleNamespace(
        invocation_id=request["id"],
        function_id=request["function_id"],
        input_data=[
            ParameterBinding(name=name, data=_datum(*_convert(data, types[name].pytype)))
            for name, data in request["inputs"]
        ],
        trigger_metadata={name: _datum(*data) for name, data in request["trigger_metadata"].items()},
        trace_context=SimpleNamespace(trace_parent="", trace_state="", attributes={}),
        retry_context=SimpleNamespace(
            retry_count=retry_count,
            max_retry_count=max_retry_count,
            exception=SimpleNamespace(source="", stack_trace="", message=error),
        ),
    )
    return SimpleNamespace(request=SimpleNamespace(invocation_request=invocation_request))


def _convert(data: tuple[str, Any], annotation: object) -> tuple[str, Any]:
    """A parameter annotated `str` or `bytes` gets that type, however the data arrived."""
    kind, value = data
    if kind == "bytes" and annotation is str:
        return "string", value.decode(errors="replace")
    if kind == "string" and annotation is bytes:
        return "bytes", value.encode()
    return data


def _datum(kind: str, value: Any) -> InputDatum:
    if kind == "http":
        value = SimpleNamespace(**{**value, "body": _datum("bytes", value["body"])})
    elif kind == "model_binding_data":
        value = SimpleNamespace(**value)
    return InputDatum(kind, value)


def _to_response(runtime_response: Any) -> dict[str, Any]:
    result = runtime_response.result
    if result.status != StatusResult.Success:
        return {"error": result.exception.message, "stack": _app_frames(result.exception.stack_trace)}
    outputs = {output.name: _to_pair(output.data) for output in runtime_response.output_data}
    return {"value": _to_pair(runtime_response.return_value), "outputs": outputs}


def _app_frames(stack: str) -> str:
    """The traceback without the frames between the runtime and the function."""
    frames = re.split(r'(?m)^(?=  File "|\S)', stack)
    not_the_app = ("azure_functions_runtime", "concurrent" + os.sep + "futures")
    return "".join(frame for frame in frames if not any(f"{os.sep}{name}{os.sep}" in frame for name in not_the_app))


def _to_pair(typed_data: Any) -> tuple[str, Any] | None:
    """The runtime's TypedData as (kind, value)."""
    if typed_data is None:
        return None
    ((kind, value),) = vars(typed_data).items()
    if kind != "http":
        return kind, value
    cookies = [_plain_cookie(cookie) for cookie in value.cookies or []]
    response = {"status": int(value.status_code), "headers": value.headers, "cookies": cookies}
    return kind, {**response, "body": _to_pair(value.body)}


def _plain_cookie(cookie: Any) -> dict[str, Any]:
    values = {name: getattr(value, "value", value) for name, value in vars(cookie).items()}
    return {name: getattr(value, "seconds", value) for name, value in values.items()}


def _fail_late_http_request(invocation_id: str) -> None:
    """If a function failed before its HTTP request arrived, that request must not wait for it."""
    references = http_v2.http_coordinator._context_references
    reference = references.setdefault(invocation_id, http_v2.AsyncContextReference())
    if not reference.http_response_available_event.is_set():
        reference.http_response = RuntimeError("the function failed before it read its request")


def abandon(invocation_id: str) -> None:
    """The client left: a function still waiting for its HTTP request would wait forever."""
    reference = http_v2.http_coordinator._context_references.get(invocation_id)
    _abandoned.add(invocation_id)
    request_arrived = reference is not None and reference.http_request_available_event.is_set()
    if invocation_id in _running and not request_arrived:
        _running[invocation_id].cancel()


def forget(invocation_id: str) -> None:
    """The runtime keeps one reference per HTTP invocation forever; this releases it."""
    _abandoned.discard(invocation_id)
    http_v2.http_coordinator._context_references.pop(invocation_id, None)


def cancel(invocation_id: str) -> None:
    if invocation_id in _running:
        _running[invocation_id].cancel()
