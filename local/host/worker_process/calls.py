"""Running functions, and tidying up after those whose HTTP request went another way than they did."""

import asyncio
import os
import re
import traceback
from types import SimpleNamespace
from typing import Any

from .logs import names
from .protos import Datum, Parameter, Status
from .runtime import handle_event, http_v2, invocation_id_cv, runtime

running: dict[str, asyncio.Task[Any]] = {}
abandoned: set[str] = set()


async def invoke(call: dict[str, Any]) -> dict[str, Any]:
    """Run one function to its end; a failed one answers with `error` and `stack`."""
    if call["id"] in abandoned:
        return {"error": "The client left before the function began.", "stack": ""}
    token = invocation_id_cv.set(call["id"])
    names[call["id"]] = names[call["function"]]
    task = asyncio.ensure_future(runtime.invocation_request(invocation(call)))
    running[call["id"]] = task
    try:
        return outcome(await task)
    except asyncio.CancelledError:
        return {"error": "The invocation was cancelled.", "stack": ""}
    except Exception as error:
        return {"error": repr(error), "stack": traceback.format_exc()}
    finally:
        invocation_id_cv.reset(token)
        del running[call["id"]], names[call["id"]]
        if call["streams"]:
            answer_late_request(call["id"])


def invocation(call: dict[str, Any]) -> Any:
    types = handle_event._functions.get_function(call["function"]).input_types
    count, most, error = call["retry"]
    request = SimpleNamespace(
        invocation_id=call["id"],
        function_id=call["function"],
        input_data=[
            Parameter(name=name, data=datum(*typed(data, types[name].pytype))) for name, data in call["inputs"]
        ],
        trigger_metadata={key: datum(*data) for key, data in call["metadata"].items()},
        trace_context=SimpleNamespace(trace_parent="", trace_state="", attributes={}),
        retry_context=SimpleNamespace(
            retry_count=count,
            max_retry_count=most,
            exception=SimpleNamespace(source="", stack_trace="", message=error),
        ),
    )
    return SimpleNamespace(request=SimpleNamespace(invocation_request=request))


def typed(data: tuple[str, Any], wanted: object) -> tuple[str, Any]:
    """A parameter annotated `str` or `bytes` gets just that, however the data came."""
    kind, value = data
    if kind == "bytes" and wanted is str:
        return "string", value.decode(errors="replace")
    if kind == "string" and wanted is bytes:
        return "bytes", value.encode()
    return data


def datum(kind: str, value: Any) -> Datum:
    if kind == "http":
        value = SimpleNamespace(**{**value, "body": datum("bytes", value["body"])})
    elif kind == "model_binding_data":
        value = SimpleNamespace(**value)
    return Datum(kind, value)


def outcome(reply: Any) -> dict[str, Any]:
    if reply.result.status != Status.Success:
        return {"error": reply.result.exception.message, "stack": of_app(reply.result.exception.stack_trace)}
    outputs = {output.name: plain(output.data) for output in reply.output_data}
    return {"value": plain(reply.return_value), "outputs": outputs}


def of_app(stack: str) -> str:
    """The traceback without the frames between the runtime and the function."""
    frames = re.split(r'(?m)^(?=  File "|\S)', stack)
    inner = ("azure_functions_runtime", "concurrent" + os.sep + "futures")
    return "".join(frame for frame in frames if not any(f"{os.sep}{name}{os.sep}" in frame for name in inner))


def plain(data: Any) -> tuple[str, Any] | None:
    """The runtime's TypedData as (kind, value)."""
    if data is None:
        return None
    ((kind, value),) = vars(data).items()
    if kind != "http":
        return kind, value
    cookies = [unwrap(cookie) for cookie in value.cookies or []]
    response = {"status": int(value.status_code), "headers": value.headers, "cookies": cookies}
    return kind, {**response, "body": plain(value.body)}


def unwrap(cookie: Any) -> dict[str, Any]:
    values = {name: getattr(value, "value", value) for name, value in vars(cookie).items()}
    return {name: getattr(value, "seconds", value) for name, value in values.items()}


def answer_late_request(invocation_id: str) -> None:
    """A function that failed before its HTTP request came must not leave that request waiting."""
    references = http_v2.http_coordinator._context_references
    reference = references.setdefault(invocation_id, http_v2.AsyncContextReference())
    if not reference.http_response_available_event.is_set():
        reference.http_response = RuntimeError("the function failed before it read its request")


def abandon(invocation_id: str) -> None:
    """The client left: a function still waiting for its HTTP request would wait for ever."""
    reference = http_v2.http_coordinator._context_references.get(invocation_id)
    abandoned.add(invocation_id)
    arrived = reference is not None and reference.http_request_available_event.is_set()
    if invocation_id in running and not arrived:
        running[invocation_id].cancel()


def forget(invocation_id: str) -> None:
    """The runtime keeps one reference per HTTP invocation for ever; this lets it go."""
    abandoned.discard(invocation_id)
    http_v2.http_coordinator._context_references.pop(invocation_id, None)


def cancel(invocation_id: str) -> None:
    if invocation_id in running:
        running[invocation_id].cancel()
