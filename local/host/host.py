"""
A host from start to stop:

    index -> check -> listen -> ready ... signal -> stop receiving -> finish -> end

Nothing listens before everything has been checked, and running work is never dropped:
after the signal, running functions get the grace time and keep their messages.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from local.host.bindings import InputOutputBindings
from local.host.connections import StorageConnections
from local.host.errors import HostStartupError
from local.host.flex import http_concurrency, is_flex
from local.host.function_metadata import FunctionMetadata, parse_functions
from local.host.host_id import host_id
from local.host.host_json import HostJson
from local.host.http.admin import AdminEndpoints
from local.host.http.buffered_requests import BufferedRequestHandler
from local.host.http.cors import CorsPolicy
from local.host.http.dispatcher import FunctionRequestHandler, RequestDispatcher
from local.host.http.event_grid_webhooks import EventGridWebhooks
from local.host.http.function_keys import read_function_keys
from local.host.http.route_table import HttpRoute, RouteTable
from local.host.http.server import HostServer
from local.host.http.streaming_proxy import StreamingProxy
from local.host.invoker import Invoker
from local.host.queue_trigger.in_flight_messages import InFlightMessages
from local.host.settings import HostSettings, LocalSettingsFile
from local.host.sign_in.platform import SignInPlatform
from local.host.sign_in.protected_resource import read_scopes
from local.host.triggers import TriggerDependencies, Triggers, add_triggers
from local.host.worker_channel import IndexingResult, WorkerChannel

log = logging.getLogger(__name__)

_DEFAULT_BODY_LIMIT = 104_857_600


@dataclass(frozen=True)
class HostOptions:
    """What to run and how; `grace` in seconds."""

    app: Path
    address: str
    port: int
    grace: float
    environment: Mapping[str, str]
    local_settings: LocalSettingsFile
    host_json: HostJson
    secrets: Path | None = None
    http_concurrency: int | None = None
    people: Path | None = None


class Host:
    """One app, served until a signal; create it inside the event loop that runs it."""

    def __init__(self, options: HostOptions, worker: WorkerChannel, stack: AsyncExitStack) -> None:
        self._options = options
        self._worker = worker
        self._stack = stack
        self._settings = HostSettings(options.environment)
        self._id = host_id(options.app, self._settings)
        self._triggers = Triggers()

    async def run(self) -> int:
        """The exit code: 0 after a signal, 1 if the worker ended; HostStartupError before the host is ready."""
        stop_signal = _handle_signals()
        indexing = await self._worker.index()
        functions = self._parse_functions(indexing)
        invoker = self._build_triggers(functions)
        route_table = RouteTable(functions, self._options.host_json.route_prefix)
        admin, runner = await self._start_http(indexing, functions, route_table, invoker)
        listening, scanning = self._triggers.start_listening(), self._triggers.start_scanning()
        _print_ready(functions, route_table, self._options)
        code = await self._wait_for_end(stop_signal)
        await self._finish(listening, scanning, admin, runner)
        return code

    def _parse_functions(self, indexing: IndexingResult) -> list[FunctionMetadata]:
        if not indexing.functions:
            script = self._settings.get("PYTHON_SCRIPT_FILE_NAME") or "function_app.py"
            raise HostStartupError(_no_functions_message(self._options.app, script))
        return parse_functions(indexing.functions, self._settings)

    def _build_triggers(self, functions: list[FunctionMetadata]) -> Invoker:
        host_json = self._options.host_json
        connections = StorageConnections(self._settings)
        self._stack.push_async_callback(connections.close)
        in_flight = InFlightMessages.of_host(self._id, self._settings.get("AzureWebJobsStorage") or "")
        self._stack.callback(in_flight.close)
        if in_flight.used_by_other_host:
            log.warning("another host of this app runs on this machine: they share queues and receipts")
        bindings = InputOutputBindings(connections, host_json.queues.base64, self._triggers.wake_listener)
        invoker = Invoker(self._worker, bindings, host_json.function_timeout)
        dependencies = TriggerDependencies(
            connections, invoker, in_flight, host_json, self._id, self._options.environment, is_flex(self._settings)
        )
        add_triggers(self._triggers, functions, dependencies)
        return invoker

    async def _start_http(
        self, indexing: IndexingResult, functions: list[FunctionMetadata], route_table: RouteTable, invoker: Invoker
    ) -> tuple[AdminEndpoints, web.ServerRunner]:
        triggers = self._triggers
        body_limit = _body_limit(self._settings)
        urls = {route.function.name: _url(route, self._options) for route in route_table.routes}
        admin = AdminEndpoints(self._id, functions, urls, triggers.manual_runs)
        webhooks = EventGridWebhooks(
            triggers.blob_functions, triggers.blob_queue, triggers.event_grid_functions, invoker
        )
        function_handler: FunctionRequestHandler = BufferedRequestHandler(invoker, body_limit)
        if indexing.http_address:
            proxy = StreamingProxy(indexing.http_address, self._worker, invoker, body_limit)
            self._stack.push_async_callback(proxy.close)
            function_handler = proxy
        cors = CorsPolicy(self._options.local_settings.cors, self._options.local_settings.cors_credentials)
        home_page = (self._settings.get("AzureWebJobsDisableHomepage") or "").lower() not in {"true", "1"}
        names = (self._settings.get("ALLOWED_HOSTS") or "").lower().split(",")
        allowed_hosts = {self._options.address, *(name.strip() for name in names)}
        keys = read_function_keys(self._options.secrets) if self._options.secrets else None
        people = self._options.people
        metadata_scopes = self._settings.get("WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES")
        dispatcher = RequestDispatcher(
            route_table,
            function_handler,
            admin,
            webhooks,
            cors,
            home_page,
            allowed_hosts,
            keys,
            http_concurrency(self._settings, self._options.local_settings.values, asked=self._options.http_concurrency),
            SignInPlatform(people, allowed_hosts, read_scopes(metadata_scopes)) if people else None,
        )
        return admin, await self._serve(dispatcher)

    async def _serve(self, dispatcher: RequestDispatcher) -> web.ServerRunner:
        runner = web.ServerRunner(HostServer(dispatcher.handle), shutdown_timeout=self._options.grace)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        try:
            await web.TCPSite(runner, self._options.address, self._options.port, backlog=1024).start()
        except OSError as error:
            raise HostStartupError(
                f"Port {self._options.port} on {self._options.address} cannot be opened: {error.strerror}"
            ) from None
        return runner

    async def _wait_for_end(self, stop_signal: asyncio.Event) -> int:
        signal_task = asyncio.create_task(stop_signal.wait())
        ends: list[asyncio.Future[Any]] = [signal_task, self._worker.exited]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not self._worker.exited.done():
            return 0
        signal_task.cancel()
        log.error("the worker process ended by itself with code %d: stopping", self._worker.exited.result())
        return 1

    async def _finish(
        self,
        listening: list[asyncio.Task[None]],
        scanning: list[asyncio.Task[None]],
        admin: AdminEndpoints,
        runner: web.ServerRunner,
    ) -> None:
        log.info("stopping: no new work is taken, running functions get %g s", self._options.grace)
        self._triggers.stop()
        for task in scanning:
            task.cancel()
        http = [asyncio.create_task(runner.cleanup()), asyncio.create_task(admin.finish())]
        # One second more, in which the server itself cancels the requests that took too long.
        _, unfinished = await asyncio.wait([*listening, *http, *scanning], timeout=self._options.grace + 1)
        if unfinished:
            log.warning("some functions still ran after %g s; their messages come back", self._options.grace)
        self._triggers.abandon()
        for task in unfinished:
            task.cancel()


def _body_limit(settings: HostSettings) -> int:
    text = settings.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT") or str(_DEFAULT_BODY_LIMIT)
    if not text.isdecimal():
        raise HostStartupError(f"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT is '{text}': it must be a number of bytes.")
    return int(text)


def _no_functions_message(app: Path, script: str) -> str:
    """The most likely reason why an app has no functions."""
    if not (app / script).is_file():
        v1_folders = sorted(path.parent.name for path in app.glob("*/function.json"))
        hint = (
            f" The folders {', '.join(v1_folders)} use the v1 programming model, which this host does not support."
            if v1_folders
            else ""
        )
        return f"No functions found: there is no {script} in {app}.{hint}"
    return (
        f"No functions found in {app / script}. Each needs a trigger decorator of the FunctionApp object at "
        "the top level of that file, and blueprints must be registered with app.register_functions(...)."
    )


def _handle_signals() -> asyncio.Event:
    """An event that the first SIGINT or SIGTERM sets; the second ends the process at once."""
    stop_signal = asyncio.Event()

    def on_signal() -> None:
        if stop_signal.is_set():
            # Safe: the worker ends with its host, and the next host returns the messages in flight.
            os._exit(130)
        stop_signal.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    return stop_signal


def _url(route: HttpRoute, options: HostOptions) -> str:
    return f"http://{options.address}:{options.port}/{route.template.text}"


def _print_ready(functions: list[FunctionMetadata], route_table: RouteTable, options: HostOptions) -> None:
    """One line per function, then the line that says the host is ready."""
    sources = {
        route.function.name: f"[{','.join(route.methods)}] {_url(route, options)}" for route in route_table.routes
    }
    width = max(len(function.name) for function in functions)
    for function in functions:
        data = function.trigger.data
        source = sources.get(function.name) or next(
            (str(data[key]) for key in ("path", "queueName", "schedule") if key in data), ""
        )
        print(f"  {function.name:<{width}}  {function.trigger.type:<12}  {source}")
    print(f"Functions host is ready on http://{options.address}:{options.port}", flush=True)


async def run(options: HostOptions, worker: WorkerChannel) -> int:
    """Serve the app until a signal; whatever happens, the worker is stopped and clients are closed."""
    async with AsyncExitStack() as stack:
        stack.push_async_callback(worker.stop)
        return await Host(options, worker, stack).run()
