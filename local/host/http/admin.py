"""The host's own endpoints under /admin: its status, its functions, and starting one by hand."""

import asyncio
import json
import logging
import platform
import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from local.host.function_metadata import FunctionMetadata
from local.host.http.responses import RequestBodyTooLarge, error_response, json_response, raw_path, read_body
from local.host.manual_runs import ManualRun

log = logging.getLogger(__name__)

_BODY_LIMIT = 10 * 1024 * 1024


class AdminEndpoints:
    """Answers /admin/...; `manual_runs` holds every function that can be started by hand."""

    def __init__(
        self,
        host_id: str,
        functions: list[FunctionMetadata],
        urls: Mapping[str, str],
        manual_runs: Mapping[str, ManualRun],
    ) -> None:
        self._host_id = host_id
        self._functions = functions
        self._urls = urls
        self._manual_runs = {name.casefold(): run for name, run in manual_runs.items()}
        self._start = time.monotonic()
        self._running: set[asyncio.Task[object]] = set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        match raw_path(request).strip("/").split("/")[1:]:
            case ["host", "ping"]:
                return web.Response()
            case ["host", "status"]:
                return json_response(self._status())
            case ["functions"] if request.method == "GET":
                return json_response([self._describe(function) for function in self._functions])
            case ["functions", name]:
                return await self._handle_function(request, name)
            case _:
                return error_response(404, f"The host has nothing at {request.path}.")

    async def finish(self) -> None:
        """Wait for what was started by hand."""
        if self._running:
            await asyncio.wait(self._running)

    async def _handle_function(self, request: web.BaseRequest, name: str) -> web.Response:
        function = next((each for each in self._functions if each.name.casefold() == name.casefold()), None)
        if function is None:
            return error_response(404, f"There is no function '{name}'.")
        if request.method == "GET":
            return json_response(self._describe(function))
        if request.method != "POST":
            return error_response(405, "Use GET or POST.", {"Allow": "GET, POST"})
        if (run := self._manual_runs.get(name.casefold())) is None:
            return error_response(400, f"'{name}' has an HTTP trigger: call {self._urls.get(function.name)}.")
        return await self._start_run(request, run)

    async def _start_run(self, request: web.BaseRequest, run: ManualRun) -> web.Response:
        try:
            content = json.loads(await read_body(request, _BODY_LIMIT) or b"{}")
        except RequestBodyTooLarge:
            return error_response(413, "The input is too large.")
        except (ValueError, RecursionError) as error:
            return error_response(400, f"The body must be JSON: {error}")
        if not isinstance(content, dict):
            return error_response(400, 'The body must be an object: {"input": "..."}.')
        input_ = content.get("input", "")
        task = asyncio.ensure_future(run(input_ if isinstance(input_, str) else json.dumps(input_)))
        self._running.add(task)
        task.add_done_callback(self._on_run_ended)
        return web.Response(status=202)

    def _on_run_ended(self, task: asyncio.Task[object]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("could not start a function by hand: %s", error)

    def _status(self) -> dict[str, Any]:
        return {
            "id": self._host_id,
            "state": "Running",
            "version": "local",
            "computerName": platform.node(),
            "processUptime": round((time.monotonic() - self._start) * 1000),
        }

    def _describe(self, function: FunctionMetadata) -> dict[str, Any]:
        bindings = (function.trigger, *function.inputs, *function.outputs)
        return {
            "name": function.name,
            "language": "python",
            "isDisabled": False,
            "invoke_url_template": self._urls.get(function.name),
            "config": {"bindings": [dict(binding.data) for binding in bindings]},
        }
