"""Importing the app and describing its functions."""

import importlib
import json
import traceback
from types import SimpleNamespace
from typing import Any

from .logs import names, quieten_server
from .protos import PROTOS, Status
from .runtime import handle_event, http_v2, runtime


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
    quieten_server()
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
