"""
Runs in the worker process: Microsoft's Python runtime and the app, driven over one socket.

Started by path and importing nothing of the host, so that the app alone decides
what its module names mean. Frames are pickled tuples: (number, verb, argument)
come in, (number, ok, value) go out.
"""

import asyncio
import importlib
import json
import logging
import os
import pickle
import re
import signal
import socket
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

# By name, because the runtime is untyped and does not exist for older Pythons.
runtime: Any = importlib.import_module("azure_functions_runtime")
handle_event: Any = importlib.import_module("azure_functions_runtime.handle_event")
http_v2: Any = importlib.import_module("azure_functions_runtime.http_v2")
invocation_id_cv: Any = runtime.invocation_id_cv

running: dict[str, asyncio.Task[Any]] = {}
names: dict[str, str] = {}
abandoned: set[str] = set()


class Datum(SimpleNamespace):
    """Input data as the runtime reads it: one attribute, named by its kind."""

    def __init__(self, kind: str, value: object) -> None:
        super().__init__(**{kind: value})
        self._kind = kind

    def WhichOneof(self, _: str) -> str | None:  # noqa: N802 - protobuf's spelling
        return None if self._kind == "none" else self._kind


class Parameter(SimpleNamespace):
    """One input parameter: its name and its datum."""

    def WhichOneof(self, _: str) -> str:  # noqa: N802 - protobuf's spelling
        return "data"


class Status(SimpleNamespace):
    Failure, Success = 0, 1


class BindingInfo(SimpleNamespace):
    undefined, out, inout = 0, 1, 2


class Cookie(SimpleNamespace):
    SameSite = SimpleNamespace(**{"None": "", "Lax": "Lax", "Strict": "Strict", "ExplicitNone": "None"})


# The runtime asks for protobuf classes by name and only ever fills in attributes.
_PLAIN = (
    "RpcException WorkerMetadata WorkerInitResponse FunctionMetadataResponse InvocationResponse "
    "RpcFunctionMetadata RpcRetryOptions ParameterBinding TypedData RpcHttp NullableString "
    "NullableBool NullableDouble NullableTimestamp Timestamp"
)
PROTOS = SimpleNamespace(
    StatusResult=Status,
    BindingInfo=BindingInfo,
    RpcHttpCookie=Cookie,
    **dict.fromkeys(_PLAIN.split(), SimpleNamespace),
)


async def index(app: str) -> dict[str, Any]:
    """Import the app and describe its functions; `error` holds the traceback where that fails."""
    runtime.start_threadpool_executor()
    request = SimpleNamespace(worker_init_request=SimpleNamespace(capabilities={}, function_app_directory=app))
    properties = {"host": "127.0.0.1", "protos": PROTOS}
    try:
        reply = await runtime.worker_init_request(SimpleNamespace(request=request, properties=properties))
    except BaseException:
        return {"error": traceback.format_exc()}
    if reply.result.status != Status.Success:
        return {"error": reply.result.exception.stack_trace or reply.result.exception.message}
    quieten_uvicorn()
    found = (await runtime.functions_metadata_request(SimpleNamespace())).function_metadata_results or []
    names.update({function.function_id: function.name for function in found})
    return {"functions": [describe(function) for function in found], "http": reply.capabilities.get("HttpUri")}


def describe(function: Any) -> dict[str, Any]:
    bindings = [json.loads(raw) for raw in function.raw_bindings]
    retry = function.retry_options and retry_policy(function.retry_options)
    return {"name": function.name, "id": function.function_id, "bindings": bindings, "retry": retry}


def retry_policy(options: Any) -> dict[str, float]:
    fixed = getattr(options, "delay_interval", None)
    low, high = (fixed, fixed) if fixed is not None else (options.minimum_interval, options.maximum_interval)
    return {
        "max_count": options.max_retry_count,
        "minimum": low.total_seconds(),
        "maximum": high.total_seconds(),
    }


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
        return "string", value.decode()
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


def serve_every_path() -> None:
    """FastAPI's own /docs, /redoc and /openapi.json would hide such routes of the app: remove them."""
    original = handle_event.initialize_http_server

    def initialize(host: str) -> Any:
        extension = importlib.import_module(http_v2.HttpV2Registry.ext_base().ModuleTrackerMeta.get_module())
        get_app = extension.WebApp.get_app
        extension.WebApp.get_app = lambda web: without_own_pages(get_app(web))
        return original(host)

    handle_event.initialize_http_server = initialize


def without_own_pages(web_app: Any) -> Any:
    routes = web_app.router.routes
    routes[:] = [route for route in routes if route.path == "/{path:path}"]
    return web_app


class FunctionFailure(logging.Filter):
    """Drops the server's copy of a function's own error: the host reports that one."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        stack = traceback.extract_tb(error.__traceback__) if error else []
        return not any(frame.filename == http_v2.__file__ for frame in stack)


def quieten_uvicorn() -> None:
    """One line per invocation is enough, and the host writes it."""
    uvicorn = sys.modules.get("uvicorn.config")
    if uvicorn is None:
        return
    uvicorn.LOGGING_CONFIG["handlers"] = {}
    uvicorn.LOGGING_CONFIG["loggers"] = {"uvicorn.access": {"level": "WARNING"}, "uvicorn.error": {"level": "WARNING"}}
    logging.getLogger("uvicorn.error").addFilter(FunctionFailure())


class Named(logging.Formatter):
    """Log lines begin with the function that wrote them."""

    def format(self, record: logging.LogRecord) -> str:
        name = names.get(invocation_id_cv.get() or "", "")
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        return f"{self.formatTime(record, '%H:%M:%S')} {name and f'[{name}] '}{level}{super().format(record)}"


def start_logging(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Named("%(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    for chatty in ("azure.functions", "azure.core.pipeline.policies.http_logging_policy", "azure.identity"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def frames(pipe: socket.socket) -> Iterator[Any]:
    """Frames until the host is gone."""
    with pipe.makefile("rb") as stream:
        while header := stream.read(8):
            yield pickle.loads(stream.read(struct.unpack("!Q", header)[0]))  # noqa: S301 - from our own host


def send(pipe: socket.socket, frame: object) -> None:
    content = pickle.dumps(frame)
    pipe.sendall(struct.pack("!Q", len(content)) + content)


ANSWERED: dict[str, Callable[[Any], Coroutine[Any, Any, Any]]] = {"index": index, "invoke": invoke}
UNANSWERED: dict[str, Callable[[str], None]] = {"abandon": abandon, "forget": forget, "cancel": cancel}


async def answer(pipe: socket.socket, number: int, work: Coroutine[Any, Any, Any]) -> None:
    send(pipe, (number, await work))


def serve(pipe: socket.socket) -> None:
    """Obey frames until the host closes the socket, then end whatever still runs."""
    loop = asyncio.new_event_loop()
    kept: set[asyncio.Task[None]] = set()

    def obey(number: int, verb: str, argument: Any) -> None:
        if verb in UNANSWERED:
            UNANSWERED[verb](argument)
            return
        task = loop.create_task(answer(pipe, number, ANSWERED[verb](argument)))
        kept.add(task)
        task.add_done_callback(kept.discard)

    def run() -> None:
        # Off the main thread, where uvicorn would take the signals for itself.
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            os._exit(1)

    threading.Thread(target=run, name="worker", daemon=True).start()
    for frame in frames(pipe):
        loop.call_soon_threadsafe(obey, *frame)


def main() -> None:
    descriptor, app, level = sys.argv[1:]
    # Ctrl-C reaches the whole group: the host decides when the worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.path[:0] = [app, str(Path(app) / ".python_packages" / "lib" / "site-packages")]
    start_logging(level)
    serve_every_path()
    serve(socket.socket(fileno=int(descriptor)))
    # Not sys.exit: threads of the app may never end.
    os._exit(0)


if __name__ == "__main__":
    main()
