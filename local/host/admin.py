"""The host's own paths under /admin: its state, its functions, and starting one by hand."""

import asyncio
import json
import logging
import platform
import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from .functions import Function
from .manual import Run
from .replies import TooLarge, error_reply, json_reply, raw_path, read_body

log = logging.getLogger(__name__)

_BODY_LIMIT = 10 * 1024 * 1024


class Admin:
    """Answers /admin/...; `runs` holds every function that can be started by hand."""

    def __init__(self, host_id: str, functions: list[Function], urls: Mapping[str, str], runs: Mapping[str, Run]):
        self._host_id = host_id
        self._functions = functions
        self._urls = urls
        self._runs = {name.casefold(): run for name, run in runs.items()}
        self._began = time.monotonic()
        self._running: set[asyncio.Task[object]] = set()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        match raw_path(request).strip("/").split("/")[1:]:
            case ["host", "ping"]:
                return web.Response()
            case ["host", "status"]:
                return json_reply(self._status())
            case ["functions"] if request.method == "GET":
                return json_reply([self._describe(function) for function in self._functions])
            case ["functions", name]:
                return await self._function(request, name)
            case _:
                return error_reply(404, f"The host has nothing at {request.path}.")

    async def finish(self) -> None:
        """Wait for what was started by hand."""
        if self._running:
            await asyncio.wait(self._running)

    async def _function(self, request: web.BaseRequest, name: str) -> web.Response:
        found = [function for function in self._functions if function.name.casefold() == name.casefold()]
        if not found:
            return error_reply(404, f"There is no function '{name}'.")
        if request.method == "GET":
            return json_reply(self._describe(found[0]))
        if request.method != "POST":
            return error_reply(405, "Use GET or POST.", {"Allow": "GET, POST"})
        if (run := self._runs.get(name.casefold())) is None:
            return error_reply(400, f"'{name}' has an HTTP trigger: call {self._urls.get(found[0].name)}.")
        return await self._start(request, run)

    async def _start(self, request: web.BaseRequest, run: Run) -> web.Response:
        try:
            content = json.loads(await read_body(request, _BODY_LIMIT) or b"{}")
        except TooLarge:
            return error_reply(413, "The input is too large.")
        except ValueError as error:
            return error_reply(400, f"The body must be JSON: {error}")
        if not isinstance(content, dict):
            return error_reply(400, 'The body must be an object: {"input": "..."}.')
        given = content.get("input", "")
        task = asyncio.ensure_future(run(given if isinstance(given, str) else json.dumps(given)))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return web.Response(status=202)

    def _ended(self, task: "asyncio.Task[object]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("could not start a function by hand: %s", error)

    def _status(self) -> dict[str, Any]:
        return {
            "id": self._host_id,
            "state": "Running",
            "version": "local",
            "computerName": platform.node(),
            "processUptime": round((time.monotonic() - self._began) * 1000),
        }

    def _describe(self, function: Function) -> dict[str, Any]:
        bindings = (function.trigger, *function.inputs, *function.outputs)
        return {
            "name": function.name,
            "language": "python",
            "isDisabled": False,
            "invoke_url_template": self._urls.get(function.name),
            "config": {"bindings": [dict(binding.data) for binding in bindings]},
        }
