"""
A host from start to stop:

    index -> check -> listen -> ready ... signal -> stop receiving -> finish -> end

Nothing listens before everything is checked, and nothing is dropped while it runs:
after the signal, running functions get the grace time and their messages stay theirs.
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

from .admin import Admin
from .bound_data import BoundData
from .classic import Classic
from .connections import Connections
from .cors import Cors
from .errors import CannotRun
from .front import Front
from .functions import Function, read_functions
from .host_file import HostFile
from .host_id import host_id
from .invocations import Invoker
from .journal import Journal
from .routes import Route, Routes
from .settings import LocalFile, Settings
from .streams import Streams
from .triggers import Triggers, Workshop, fit
from .webhooks import Webhooks
from .worker import Indexed, Worker

log = logging.getLogger(__name__)

_BODY_LIMIT = 104_857_600


@dataclass(frozen=True)
class Plan:
    """What to run and how; `grace` in seconds."""

    app: Path
    address: str
    port: int
    grace: float
    environment: Mapping[str, str]
    local: LocalFile
    host_file: HostFile


class Host:
    """One app, served until a signal; made inside the loop that runs it."""

    def __init__(self, plan: Plan, worker: Worker, stack: AsyncExitStack) -> None:
        self._plan = plan
        self._worker = worker
        self._stack = stack
        self._settings = Settings(plan.environment)
        self._id = host_id(plan.app, self._settings)
        self._triggers = Triggers()

    async def run(self) -> int:
        """The exit code: 0 after a signal, 1 where the worker died; raises CannotRun before that."""
        stopping = _signals()
        indexed = await self._worker.index()
        functions = _checked(indexed, self._plan, self._settings)
        invoker = self._fit(functions)
        routes = Routes(functions, self._plan.host_file.route_prefix)
        admin, runner = await self._open(indexed, functions, routes, invoker)
        tasks, discoveries = self._triggers.start(), self._triggers.discover()
        _announce(functions, routes, self._plan)
        code = await self._wait(stopping)
        await self._finish(tasks, discoveries, admin, runner)
        return code

    def _fit(self, functions: list[Function]) -> Invoker:
        connections = Connections(self._settings)
        self._stack.push_async_callback(connections.close)
        journal = Journal.of_host(self._id, self._settings.get("AzureWebJobsStorage") or "")
        self._stack.callback(journal.close)
        if journal.shared:
            log.warning("another host of this app runs on this machine: they share queues and receipts")
        bound = BoundData(connections, self._plan.host_file.queues.base64, self._triggers.wrote)
        invoker = Invoker(self._worker, bound, self._plan.host_file.function_timeout)
        workshop = Workshop(connections, invoker, journal, self._plan.host_file, self._id, self._plan.environment)
        fit(self._triggers, functions, workshop)
        return invoker

    async def _open(
        self, indexed: Indexed, functions: list[Function], routes: Routes, invoker: Invoker
    ) -> tuple[Admin, web.ServerRunner]:
        limit = _body_limit(self._settings)
        urls = {route.function.name: _url(route, self._plan) for route in routes.all}
        admin = Admin(self._id, functions, urls, self._triggers.runs)
        webhooks = Webhooks(self._triggers.blobs, self._triggers.blob_queue, self._triggers.subscribers, invoker)
        answering: Classic | Streams = Classic(invoker, limit)
        if indexed.http_address:
            answering = Streams(indexed.http_address, self._worker, invoker, limit)
            self._stack.push_async_callback(answering.close)
        cors = Cors(self._plan.local.cors, self._plan.local.cors_credentials)
        home_page = (self._settings.get("AzureWebJobsDisableHomepage") or "").lower() not in {"true", "1"}
        front = Front(routes, answering, admin, webhooks, cors, home_page)
        return admin, await self._serve(front)

    async def _serve(self, front: Front) -> web.ServerRunner:
        server = web.Server(
            front.answer,
            handler_cancellation=True,
            auto_decompress=False,
            access_log=None,
            max_line_size=65536,
            max_field_size=65536,
        )
        runner = web.ServerRunner(server, shutdown_timeout=self._plan.grace)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        try:
            await web.TCPSite(runner, self._plan.address, self._plan.port, backlog=1024).start()
        except OSError as error:
            raise CannotRun(
                f"Port {self._plan.port} on {self._plan.address} cannot be opened: {error.strerror}"
            ) from None
        return runner

    async def _wait(self, stopping: asyncio.Event) -> int:
        signalled = asyncio.create_task(stopping.wait())
        ends: list[asyncio.Future[Any]] = [signalled, self._worker.died]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not self._worker.died.done():
            return 0
        signalled.cancel()
        log.error("the worker process ended by itself with code %d: stopping", self._worker.died.result())
        return 1

    async def _finish(
        self,
        tasks: list[asyncio.Task[None]],
        discoveries: list[asyncio.Task[None]],
        admin: Admin,
        runner: web.ServerRunner,
    ) -> None:
        log.info("stopping: no new work is taken, running functions get %g s", self._plan.grace)
        self._triggers.stop()
        for discovery in discoveries:
            discovery.cancel()
        ending = [asyncio.create_task(runner.cleanup()), asyncio.create_task(admin.finish())]
        # One second more, in which the door cancels by itself the requests that took too long.
        _, late = await asyncio.wait([*tasks, *ending, *discoveries], timeout=self._plan.grace + 1)
        if late:
            log.warning("some functions still ran after %g s; their messages come back", self._plan.grace)
        self._triggers.abandon()
        for task in late:
            task.cancel()


def _checked(indexed: Indexed, plan: Plan, settings: Settings) -> list[Function]:
    if not indexed.functions:
        script = settings.get("PYTHON_SCRIPT_FILE_NAME") or "function_app.py"
        raise CannotRun(_no_functions(plan.app, script))
    return read_functions(indexed.functions, settings)


def _body_limit(settings: Settings) -> int:
    text = settings.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT") or str(_BODY_LIMIT)
    if not text.isdecimal():
        raise CannotRun(f"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT is '{text}': it must be a number of bytes.")
    return int(text)


def _no_functions(app: Path, script: str) -> str:
    """What most often lies behind an app without functions."""
    if not (app / script).is_file():
        old = sorted(path.parent.name for path in app.glob("*/function.json"))
        hint = f" The folders {', '.join(old)} are of the v1 model, which this host does not run." if old else ""
        return f"No functions found: there is no {script} in {app}.{hint}"
    return (
        f"No functions found in {app / script}. Each needs a trigger decorator of the FunctionApp object at "
        "the top level of that file, and blueprints must be registered with app.register_functions(...)."
    )


def _signals() -> asyncio.Event:
    """Set by the first SIGINT or SIGTERM; the second ends the process at once."""
    stopping = asyncio.Event()

    def stop() -> None:
        if stopping.is_set():
            # Safe: the worker ends with its host, and the journal gives back what it held.
            os._exit(130)
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    return stopping


def _url(route: Route, plan: Plan) -> str:
    return f"http://{plan.address}:{plan.port}/{route.template.text}"


def _announce(functions: list[Function], routes: Routes, plan: Plan) -> None:
    """One line per function, then the line that says it is ready."""
    shown = {route.function.name: f"[{','.join(route.methods)}] {_url(route, plan)}" for route in routes.all}
    width = max(len(function.name) for function in functions)
    for function in functions:
        data = function.trigger.data
        where = shown.get(function.name) or next(
            (str(data[key]) for key in ("path", "queueName", "schedule") if key in data), ""
        )
        print(f"  {function.name:<{width}}  {function.trigger.type:<12}  {where}")
    print(f"Functions host is ready on http://{plan.address}:{plan.port}", flush=True)


async def run(plan: Plan, worker: Worker) -> int:
    """Serve the app until a signal; whatever happens, the worker is stopped and clients are closed."""
    async with AsyncExitStack() as stack:
        stack.push_async_callback(worker.stop)
        return await Host(plan, worker, stack).run()
