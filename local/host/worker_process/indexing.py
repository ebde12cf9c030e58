"""Importing the app and describing its functions."""

import importlib
import json
import traceback
from types import SimpleNamespace
from typing import Any

from .logs import function_names, quieten_uvicorn
from .protos import PROTOS, StatusResult
from .runtime import handle_event, http_v2, runtime


async def index(app: str) -> dict[str, Any]:
    """Import the app and describe its functions; `error` holds the traceback if that fails."""
    runtime.start_threadpool_executor()
    request = SimpleNamespace(worker_init_request=SimpleNamespace(capabilities={}, function_app_directory=app))
    properties = {"host": "127.0.0.1", "protos": PROTOS}
    try:
        response = await runtime.worker_init_request(SimpleNamespace(request=request, properties=properties))
    except BaseException:
        return {"error": traceback.format_exc()}
    if response.result.status != StatusResult.Success:
        return {"error": response.result.exception.stack_trace or response.result.exception.message}
    quieten_uvicorn()
    functions = (await runtime.functions_metadata_request(SimpleNamespace())).function_metadata_results or []
    function_names.update({function.function_id: function.name for function in functions})
    http_address = response.capabilities.get("HttpUri")
    return {"functions": [_describe(function) for function in functions], "http": http_address}


def _describe(function: Any) -> dict[str, Any]:
    bindings = [json.loads(raw) for raw in function.raw_bindings]
    retry = function.retry_options and _retry_policy(function.retry_options)
    return {"name": function.name, "id": function.function_id, "bindings": bindings, "retry": retry}


def _retry_policy(options: Any) -> dict[str, float]:
    fixed = getattr(options, "delay_interval", None)
    minimum, maximum = (fixed, fixed) if fixed is not None else (options.minimum_interval, options.maximum_interval)
    return {
        "max_count": options.max_retry_count,
        "minimum_interval": minimum.total_seconds(),
        "maximum_interval": maximum.total_seconds(),
    }


def remove_fastapi_pages() -> None:
    """FastAPI's own /docs, /redoc and /openapi.json would hide such routes of the app."""
    original = handle_event.initialize_http_server

    def initialize(host: str) -> Any:
        extension = importlib.import_module(http_v2.HttpV2Registry.ext_base().ModuleTrackerMeta.get_module())
        get_app = extension.WebApp.get_app
        extension.WebApp.get_app = lambda web: _without_own_pages(get_app(web))
        return original(host)

    handle_event.initialize_http_server = initialize


def _without_own_pages(web_app: Any) -> Any:
    routes = web_app.router.routes
    routes[:] = [route for route in routes if route.path == "/{path:path}"]
    return web_app
